//! An empty answer from the web framework: what benchmarks compare the server
//! with. Never shipped; `cargo xtask bench` builds and drives it.
//!
//! `empty_handler PORT` listens on 127.0.0.1 with as many threads as the
//! server.

use std::env;
use std::io;
use std::thread;

use actix_web::{App, HttpResponse, HttpServer, web};

#[actix_web::main]
async fn main() -> io::Result<()> {
    let port = env::args().nth(1).and_then(|port| port.parse::<u16>().ok());
    let port = port.ok_or_else(|| io::Error::other("usage: empty_handler PORT"))?;
    let workers = thread::available_parallelism().map_or(2, usize::from);
    HttpServer::new(|| App::new().service(web::resource("/").to(empty)))
        .workers(workers)
        .bind(("127.0.0.1", port))?
        .run()
        .await
}

async fn empty() -> HttpResponse {
    HttpResponse::Ok().finish()
}

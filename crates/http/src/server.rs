//! The application and its listener.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpServer, web};
use utoipa_actix_web::AppExt;

use crate::openapi::Description;
use crate::pipeline::{cors, edge};
use crate::routes;
use crate::state::AppState;

/// The whole application over `state`: all layers, all routes, and the
/// browser of the API description. Tests run the same one without a socket.
pub fn app(
    state: Arc<AppState>,
    description: web::Data<Description>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .wrap(cors::layer(&state.settings))
        .wrap(actix_web::middleware::from_fn(edge::edge))
        .app_data(web::Data::from(state))
        .app_data(description.clone())
        .into_utoipa_app()
        .configure(routes::configure)
        .into_app()
        .service(crate::openapi::browser(&description))
        .default_service(web::to(routes::not_found))
}

/// Serves `state` on `listener` with `workers` threads. Signals are left to
/// the caller; stopping the returned server lets running requests finish for
/// `shutdown_timeout`.
///
/// # Errors
///
/// When the listener cannot be used.
pub fn run(
    listener: TcpListener,
    state: Arc<AppState>,
    workers: usize,
    shutdown_timeout: Duration,
) -> std::io::Result<Server> {
    let description = web::Data::new(Description::new());
    let server = HttpServer::new(move || app(Arc::clone(&state), description.clone()))
        .workers(workers)
        .shutdown_timeout(shutdown_timeout.as_secs())
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(server)
}

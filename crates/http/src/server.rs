//! The application and its listener.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpServer, web};
use socket2::SockRef;
use utoipa_actix_web::AppExt;

use crate::openapi::Description;
use crate::pages::Pages;
use crate::pipeline::{cors, edge};
use crate::routes;
use crate::state::AppState;

/// Time in which the head of the first request of a connection has to arrive.
const HEAD: Duration = Duration::from_secs(5);

/// Time for which a client may leave an answer unread; then the system ends the
/// connection.
#[cfg(target_os = "linux")]
const STALLED: Duration = Duration::from_secs(15);

/// Clients that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// The whole application over `state`: all layers, all routes, `pages`, and
/// the API description. Tests run the same one without a socket.
pub fn app(
    state: Arc<AppState>,
    description: web::Data<Description>,
    pages: Pages,
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
        .configure(pages)
        .service(crate::openapi::document(&description))
        .default_service(web::to(routes::not_found))
}

/// How much a server takes on.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Threads that serve requests.
    pub workers: usize,
    /// Connections at once, over all of them. Further clients wait until one
    /// ends.
    pub connections: usize,
    /// Time that running requests get at the end.
    pub grace: Duration,
}

/// Serves `state` and `pages` on `listener`. Signals are left to the caller; stopping the
/// returned server lets running requests finish.
///
/// # Errors
///
/// When the listener cannot be used.
pub fn run(
    listener: TcpListener,
    state: Arc<AppState>,
    capacity: Capacity,
    pages: Pages,
) -> std::io::Result<Server> {
    prepare(&listener)?;
    let description = web::Data::new(Description::new());
    let server = HttpServer::new(move || app(Arc::clone(&state), description.clone(), pages))
        .workers(capacity.workers)
        .max_connections((capacity.connections / capacity.workers.max(1)).max(1))
        .client_request_timeout(HEAD)
        .shutdown_timeout(capacity.grace.as_secs())
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(server)
}

/// Settings that accepted connections inherit, and the length of the queue.
fn prepare(listener: &TcpListener) -> std::io::Result<()> {
    let socket = SockRef::from(listener);
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(STALLED))?;
    socket.listen(BACKLOG)
}

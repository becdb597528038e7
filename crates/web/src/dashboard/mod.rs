//! The operator dashboard, below `/dashboard`.

mod agents;
mod audit;
mod credentials;
mod health;
mod usage;

use actix_web::HttpResponse;
use actix_web::web::{ServiceConfig, scope, to};

use crate::assets;
use crate::page::see_other;
use crate::session::{Area, Visitor, login};
use crate::shell::Shell;

const AGENTS: &str = "/dashboard/agents";
const AUDIT: &str = "/dashboard/audit";
const HEALTH: &str = "/dashboard/health";
const USAGE: &str = "/dashboard/usage";

/// The top bar.
const LINKS: [(&str, &str); 4] = [
    (AGENTS, "Agents"),
    (AUDIT, "Audit Log"),
    (HEALTH, "Health"),
    (USAGE, "Usage"),
];

/// The frame of a page that belongs to the link `active`.
fn shell(visitor: &Visitor, active: &str) -> Shell {
    Shell::new(Area::Dashboard, &LINKS, active, Some(visitor))
}

/// Registers all its pages.
pub fn configure(config: &mut ServiceConfig) {
    let pages = scope("/dashboard")
        .service(assets::serve)
        .service(login::show)
        .service(login::submit)
        .service(login::leave)
        .service(agents::index)
        .service(agents::show)
        .service(agents::ask)
        .service(agents::carry_out)
        .service(credentials::index)
        .service(credentials::generate)
        .service(credentials::ask)
        .service(credentials::carry_out)
        .service(audit::index)
        .service(audit::deliver)
        .service(health::show)
        .service(usage::show)
        .default_service(to(elsewhere));
    config.service(pages);
}

/// The answer to everything else.
async fn elsewhere() -> HttpResponse {
    see_other(AGENTS)
}

//! The developer portal, below `/portal`, and the API explorer without its
//! frame at `/api-docs`.

mod analytics;
mod command;
mod explorer;
mod get_started;
mod home;
mod marketplace;
mod pricing;
mod sdks;
mod tier;

use actix_web::http::StatusCode;
use actix_web::web::{ServiceConfig, redirect, scope, to};
use actix_web::{HttpRequest, HttpResponse};
use agentidp_http::ApiError;
use askama::Template;

use crate::page::{ok, page};
use crate::session::{Area, Visitor, login};
use crate::shell::Shell;

const HOME: &str = "/portal";
const PRICING: &str = "/portal/pricing";
const SDKS: &str = "/portal/sdks";
const EXPLORER: &str = "/portal/api-explorer";
const GET_STARTED: &str = "/portal/get-started";
const MARKETPLACE: &str = "/portal/marketplace";
const ANALYTICS: &str = "/portal/analytics";
const TIER: &str = "/portal/settings/tier";

/// The top bar.
pub const LINKS: [(&str, &str); 8] = [
    (HOME, "Home"),
    (PRICING, "Pricing"),
    (SDKS, "SDKs"),
    (EXPLORER, "API Explorer"),
    (GET_STARTED, "Get Started"),
    (MARKETPLACE, "Marketplace"),
    (ANALYTICS, "Analytics"),
    (TIER, "Settings"),
];

/// The frame of a page that belongs to the link `active`.
fn shell(active: &str, visitor: Option<&Visitor>) -> Shell {
    Shell::new(Area::Portal, &LINKS, active, visitor)
}

/// The frame of an open page, which shows whether somebody has signed in.
async fn open_shell(active: &str, request: &HttpRequest) -> Shell {
    let visitor = Visitor::of(request).await.ok();
    shell(active, visitor.as_ref())
}

/// Registers all its pages.
pub fn configure(config: &mut ServiceConfig) {
    let pages = scope("/portal")
        .service(home::show)
        .service(pricing::show)
        .service(sdks::show)
        .service(explorer::show)
        .service(get_started::show)
        .service(get_started::submit)
        .service(marketplace::index)
        .service(marketplace::show)
        .service(analytics::show)
        .service(tier::show)
        .service(tier::ask)
        .service(tier::carry_out)
        .service(login::show)
        .service(login::submit)
        .service(login::leave)
        .default_service(to(elsewhere));
    config
        .service(pages)
        .service(explorer::plain)
        .service(redirect("/api-docs/", "/api-docs").see_other());
}

#[derive(Template)]
#[template(path = "portal/not_found.html")]
struct NotFoundPage {
    shell: Shell,
}

/// The answer to everything else.
async fn elsewhere(request: HttpRequest) -> HttpResponse {
    let shell = open_shell("", &request).await;
    page(StatusCode::NOT_FOUND, &NotFoundPage { shell })
}

/// A page about a part of the product that is switched off.
#[derive(Template)]
#[template(path = "portal/switched_off.html")]
struct SwitchedOffPage {
    shell: Shell,
    heading: &'static str,
    message: String,
}

/// Tells in the words of the API that a part is switched off: information, not
/// an error.
fn switched_off(shell: Shell, heading: &'static str, error: &ApiError) -> HttpResponse {
    ok(&SwitchedOffPage {
        shell,
        heading,
        message: error.body.message.clone(),
    })
}

//! The SDKs.

mod list;

pub use list::{SDKS as ALL, Sdk};

use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_http::AppState;
use askama::Template;

use crate::page::ok;
use crate::portal::{SDKS, open_shell};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "portal/sdks.html")]
struct SdksPage {
    shell: Shell,
    cards: Vec<Card>,
}

struct Card {
    sdk: &'static Sdk,
    example: String,
}

/// How each SDK is installed and begun with.
#[get("/sdks")]
pub async fn show(request: HttpRequest, state: web::Data<AppState>) -> HttpResponse {
    let base = state.settings.issuer.as_str();
    let card = |sdk: &'static Sdk| Card {
        sdk,
        example: sdk.example(base, None),
    };
    ok(&SdksPage {
        shell: open_shell(SDKS, &request).await,
        cards: ALL.iter().map(card).collect(),
    })
}

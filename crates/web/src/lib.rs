//! The pages of AgentIdP: the dashboard for operators, the portal for
//! developers, and what both share. Complete HTML from the server; scripts only add comfort.
//!
//! The crate stands on the edge of the API (`agentidp-http`): the same state,
//! the same questions of the scope policy, the same texts of errors. Handlers
//! are thin: ask whether the visitor may, call the use case that the API calls,
//! render a template with texts that are ready to be shown.
//!
//! | Part | What it is for |
//! |---|---|
//! | `session` | cookie, guards, forms, signing in and out |
//! | `access`, `credential` | what the API would ask before the same effect |
//! | `page`, `fault` | answers that are pages, and what happens instead of one |
//! | `shell`, `confirm`, `pager`, `plan`, `problem`, `text`, `query` | building blocks of pages |
//! | `assets` | style sheets, scripts and images inside the binary |
//! | `dashboard` | the operator dashboard |
//! | `portal` | the developer portal and the explorer at `/api-docs` |

mod access;
mod assets;
mod confirm;
mod credential;
mod dashboard;
mod fault;
mod notice;
mod page;
mod pager;
mod plan;
mod portal;
mod problem;
mod query;
mod session;
mod shell;
mod text;

use actix_web::web::ServiceConfig;

/// Registers all pages: below `/dashboard` and `/portal`, and `/api-docs`.
pub fn configure(config: &mut ServiceConfig) {
    dashboard::configure(config);
    portal::configure(config);
}

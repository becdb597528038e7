//! The first page.

use actix_web::{HttpRequest, HttpResponse, routes, web};
use agentidp_http::AppState;
use askama::Template;

use crate::page::ok;
use crate::portal::{HOME, command, open_shell};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "portal/home.html")]
struct HomePage {
    shell: Shell,
    features: &'static [Feature],
    variables: String,
    command: String,
}

/// A part of the product.
struct Feature {
    title: &'static str,
    text: &'static str,
}

impl Feature {
    const fn new(title: &'static str, text: &'static str) -> Self {
        Self { title, text }
    }
}

const FEATURES: [Feature; 8] = [
    Feature::new(
        "Agent registry",
        "Every agent is an identity of its own, with owner, version, capabilities and a life cycle that ends its tokens at once.",
    ),
    Feature::new(
        "OAuth 2.0 tokens",
        "Client credentials in, short-lived signed JWTs out. Introspection, revocation and OpenID Connect discovery included.",
    ),
    Feature::new(
        "Credentials",
        "Secrets are shown once and stored as hashes. Rotate or revoke one, and the old one is refused from then on.",
    ),
    Feature::new(
        "Audit log",
        "Append-only and hash-chained for each organization. Anybody who may read it can verify it.",
    ),
    Feature::new(
        "DIDs and AGNTCY",
        "A did:web identifier with a key of its own for each agent, and agent cards as AGNTCY describes them.",
    ),
    Feature::new(
        "Policies",
        "Scopes are granted per agent and checked for each request by a policy in Rego that you can replace.",
    ),
    Feature::new(
        "SDKs",
        "TypeScript, Python, Go, Java and Rust, with one meaning: tokens are kept and renewed by themselves.",
    ),
    Feature::new(
        "Monitoring",
        "Prometheus metrics, alert rules with a runbook each, a Grafana dashboard, OpenTelemetry traces.",
    ),
];

/// What the product is, and the way to a first token.
#[routes]
#[get("")]
#[get("/")]
pub async fn show(request: HttpRequest, state: web::Data<AppState>) -> HttpResponse {
    ok(&HomePage {
        shell: open_shell(HOME, &request).await,
        features: &FEATURES,
        variables: command::variables(None),
        command: command::token(state.settings.issuer.as_str()),
    })
}

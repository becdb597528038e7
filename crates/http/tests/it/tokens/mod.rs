//! The OAuth 2.0 endpoints and the tokens they give out.

mod client;
mod failure_limit;
mod forged;
mod full_journal;
mod introspect;
mod issue;
mod monthly_limit;
mod refusals;
mod request;
mod revoke;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Header and payload of a token, unverified.
pub fn parts(token: &str) -> (Value, Value) {
    let mut segments = token.split('.').map(|segment| {
        let bytes = URL_SAFE_NO_PAD.decode(segment).unwrap();
        serde_json::from_slice(&bytes).unwrap_or_default()
    });
    (segments.next().unwrap(), segments.next().unwrap())
}

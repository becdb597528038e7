//! Parts of the product that the settings switch off.

use crate::error::ApiError;
use crate::state::HttpSettings;

/// Where delegation lives.
const DELEGATION: &str = "/api/v1/oauth2/token/";

/// Where the marketplace lives.
const MARKETPLACE: &str = "/api/v1/marketplace/";

/// Where analytics lives.
const ANALYTICS: &str = "/api/v1/analytics/";

/// The switched part of compliance; controls are always shown.
const REPORT: &str = "/api/v1/compliance/report";
const AGENT_CARDS: &str = "/api/v1/compliance/agent-cards";

const NO_COMPLIANCE: &str = "AGNTCY compliance reporting is not enabled on this instance.";

/// Asked before everything else: a route that is switched off does not exist,
/// whoever asks.
///
/// # Errors
///
/// 404 that says what is off.
pub fn require_on(route: &str, settings: &HttpSettings) -> Result<(), ApiError> {
    let switches = [
        (
            DELEGATION,
            settings.delegation,
            "Agent-to-agent delegation is not enabled on this instance.",
        ),
        (
            MARKETPLACE,
            settings.marketplace,
            "The Agent Marketplace is not enabled on this instance.",
        ),
        (
            ANALYTICS,
            settings.analytics,
            "Analytics is not enabled on this instance.",
        ),
        (REPORT, settings.compliance, NO_COMPLIANCE),
        (AGENT_CARDS, settings.compliance, NO_COMPLIANCE),
    ];
    let off = switches
        .into_iter()
        .find(|(prefix, on, _)| !*on && route.starts_with(*prefix));
    match off {
        None => Ok(()),
        Some((_, _, message)) => Err(ApiError::not_found("NOT_FOUND", message)),
    }
}

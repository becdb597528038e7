//! Stripe.

use agentidp_domain::billing::{Prices, RedirectRules};
use agentidp_domain::outbound::{ChosenBy, OutboundUrl};
use secrecy::SecretString;

use crate::config::reader::Reader;
use crate::config::server::ServerConfig;

const API_BASE: &str = "https://api.stripe.com";

/// What selling takes, besides `BILLING_ENABLED=true`, and what happens
/// without it.
const NEEDED: [(&str, &str); 3] = [
    (
        "STRIPE_SECRET_KEY",
        "checkout and upgrade answer STRIPE_ERROR",
    ),
    ("STRIPE_PRICE_ID", "tier pro cannot be bought"),
    (
        "STRIPE_WEBHOOK_SECRET",
        "no event of Stripe is accepted, what is bought has no effect",
    ),
];

/// Settings of billing.
#[derive(Debug)]
pub(crate) struct BillingConfig {
    /// Whether tiers can be bought.
    pub(crate) enabled: bool,
    /// Key of Stripe's API.
    pub(crate) secret_key: Option<SecretString>,
    /// Key of Stripe's signatures.
    pub(crate) webhook_secret: Option<SecretString>,
    /// What tiers cost.
    pub(crate) prices: Prices,
    /// Base of Stripe's API; `None` when it was refused.
    pub(crate) api_base: Option<OutboundUrl>,
    /// Whether buyers may return over plain HTTP.
    allow_http: bool,
}

impl BillingConfig {
    pub(super) fn read(reader: &mut Reader<'_>, server: &ServerConfig) -> Self {
        let enabled = reader.flag("BILLING_ENABLED", false);
        for (name, loss) in NEEDED {
            if enabled && !reader.is_set(name) {
                reader.remark(format!("{name}: missing with BILLING_ENABLED=true; {loss}"));
            }
        }
        let allow_http = !server.environment.is_production();
        Self {
            enabled,
            secret_key: reader.secret("STRIPE_SECRET_KEY"),
            webhook_secret: reader.secret("STRIPE_WEBHOOK_SECRET"),
            prices: Prices {
                pro: reader.text("STRIPE_PRICE_ID").map(str::to_owned),
                enterprise: reader.text("STRIPE_PRICE_ID_ENTERPRISE").map(str::to_owned),
            },
            api_base: api_base(reader, allow_http),
            allow_http,
        }
    }

    /// How the URLs are read to which buyers return.
    pub(crate) fn redirects(&self, server: &ServerConfig) -> RedirectRules {
        RedirectRules {
            public_url: server.issuer(),
            allow_http: self.allow_http,
        }
    }
}

/// Any address will do, plain HTTP only outside production: the secret key is
/// sent there.
fn api_base(reader: &mut Reader<'_>, allow_http: bool) -> Option<OutboundUrl> {
    let name = "STRIPE_API_BASE";
    let base = reader.text(name).unwrap_or(API_BASE);
    match OutboundUrl::parse(base, ChosenBy::Operator, allow_http) {
        Ok(base) => Some(base),
        Err(invalid) => {
            reader.refuse(name, invalid);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError, Variables};

    fn read<const N: usize>(entries: [(&str, &str); N]) -> Result<Config, ConfigError> {
        Config::read(&Variables::from(entries))
    }

    #[test]
    fn billing_is_off_unless_it_is_switched_on() {
        let config = read([("STRIPE_SECRET_KEY", "sk_test_1")]).unwrap();
        assert!(!config.billing.enabled);
        assert!(config.remarks.is_empty());
        let base = config.billing.api_base.unwrap();
        assert_eq!(base.as_str(), super::API_BASE);
    }

    #[test]
    fn what_is_missing_is_named_and_no_error() {
        let config = read([
            ("BILLING_ENABLED", "true"),
            ("STRIPE_PRICE_ID", "price_pro"),
        ])
        .unwrap();
        assert!(config.billing.enabled);
        assert_eq!(config.billing.prices.pro.as_deref(), Some("price_pro"));
        assert_eq!(config.billing.prices.enterprise, None);
        let named = |name: &str| config.remarks.iter().any(|remark| remark.starts_with(name));
        assert!(named("STRIPE_SECRET_KEY: ") && named("STRIPE_WEBHOOK_SECRET: "));
        assert_eq!(config.remarks.len(), 2, "{:?}", config.remarks);
    }

    #[test]
    fn the_key_travels_over_https_in_production() {
        let base = ("STRIPE_API_BASE", "http://127.0.0.1:12111");
        assert!(read([base]).is_ok());
        let issuer = ("OIDC_ISSUER", "https://idp.example");
        let ConfigError(problems) = read([base, issuer, ("APP_ENV", "production")]).unwrap_err();
        assert_eq!(problems, ["STRIPE_API_BASE: Must be a valid HTTPS URL."]);
        let config = read([issuer, ("APP_ENV", "production")]).unwrap();
        let rules = config.billing.redirects(&config.server);
        assert!(!rules.allow_http);
        let success = "https://idp.example/dashboard/usage?billing=success";
        assert_eq!(rules.success().as_str(), success);
    }

    #[test]
    fn secrets_are_not_printed() {
        let config = read([
            ("STRIPE_SECRET_KEY", "sk_live_hunter2"),
            ("STRIPE_WEBHOOK_SECRET", "whsec_hunter2"),
        ]);
        let text = format!("{:?}", config.unwrap().billing);
        assert!(!text.contains("hunter2"), "{text}");
    }
}

//! Where a buyer is sent after the checkout.

use url::Url;

use crate::token::Issuer;
use crate::validation::Invalid;

/// Longest URL, in bytes.
const LIMIT: usize = 2048;

/// An absolute URL that a browser is sent to; as it was written, since Stripe
/// fills in `{CHECKOUT_SESSION_ID}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUrl(String);

impl RedirectUrl {
    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Both ends of a checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirects {
    /// After the payment.
    pub success_url: RedirectUrl,
    /// After the buyer changed their mind.
    pub cancel_url: RedirectUrl,
}

/// How such URLs are read.
#[derive(Clone, Debug)]
pub struct RedirectRules {
    /// Base of the defaults.
    pub public_url: Issuer,
    /// Whether `http` is allowed; not in production.
    pub allow_http: bool,
}

impl RedirectRules {
    /// Reads a URL: `https`, or `http` where that is allowed, without user and
    /// password, at most 2048 bytes.
    ///
    /// # Errors
    ///
    /// When it is no such URL.
    pub fn parse(&self, text: &str) -> Result<RedirectUrl, Invalid> {
        let invalid = || {
            Invalid::new(if self.allow_http {
                "Must be an absolute HTTP or HTTPS URL."
            } else {
                "Must be an absolute HTTPS URL."
            })
        };
        if text.len() > LIMIT || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(invalid());
        }
        let url = Url::parse(text).map_err(|_| invalid())?;
        let scheme = url.scheme() == "https" || (self.allow_http && url.scheme() == "http");
        let bare = url.username().is_empty() && url.password().is_none();
        let host = url.host_str().is_some_and(|host| !host.is_empty());
        if scheme && bare && host {
            return Ok(RedirectUrl(text.to_owned()));
        }
        Err(invalid())
    }

    /// Where a buyer goes after the payment unless something else was asked
    /// for.
    #[must_use]
    pub fn success(&self) -> RedirectUrl {
        self.usage_page("success")
    }

    /// Where a buyer goes who changed their mind.
    #[must_use]
    pub fn cancel(&self) -> RedirectUrl {
        self.usage_page("cancel")
    }

    fn usage_page(&self, result: &str) -> RedirectUrl {
        let base = self.public_url.as_str();
        RedirectUrl(format!("{base}/dashboard/usage?billing={result}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(allow_http: bool) -> RedirectRules {
        RedirectRules {
            public_url: Issuer::new("https://idp.example/"),
            allow_http,
        }
    }

    #[test]
    fn only_absolute_web_addresses_are_taken() {
        for good in [
            "https://app.example/done",
            "https://app.example:8443/#/done?session={CHECKOUT_SESSION_ID}",
        ] {
            assert_eq!(rules(false).parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "/dashboard",
            "app.example",
            "http://app.example/",
            "ftp://app.example/",
            "javascript:alert(1)",
            "https://",
            "https://user@app.example/",
            "https://app.example/a b",
            &format!("https://app.example/{}", "x".repeat(LIMIT)),
        ] {
            assert!(rules(false).parse(bad).is_err(), "{bad}");
        }
        assert!(rules(true).parse("http://localhost:5173/done").is_ok());
        assert!(rules(true).parse("javascript:alert(1)").is_err());
    }

    #[test]
    fn defaults_are_pages_of_the_installation() {
        let page = "https://idp.example/dashboard/usage?billing=";
        assert_eq!(rules(false).success().as_str(), format!("{page}success"));
        assert_eq!(rules(false).cancel().as_str(), format!("{page}cancel"));
    }
}

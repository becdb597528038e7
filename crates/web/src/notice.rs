//! What a page says about the action before it. The address carries a known
//! code, never a text.

use crate::query::Query;

/// Name of the parameter.
pub const PARAMETER: &str = "notice";

/// A line at the top of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What addresses carry.
    pub code: &'static str,
    /// What is said.
    pub text: &'static str,
    /// `success`, `warning` or `info`.
    pub tone: &'static str,
}

impl Notice {
    /// An agent was suspended.
    pub const SUSPENDED: Self = Self::new(
        "suspended",
        "success",
        "Agent suspended. All its tokens have ended.",
    );
    /// An agent was reactivated.
    pub const REACTIVATED: Self = Self::new(
        "reactivated",
        "success",
        "Agent reactivated. It can authenticate again.",
    );
    /// An agent was decommissioned.
    pub const DECOMMISSIONED: Self = Self::new(
        "decommissioned",
        "success",
        "Agent decommissioned. All its credentials are revoked.",
    );
    /// A credential was revoked.
    pub const REVOKED: Self = Self::new("revoked", "success", "Credential revoked.");
    /// A form with a single-use token was sent again.
    pub const REPEATED: Self = Self::new(
        "repeated",
        "warning",
        "This form was sent before. Nothing was changed, and the secret is not shown again.",
    );
    /// The visitor has signed out.
    pub const SIGNED_OUT: Self = Self::new("signed-out", "info", "You have signed out.");
    /// The session has ended by itself.
    pub const EXPIRED: Self = Self::new(
        "expired",
        "warning",
        "Your session has ended. Please sign in again.",
    );

    /// A bought plan is in force.
    pub const UPGRADED: Self = Self::new(
        "upgraded",
        "success",
        "The upgrade is complete. The limits of the new plan are in force.",
    );

    /// A payment was made.
    const PAID: Self = Self::new(
        "success",
        "success",
        "The payment was received. The new plan is in force as soon as it is confirmed.",
    );
    /// A payment was given up.
    const CANCELLED: Self = Self::new(
        "cancel",
        "info",
        "The payment was cancelled. Nothing has changed.",
    );

    /// Every notice that an address can ask for.
    const ALL: [Self; 6] = [
        Self::SUSPENDED,
        Self::REACTIVATED,
        Self::DECOMMISSIONED,
        Self::REVOKED,
        Self::SIGNED_OUT,
        Self::EXPIRED,
    ];

    /// A notice; those that addresses carry stand in the list above.
    pub const fn new(code: &'static str, tone: &'static str, text: &'static str) -> Self {
        Self { code, text, tone }
    }

    /// The notice that an address asks for.
    pub fn of(query: &Query) -> Option<Self> {
        let code = query.get(PARAMETER);
        Self::ALL.into_iter().find(|notice| notice.code == code)
    }

    /// What a buyer who returns from the payment page is told.
    pub fn of_checkout(query: &Query) -> Option<Self> {
        let code = query.get("billing");
        let notices = [Self::PAID, Self::CANCELLED];
        notices.into_iter().find(|notice| notice.code == code)
    }

    /// The address `path` with this notice.
    pub fn at(self, path: &str) -> String {
        Query::link(path, &[(PARAMETER, self.code)])
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_known_codes_say_something() {
        let of =
            |uri: &str| Notice::of(&Query::read(&TestRequest::with_uri(uri).to_http_request()));
        for notice in Notice::ALL {
            assert_eq!(of(&notice.at("/dashboard/agents")), Some(notice));
        }
        assert_eq!(of("/dashboard/agents?notice=%3Cb%3E"), None);
        assert_eq!(of("/dashboard/agents"), None);
    }
}

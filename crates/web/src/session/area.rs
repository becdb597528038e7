//! The two sites that share one session.

use crate::query::Query;

/// Where a signed-in visitor of the portal goes unless they came from a page.
const PORTAL_HOME: &str = "/portal/analytics";

/// Name of the parameter with the page that was asked for.
pub const NEXT: &str = "next";

/// A site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Pages for operators.
    Dashboard,
    /// Pages for developers.
    Portal,
}

impl Area {
    /// The site of a path.
    pub fn of(path: &str) -> Self {
        if path == "/portal" || path.starts_with("/portal/") {
            Self::Portal
        } else {
            Self::Dashboard
        }
    }

    /// Title of its pages.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Dashboard => "SentryAgent.ai — AgentIdP Dashboard",
            Self::Portal => "SentryAgent.ai — AgentIdP Developer Portal",
        }
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dashboard => "AgentIdP Dashboard",
            Self::Portal => "AgentIdP Developer Portal",
        }
    }

    /// Path of its first page.
    pub const fn base(self) -> &'static str {
        match self {
            Self::Dashboard => "/dashboard",
            Self::Portal => "/portal",
        }
    }

    /// Path of its login page.
    pub const fn login(self) -> &'static str {
        match self {
            Self::Dashboard => "/dashboard/login",
            Self::Portal => "/portal/login",
        }
    }

    /// Where its form to sign out goes.
    pub const fn logout(self) -> &'static str {
        match self {
            Self::Dashboard => "/dashboard/logout",
            Self::Portal => "/portal/logout",
        }
    }

    /// The login page for a visitor who asked for `path`. The dashboard always
    /// begins at its list of agents.
    pub fn login_for(self, path: &str) -> String {
        match self {
            Self::Dashboard => self.login().to_owned(),
            Self::Portal => Query::link(self.login(), &[(NEXT, path)]),
        }
    }

    /// Where to go after signing in: the page that was asked for, if it is one
    /// of ours.
    pub fn after_login(self, next: &str) -> String {
        match self {
            Self::Dashboard => "/dashboard/agents".to_owned(),
            Self::Portal if is_local(next) => next.to_owned(),
            Self::Portal => PORTAL_HOME.to_owned(),
        }
    }
}

/// Whether `next` is an address of one of our sites, and nothing that a
/// browser could read as one of another host.
fn is_local(next: &str) -> bool {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let is_ours = Area::of(path) == Area::Portal || path.starts_with("/dashboard/");
    is_ours
        && next.len() <= 2048
        && next
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_returns_to_pages_of_the_own_site_only() {
        let portal = Area::Portal;
        for page in [
            "/portal",
            "/portal/settings/tier?billing=success",
            "/dashboard/agents",
        ] {
            assert_eq!(portal.after_login(page), page);
        }
        for other in [
            "",
            "https://evil.example/portal",
            "//evil.example/portal/",
            "/portal/\\evil",
            "/portal/\r\nSet-Cookie: x",
            "/portals",
            "/dashboards",
        ] {
            assert_eq!(portal.after_login(other), PORTAL_HOME, "{other}");
        }
        let dashboard = Area::Dashboard;
        assert_eq!(dashboard.after_login("/portal"), "/dashboard/agents");
    }
}

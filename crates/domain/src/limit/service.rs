//! Which limits apply to whom.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::caller::Origin;
use crate::id::{AgentId, OrganizationId};
use crate::limit::{RateLimiter, Reading, Window};
use crate::organization::Organization;
use crate::text::cut;

const MINUTE: Duration = Duration::from_secs(60);

/// Numbers and switches.
#[derive(Clone, Copy, Debug)]
pub struct LimitSettings {
    /// Off: no limit except the one on failed authentications.
    pub enabled: bool,
    /// Off: no limit per organization.
    pub enforce_plans: bool,
    /// Requests without authentication per address and window.
    pub per_ip: u32,
    /// Length of that window.
    pub ip_window: Duration,
    /// Failed client authentications per minute, per address and per client.
    pub auth_failures: u32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            enforce_plans: true,
            per_ip: 100,
            ip_window: MINUTE,
            auth_failures: 20,
        }
    }
}

/// Charges requests to their buckets.
pub struct RateLimits {
    limiter: Arc<dyn RateLimiter>,
    settings: LimitSettings,
}

impl RateLimits {
    /// Limits by `settings`, counted by `limiter`.
    #[must_use]
    pub fn new(limiter: Arc<dyn RateLimiter>, settings: LimitSettings) -> Self {
        Self { limiter, settings }
    }

    /// Charges an authenticated request to its organization; `None` when no
    /// limit applies.
    pub async fn charge_organization(&self, organization: &Organization) -> Option<Reading> {
        let window = self.organization_window(organization)?;
        Some(self.limiter.hit(&window).await)
    }

    /// Requests in the present window of an organization, the running one
    /// included, without charging it; 0 when no limit applies, since nothing
    /// is counted then.
    pub async fn requests_this_minute(&self, organization: &Organization) -> u32 {
        let Some(mut window) = self.organization_window(organization) else {
            return 0;
        };
        // Under the highest limit the room that is left tells the number,
        // whatever the real limit is.
        window.limit = u32::MAX;
        let reading = self.limiter.peek(&window).await;
        reading
            .limit
            .saturating_sub(reading.remaining)
            .saturating_sub(u32::from(reading.allowed))
    }

    /// Charges a request without authentication to its address.
    pub async fn charge_ip(&self, origin: &Origin) -> Option<Reading> {
        let window = self.ip_window(origin)?;
        Some(self.limiter.hit(&window).await)
    }

    /// Charges a request to a bucket per address and purpose that takes the
    /// place of the common one: `limit` per minute.
    pub async fn charge_ip_apart(
        &self,
        origin: &Origin,
        purpose: &'static str,
        limit: u32,
    ) -> Option<Reading> {
        if !self.settings.enabled {
            return None;
        }
        let key = format!("rate:{purpose}:ip:{}", bucket(origin));
        Some(self.limiter.hit(&window(key, limit, MINUTE)).await)
    }

    /// Whether the bucket of the address has room, without charging it.
    pub async fn peek_ip(&self, origin: &Origin) -> Option<Reading> {
        let window = self.ip_window(origin)?;
        Some(self.limiter.peek(&window).await)
    }

    /// Charges a request to a bucket per client that comes on top of the
    /// others: `limit` per minute.
    pub async fn charge_client(&self, agent: AgentId, limit: u32) -> Option<Reading> {
        if !self.settings.enabled {
            return None;
        }
        let key = format!("rate:{agent}");
        Some(self.limiter.hit(&window(key, limit, MINUTE)).await)
    }

    /// Charges a request to a bucket per organization and purpose that comes on
    /// top of the others: `limit` per minute, whatever the plan.
    pub async fn charge_organization_apart(
        &self,
        organization: OrganizationId,
        purpose: &'static str,
        limit: u32,
    ) -> Option<Reading> {
        if !self.settings.enabled {
            return None;
        }
        let key = format!("rate:{purpose}:{organization}");
        Some(self.limiter.hit(&window(key, limit, MINUTE)).await)
    }

    /// The exhausted limit of failed authentications of this address or
    /// client, if one is.
    pub async fn failures_exhausted(&self, origin: &Origin, client_id: &str) -> Option<Reading> {
        for window in self.failure_windows(origin, client_id) {
            let reading = self.limiter.peek(&window).await;
            if !reading.allowed {
                return Some(reading);
            }
        }
        None
    }

    /// Counts a failed authentication.
    pub async fn count_failure(&self, origin: &Origin, client_id: &str) {
        for window in self.failure_windows(origin, client_id) {
            self.limiter.hit(&window).await;
        }
    }

    fn organization_window(&self, organization: &Organization) -> Option<Window> {
        let limits = organization.effective_limits();
        let limit = limits.rate_limit_per_minute.value()?;
        let applies = self.settings.enabled && self.settings.enforce_plans;
        applies.then(|| {
            let key = format!("tier:req:{}", organization.organization_id);
            window(key, limit, MINUTE)
        })
    }

    fn ip_window(&self, origin: &Origin) -> Option<Window> {
        self.settings.enabled.then(|| {
            let key = format!("rate:ip:{}", bucket(origin));
            window(key, self.settings.per_ip, self.settings.ip_window)
        })
    }

    fn failure_windows(&self, origin: &Origin, client_id: &str) -> [Window; 2] {
        let limit = self.settings.auth_failures;
        // Ids are 36 characters; whatever else is sent must not make long
        // keys.
        let client = cut(client_id, 36);
        [
            window(format!("authfail:ip:{}", bucket(origin)), limit, MINUTE),
            window(format!("authfail:client:{client}"), limit, MINUTE),
        ]
    }
}

fn window(key: String, limit: u32, length: Duration) -> Window {
    Window { key, limit, length }
}

/// One bucket per address; per /64 network for IPv6, where one host commands
/// that many addresses.
fn bucket(origin: &Origin) -> String {
    match origin.ip {
        Some(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        _ => origin.ip_text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_ipv6_share_a_bucket() {
        let at = |text: &str| {
            bucket(&Origin {
                ip: Some(text.parse().unwrap()),
                user_agent: None,
            })
        };
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:203.0.113.7"), "203.0.113.7");
    }
}

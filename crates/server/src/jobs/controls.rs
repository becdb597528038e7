//! Checks of controls that run beside the verification of audit logs.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::compliance::ControlChecks;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

/// How often dead letters are counted when there is no new one: old ones stop
/// to matter.
const PERIOD: Duration = Duration::from_secs(5 * 60);

/// Counts dead letters at once, after each new one, and every five minutes.
pub(super) async fn watch_dead_letters(checks: ControlChecks, new: Arc<Notify>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = new.notified() => {}
        }
        if let Err(error) = checks.dead_letters().await {
            tracing::error!(%error, "dead letters cannot be counted");
        }
    }
}

#[cfg(test)]
mod tests {
    use agentidp_domain::compliance::{Control, ControlStatus};
    use agentidp_domain::id::{AgentId, DeliveryId, OrganizationId, SubscriptionId};
    use agentidp_domain::outbox::EventType;
    use agentidp_domain::random::{Random, SystemRandom};
    use agentidp_domain::time::Timestamp;
    use agentidp_domain::unit_of_work::Scope;
    use agentidp_domain::vault::Kept;
    use agentidp_domain::webhook::{
        Delivery, DeliveryStatus, SigningSecret, Subscription, SubscriptionEvents, SubscriptionName,
    };
    use agentidp_http::HttpMetrics;
    use serde_json::json;
    use tokio::time::timeout;

    use super::*;
    use crate::compose::{Compliance, Installation, Purpose};
    use crate::config::Config;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    struct Stage {
        installation: Installation,
        compliance: Compliance,
        /// The administrator, who has one credential.
        admin: AgentId,
        _folder: tempfile::TempDir,
    }

    impl Stage {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let config = Config::for_tests(folder.path());
            let installation = Installation::open(&config, Purpose::Serve).await.unwrap();
            let admin = installation.bootstrap().create().await.unwrap().agent_id;
            Self {
                compliance: Compliance::compose(&config, &installation),
                installation,
                admin,
                _folder: folder,
            }
        }

        fn now(&self) -> Timestamp {
            self.installation.ports.now()
        }

        fn status(&self, control: Control) -> ControlStatus {
            self.compliance.board.get(control).status
        }

        fn metrics(&self) -> String {
            self.installation.metrics.render().unwrap()
        }

        /// Lets the credential of the administrator end then.
        async fn set_end(&self, end: Timestamp) {
            let mut work = self.installation.ports.write(Scope::System).await.unwrap();
            let credentials = work.credentials();
            let mut credential = credentials.active(self.admin).await.unwrap().remove(0);
            credential.expires_at = Some(end);
            credentials.rotate(&credential).await.unwrap();
            work.commit().await.unwrap();
        }

        async fn subscription(&self) -> SubscriptionId {
            let subscription = Subscription {
                subscription_id: SubscriptionId::new(SystemRandom.uuid()),
                organization_id: OrganizationId::SYSTEM,
                name: SubscriptionName::new("hook").unwrap(),
                url: "https://hooks.example/".to_owned(),
                events: SubscriptionEvents::from_names(&["agent.created"]).unwrap(),
                active: true,
                failure_count: 0,
                created_at: self.now(),
                updated_at: self.now(),
            };
            let secret = SigningSecret::generate(&SystemRandom);
            let scope = Scope::Organization(OrganizationId::SYSTEM);
            let mut work = self.installation.ports.write(scope).await.unwrap();
            let subscriptions = work.subscriptions();
            subscriptions
                .insert(&subscription, &Kept::Here(secret))
                .await
                .unwrap();
            work.commit().await.unwrap();
            subscription.subscription_id
        }

        /// Deliveries that were given up then.
        async fn give_up(&self, subscription_id: SubscriptionId, count: usize, at: Timestamp) {
            let dead = |_| Delivery {
                delivery_id: DeliveryId::new(SystemRandom.uuid()),
                subscription_id,
                event_type: EventType::AgentCreated,
                payload: json!({}),
                status: DeliveryStatus::DeadLetter,
                http_status_code: None,
                attempt_count: 1,
                next_retry_at: None,
                delivered_at: None,
                created_at: at,
                updated_at: at,
            };
            let dead: Vec<_> = (0..count).map(dead).collect();
            let mut work = self.installation.ports.write(Scope::System).await.unwrap();
            work.deliveries().queue(&dead).await.unwrap();
            work.commit().await.unwrap();
        }

        /// Waits until a control has a status.
        async fn until(&self, control: Control, status: ControlStatus) {
            let reached = async {
                while self.status(control) != status {
                    tokio::task::yield_now().await;
                }
            };
            timeout(Duration::from_secs(30), reached).await.unwrap();
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn credentials_are_counted_before_their_end_and_fail_after_it() {
        let control = Control::SecretsRotation;
        let stage = Stage::new().await;
        let checks = &stage.compliance.checks;
        let series = format!(
            "agentidp_credentials_expiring_soon_total{{agent_id=\"{}\"}}",
            stage.admin
        );
        assert_eq!(stage.status(control), ControlStatus::Unknown);
        checks.rotation().await.unwrap();
        assert_eq!(stage.status(control), ControlStatus::Passing);
        assert!(!stage.metrics().contains(&series));

        stage.set_end(stage.now().plus(DAY * 6)).await;
        for run in 1..=2 {
            checks.rotation().await.unwrap();
            assert_eq!(stage.status(control), ControlStatus::Passing);
            let metrics = stage.metrics();
            assert!(metrics.contains(&format!("{series} {run}\n")), "{metrics}");
            assert!(metrics.contains("agentidp_credentials_expiring_soon 1\n"));
        }
        for end in [stage.now().plus(DAY * 8), stage.now().minus(DAY)] {
            stage.set_end(end).await;
            checks.rotation().await.unwrap();
            let metrics = stage.metrics();
            assert!(!metrics.contains(&series), "{metrics}");
            assert!(metrics.contains("agentidp_credentials_expiring_soon 0\n"));
        }
        assert_eq!(stage.status(control), ControlStatus::Failing);
        stage.set_end(stage.now().plus(DAY * 90)).await;
        checks.rotation().await.unwrap();
        assert_eq!(stage.status(control), ControlStatus::Passing);

        stage.installation.database.close();
        checks.rotation().await.unwrap_err();
        assert_eq!(stage.status(control), ControlStatus::Unknown);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn more_than_ten_dead_letters_within_an_hour_fail() {
        let control = Control::WebhookDeadLetters;
        let stage = Stage::new().await;
        let checks = &stage.compliance.checks;
        let subscription = stage.subscription().await;
        let now = stage.now();
        stage.give_up(subscription, 10, now).await;
        let long_ago = now.minus(Duration::from_secs(2 * 60 * 60));
        stage.give_up(subscription, 20, long_ago).await;
        assert_eq!(stage.status(control), ControlStatus::Unknown);
        let new = Arc::new(Notify::new());
        let watch = watch_dead_letters(checks.clone(), Arc::clone(&new));
        let watch = tokio::spawn(watch);
        stage.until(control, ControlStatus::Passing).await;
        stage.give_up(subscription, 1, now).await;
        new.notify_one();
        stage.until(control, ControlStatus::Failing).await;
        stage.installation.database.close();
        new.notify_one();
        stage.until(control, ControlStatus::Unknown).await;
        watch.abort();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_check_that_panics_leaves_the_control_unknown() {
        let stage = Stage::new().await;
        let checks = stage.compliance.checks.clone();
        checks.set(Control::SecretsRotation, ControlStatus::Passing);
        let run = tokio::spawn(async move {
            let check = async { panic!("on purpose") };
            checks.attempt::<()>(Control::SecretsRotation, check).await
        });
        assert!(run.await.unwrap_err().is_panic());
        let status = stage.status(Control::SecretsRotation);
        assert_eq!(status, ControlStatus::Unknown);
    }
}

//! The bus between replicas.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::change::{Change, ChangeBus, ChangeSubscriber};
use agentidp_domain::error::StoreError;
use agentidp_redis::{Redis, RedisBus};
use async_trait::async_trait;
use deadpool_redis::redis::{Client, cmd};
use secrecy::SecretString;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use crate::bus_recorder::{Event, Replica, changes};
use crate::support::{Commands, Way, open, raw, unique, url};

fn bus(url: &str, prefix: &str) -> Arc<RedisBus> {
    Arc::new(RedisBus::with_prefix(open(url), prefix))
}

#[tokio::test]
async fn changes_reach_all_replicas_in_order() {
    let Some(url) = url() else { return };
    let prefix = unique("order");
    let buses = [bus(&url, &prefix), bus(&url, &prefix)];
    let mut replicas = [
        Replica::start(buses[0].clone(), 0),
        Replica::start(buses[1].clone(), 0),
    ];
    for replica in &mut replicas {
        assert_eq!(replica.next().await, Event::Subscribed);
    }
    let changes = changes(20);
    for change in &changes {
        buses[0].publish(std::slice::from_ref(change)).await;
    }
    for replica in &mut replicas {
        for change in &changes {
            assert_eq!(
                replica.next_but_confirmed().await,
                Event::Received(vec![change.clone()])
            );
        }
    }
}

#[tokio::test]
async fn prefixes_keep_installations_apart() {
    let Some(url) = url() else { return };
    let (own, foreign) = (bus(&url, &unique("own")), bus(&url, &unique("foreign")));
    let mut replica = Replica::start(own.clone(), 0);
    assert_eq!(replica.next().await, Event::Subscribed);
    foreign.publish(&changes(1)).await;
    own.publish(&[Change::SigningKeysChanged]).await;
    assert_eq!(
        replica.next_but_confirmed().await,
        Event::Received(vec![Change::SigningKeysChanged])
    );
}

#[tokio::test]
async fn own_heartbeats_confirm_with_the_time_they_were_sent() {
    let Some(url) = url() else { return };
    let prefix = unique("heartbeat");
    let bus = bus(&url, &prefix);
    let mut last = Instant::now();
    let mut replica = Replica::start(bus.clone(), 0);
    assert_eq!(replica.next().await, Event::Subscribed);
    for _ in 0..3 {
        let Event::Confirmed(sent_at) = replica.next().await else {
            panic!("no confirmation");
        };
        assert!(sent_at > last && sent_at <= Instant::now());
        last = sent_at;
    }
    // What was published before a confirmed heartbeat came before it.
    bus.publish(&changes(1)).await;
    let published = Instant::now();
    let mut arrived = false;
    loop {
        match replica.next().await {
            Event::Received(_) => arrived = true,
            Event::Confirmed(sent_at) if sent_at >= published => break,
            _ => {}
        }
    }
    assert!(arrived);
}

/// Ends the subscribing connections of the database `index`.
async fn kill_subscribers(url: &str, index: &str) -> usize {
    let mut server = raw(url).await;
    let list: String = cmd("CLIENT")
        .arg(&["LIST", "TYPE", "pubsub"])
        .query_async(&mut server)
        .await
        .unwrap();
    let mut killed = 0;
    for line in list
        .lines()
        .filter(|line| line.contains(&format!(" db={index} ")))
    {
        let id = line.strip_prefix("id=").unwrap().split(' ').next().unwrap();
        killed += cmd("CLIENT")
            .arg(&["KILL", "ID", id])
            .query_async::<usize>(&mut server)
            .await
            .unwrap();
    }
    killed
}

#[tokio::test]
async fn a_killed_connection_is_lost_and_comes_back() {
    let Some(url) = url() else { return };
    // A database of its own tells this connection from those of other tests;
    // channels do not depend on it.
    let own = Client::open(url.as_str()).unwrap();
    let own = own.get_connection_info().redis_settings().db();
    let url = match url.strip_suffix(&format!("/{own}")) {
        Some(start) => format!("{start}/13"),
        None => format!("{}/13", url.trim_end_matches('/')),
    };
    let prefix = unique("kill");
    let bus = bus(&url, &prefix);
    let mut replica = Replica::start(bus.clone(), 0);
    assert_eq!(replica.next().await, Event::Subscribed);
    assert!(matches!(replica.next().await, Event::Confirmed(_)));

    assert_eq!(kill_subscribers(&url, "13").await, 1);
    assert_eq!(replica.next_but_confirmed().await, Event::Lost);
    assert_eq!(replica.next().await, Event::Subscribed);
    bus.publish(&[Change::SigningKeysChanged]).await;
    assert_eq!(
        replica.next_but_confirmed().await,
        Event::Received(vec![Change::SigningKeysChanged])
    );
}

#[tokio::test]
async fn a_connection_that_fell_silent_is_given_up() {
    let Some(url) = url() else { return };
    let way = Way::to(&url).await;
    let mut replica = Replica::start(bus(&way.url(&url), &unique("silent")), 0);
    assert_eq!(replica.next().await, Event::Subscribed);
    assert!(matches!(replica.next().await, Event::Confirmed(_)));
    way.silence();
    let silent_since = Instant::now();
    assert_eq!(replica.next_but_confirmed().await, Event::Lost);
    // Commands on the same way would notice after three seconds.
    let noticed_after = silent_since.elapsed();
    assert!(
        noticed_after < Duration::from_millis(2500),
        "{noticed_after:?}"
    );
    way.end_silence();
    assert_eq!(replica.next().await, Event::Subscribed);
    assert!(matches!(replica.next().await, Event::Confirmed(_)));
}

#[tokio::test]
async fn a_server_that_was_away_is_found_again() {
    let Some(url) = url() else { return };
    let mut way = Way::to(&url).await;
    let mut replica = Replica::start(bus(&way.url(&url), &unique("away")), 0);
    assert_eq!(replica.next().await, Event::Subscribed);
    way.cut().await;
    assert_eq!(replica.next_but_confirmed().await, Event::Lost);
    way.mend().await;
    assert_eq!(replica.next().await, Event::Subscribed);
}

#[tokio::test]
async fn a_failed_catch_up_is_tried_again() {
    let Some(url) = url() else { return };
    let mut replica = Replica::start(bus(&url, &unique("catch-up")), 2);
    assert_eq!(replica.next().await, Event::Failed);
    assert_eq!(replica.next().await, Event::Failed);
    assert_eq!(replica.next().await, Event::Subscribed);
    assert!(matches!(replica.next().await, Event::Confirmed(_)));
}

#[tokio::test]
async fn a_message_that_cannot_be_read_leads_to_a_new_catch_up() {
    let Some(url) = url() else { return };
    let prefix = unique("unreadable");
    let mut replica = Replica::start(bus(&url, &prefix), 0);
    assert_eq!(replica.next().await, Event::Subscribed);
    cmd("PUBLISH")
        .arg(format!("{prefix}:changes"))
        .arg(r#"{"changes":[{"kind":"from_the_future"}]}"#)
        .exec_async(&mut raw(&url).await)
        .await
        .unwrap();
    assert_eq!(replica.next_but_confirmed().await, Event::Lost);
    assert_eq!(replica.next().await, Event::Subscribed);
}

#[tokio::test]
async fn the_end_of_the_receiving_future_is_told() {
    let Some(url) = url() else { return };
    let mut replica = Replica::start(bus(&url, &unique("end")), 0);
    assert_eq!(replica.next().await, Event::Subscribed);
    assert!(matches!(replica.next().await, Event::Confirmed(_)));
    replica.task.abort();
    assert_eq!(replica.next_but_confirmed().await, Event::Lost);
}

/// Publishes while it catches up.
struct Latecomer {
    bus: Arc<RedisBus>,
    events: UnboundedSender<&'static str>,
}

#[async_trait]
impl ChangeSubscriber for Latecomer {
    async fn subscribed(&self) -> Result<(), StoreError> {
        self.bus.publish(&[Change::SigningKeysChanged]).await;
        self.events.send("caught up").unwrap();
        Ok(())
    }

    fn received(&self, changes: &[Change]) {
        assert_eq!(changes, [Change::SigningKeysChanged]);
        self.events.send("received").unwrap();
    }

    fn confirmed(&self, _sent_at: Instant) {}

    fn lost(&self) {}
}

#[tokio::test]
async fn nothing_falls_between_subscription_and_catching_up() {
    let Some(url) = url() else { return };
    let bus = bus(&url, &unique("between"));
    let (events, mut received) = unbounded_channel();
    let subscriber = Arc::new(Latecomer {
        bus: bus.clone(),
        events,
    });
    let running = tokio::spawn(async move { bus.run(subscriber).await });
    assert_eq!(received.recv().await, Some("caught up"));
    assert_eq!(received.recv().await, Some("received"));
    running.abort();
}

#[tokio::test]
async fn commands_are_measured() {
    let Some(url) = url() else { return };
    let commands = Arc::new(Commands::default());
    let redis = Redis::new(SecretString::from(url), commands.clone()).unwrap();
    let bus = Arc::new(RedisBus::with_prefix(redis, &unique("measured")));
    let mut replica = Replica::start(bus, 0);
    assert_eq!(replica.next().await, Event::Subscribed);
    assert!(matches!(replica.next().await, Event::Confirmed(_)));
    assert_eq!(commands.names(), ["PUBLISH", "SUBSCRIBE"]);
}

//! Nothing of a call gets into the log by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agentidp_domain::vault::SecretVault;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{Stage, secret};

/// Counts what it is told.
#[derive(Clone, Default)]
struct Listener(Arc<AtomicUsize>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let from = |name: &str| metadata.target().starts_with(name);
        from("vaultrs") || from("rustify") || from("it::quiet")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        self.0.fetch_add(1, Ordering::SeqCst);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn paths_and_refusals_stay_out_of_the_log() {
    let listener = Listener::default();
    let _listening = tracing::subscriber::set_default(listener.clone());
    tracing::info!(target: "it::quiet", "heard");
    assert_eq!(listener.0.load(Ordering::SeqCst), 1);
    let (server, stage) = Stage::fake();
    let path = stage.place();
    assert!(stage.kv.read(&path, None).await.unwrap().is_none());
    stage.kv.write(&path, &secret("x")).await.unwrap();
    server.restrict("secret/", &[]);
    stage.kv.read(&path, None).await.unwrap_err();
    stage.vault.look_up_token().await.unwrap();
    assert_eq!(listener.0.load(Ordering::SeqCst), 1);
    assert!(!format!("{:?} {:?}", stage.vault, stage.kv).contains("hvs."));
}

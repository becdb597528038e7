//! What visitors see while the database is away.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentidp_domain::credential::{SecretVerifier, VerifierSettings};
use agentidp_domain::error::StoreError;
use agentidp_domain::random::SystemRandom;
use agentidp_domain::session::{SessionService, SessionStore};
use agentidp_domain::token::{
    ClientAuthenticator, ClientCache, Freshness, Journal, JournalSettings, Minter, RevocationView,
    TokenService, TokenServiceParts,
};
use agentidp_domain::unit_of_work::{Mode, Scope, Store, UnitOfWork};
use agentidp_domain::vault::SecretKeeper;
use agentidp_http::AppState;
use async_trait::async_trait;

use super::support::Site;

/// A store that is away when a test says so.
struct Outage {
    inner: Arc<dyn Store>,
    away: Arc<AtomicBool>,
}

#[async_trait]
impl Store for Outage {
    async fn begin(&self, scope: Scope, mode: Mode) -> Result<Box<dyn UnitOfWork>, StoreError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable(
                "no route to db.internal".to_owned(),
            ));
        }
        self.inner.begin(scope, mode).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}

/// Keeps sessions for ever.
#[derive(Default)]
struct Kept(Mutex<HashMap<String, String>>);

#[async_trait]
impl SessionStore for Kept {
    async fn create(&self, key: &str, value: &str, _: Duration) -> Result<(), StoreError> {
        let mut kept = self.0.lock().unwrap();
        kept.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn find(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    async fn renew(&self, key: &str, _: Duration) -> Result<bool, StoreError> {
        Ok(self.0.lock().unwrap().contains_key(key))
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }

    async fn claim_once(&self, key: &str, _: Duration) -> Result<bool, StoreError> {
        let mut kept = self.0.lock().unwrap();
        Ok(kept.insert(key.to_owned(), String::new()).is_none())
    }
}

/// Sessions of a replica that may not trust its memory: it looks every agent up
/// in the database.
fn sessions(state: &AppState, away: &Arc<AtomicBool>) -> SessionService {
    let mut ports = state.ports.clone();
    ports.store = Arc::new(Outage {
        inner: ports.store,
        away: Arc::clone(away),
    });
    let cache = ClientCache::new(ports.clone(), Arc::new(Freshness::shared()));
    let settings = VerifierSettings::default();
    let secrets = SecretVerifier::new(settings, SecretKeeper::in_rows(), &SystemRandom);
    let (journal, _) = Journal::start(ports.clone(), JournalSettings::default());
    let clients = ClientAuthenticator::new(
        ports.clone(),
        Arc::new(cache),
        Arc::new(secrets),
        Arc::clone(&state.limits),
        journal.clone(),
    );
    let view = Arc::new(RevocationView::new());
    let issuer = state.settings.issuer.clone();
    let tokens = TokenService::new(TokenServiceParts {
        minter: Minter::new(ports.clone(), Arc::clone(&state.ring), view, issuer),
        authenticator: Arc::clone(&state.authenticator),
        ports,
        clients,
        journal,
    });
    SessionService::new(tokens, Arc::new(Kept::default()))
}

#[actix_web::test]
async fn a_session_whose_agent_cannot_be_looked_up_is_neither_trusted_nor_ended() {
    let away = Arc::new(AtomicBool::new(false));
    let site = Site::start_with(|state| state.sessions = sessions(state, &away)).await;
    let browser = site.browser(&site.operator).await;
    let list = "/dashboard/agents";
    browser.get(list).await.shows(200, &["Sign out"]);
    away.store(true, Ordering::SeqCst);
    for path in [list, "/dashboard/usage", "/portal/settings/tier"] {
        let answer = browser.get(path).await;
        answer.shows(503, &["The service is temporarily unavailable."]);
        assert_eq!(answer.header("retry-after"), Some("1"));
        for part in ["Sign out", "db.internal"] {
            answer.lacks(part);
        }
    }
    let open = browser.get("/portal/pricing").await;
    open.shows(200, &["Pricing"]);
    open.lacks("Sign out");
    away.store(false, Ordering::SeqCst);
    browser.get(list).await.shows(200, &["Sign out"]);
}

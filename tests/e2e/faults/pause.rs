//! A replica that was stopped for half a minute: what was ended meanwhile is
//! refused by its very first answers.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::raw::request;
use crate::harness::wait::PROPAGATION;
use crate::harness::{Client, Installation, PLATFORM_SCOPES, Pair, Tenant, Wire, until};

/// What the product promises to survive.
const PAUSE: Duration = Duration::from_secs(30);
/// Time after the pause in which late messages from before could do harm.
const AFTER: Duration = Duration::from_secs(3);

/// A request, and the status it must get.
struct Question {
    what: &'static str,
    bytes: Vec<u8>,
    status: u16,
}

/// Everything that is ended during the pause.
struct Ended {
    pair: Pair,
    foreign: Tenant,
    /// Its token is revoked.
    revoked: Client,
    /// Suspended.
    suspended: Client,
    /// Path of its only credential, which is revoked.
    stripped: (Client, String),
    /// All its tokens are ended by an operator.
    operated: Client,
    /// Of an organization that is suspended.
    orphan: Client,
}

// Without the lock for heavy tests: nearly all of its time it waits.
#[tokio::test(flavor = "multi_thread")]
async fn ends_the_trust_of_a_replica_in_its_memory() {
    let Some(mut installation) = Installation::scaled() else {
        return;
    };
    // The same wrong login is tried many times.
    installation.set("AUTH_FAILURE_LIMIT", "1000000");
    let ended = Ended::over(Pair::over(installation).await).await;
    let (questions, revoked) = ended.questions().await;
    let pair = &ended.pair;

    pair.b.signal("STOP");
    let stopped = Instant::now();
    ended.end_all(&revoked).await;
    tokio::time::sleep(PAUSE.saturating_sub(stopped.elapsed())).await;

    // All of them lie in B's socket before it wakes up.
    let mut asked = Vec::new();
    for question in &questions {
        let mut wire = Wire::open(pair.b.port).await;
        wire.send(&question.bytes).await;
        asked.push((question, wire));
    }
    pair.b.signal("CONT");
    for (question, wire) in asked {
        let answer = wire.rest().await;
        refused(question, &answer, "at wake-up");
    }
    let awake = Instant::now();
    while awake.elapsed() < AFTER {
        for question in &questions {
            let mut wire = Wire::open(pair.b.port).await;
            wire.send(&question.bytes).await;
            refused(question, &wire.rest().await, "later");
        }
    }

    let fresh = pair.a.api.token(&ended.operated, "").await;
    let api = &pair.b.api;
    until("B works again", PROPAGATION * 5, || async {
        api.accepts(&fresh).await
    })
    .await;
    assert!(api.audit_verified(&pair.admin).await);
}

fn refused(question: &Question, answer: &str, when: &str) {
    let (what, status) = (question.what, question.status);
    let expected = format!("HTTP/1.1 {status} ");
    assert!(answer.starts_with(&expected), "{what}, {when}: {answer}");
}

impl Ended {
    /// Agents that both replicas know and hold in memory.
    async fn over(pair: Pair) -> Self {
        let api = &pair.a.api;
        let platform = api.token(&pair.installation.admin(), PLATFORM_SCOPES).await;
        let foreign = api.tenant(&platform, "foreign", json!({})).await;
        let stripped = pair.agent("stripped").await;
        Self {
            revoked: pair.agent("revoked").await.client,
            suspended: pair.agent("suspended").await.client,
            stripped: (stripped.client.clone(), stripped.path()),
            operated: pair.agent("operated").await.client,
            orphan: foreign.admin.clone(),
            foreign,
            pair,
        }
    }

    /// Requests that are fine until the end, and the token that is revoked.
    async fn questions(&self) -> (Vec<Question>, String) {
        let revoked = self.pair.token(&self.revoked).await;
        let mut questions = vec![introspection("a revoked token", &revoked)];
        for (what, client) in [
            ("a token of a suspended agent", &self.suspended),
            ("a token without a credential", &self.stripped.0),
            ("a token an operator has ended", &self.operated),
            ("a token of a suspended organization", &self.orphan),
        ] {
            let token = self.pair.token(client).await;
            questions.push(introspection(what, &token));
        }
        for (what, client, status) in [
            ("a suspended agent", &self.suspended, 403),
            ("a revoked credential", &self.stripped.0, 401),
            ("a suspended organization", &self.orphan, 403),
        ] {
            // Its secret is remembered by B.
            self.pair.b.api.token(client, "").await;
            questions.push(login(what, client, status));
        }
        (questions, revoked)
    }

    /// Ends all of it on A.
    async fn end_all(&self, revoked: &str) {
        let (pair, api) = (&self.pair, &self.pair.a.api);
        let suspended = json!({"status": "suspended"});
        api.revoke(revoked).await;
        let agent = format!("/api/v1/agents/{}", self.suspended.id);
        api.patch(&pair.admin, &agent, &suspended).await.expect(200);
        let credential = &self.stripped.1;
        assert_eq!(api.delete(&pair.admin, credential).await.status, 204);
        let target = ["revoke-tokens", "--agent", &self.operated.id];
        pair.installation.succeed(&target);
        let platform = api.token(&pair.installation.admin(), PLATFORM_SCOPES).await;
        let organization = format!("/api/v1/organizations/{}", self.foreign.id);
        api.patch(&platform, &organization, &suspended)
            .await
            .expect(200);
    }
}

fn introspection(what: &'static str, token: &str) -> Question {
    let bearer = format!("Bearer {token}");
    let form = format!("token={token}");
    Question {
        what,
        bytes: post("/oauth2/introspect", &[("Authorization", &bearer)], &form),
        status: 401,
    }
}

fn login(what: &'static str, client: &Client, status: u16) -> Question {
    let (id, secret) = (&client.id, &client.secret);
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    Question {
        what,
        bytes: post("/api/v1/token", &[], &form),
        status,
    }
}

fn post(path: &str, headers: &[(&str, &str)], form: &str) -> Vec<u8> {
    let form_type = ("Content-Type", "application/x-www-form-urlencoded");
    let headers = [&[form_type], headers].concat();
    request(&format!("POST {path}"), &headers, form.as_bytes())
}

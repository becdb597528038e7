//! Clients that do all kinds of things until the server is gone, and remember
//! what they were told.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::dice::Dice;
use crate::harness::{Agent, Answer, Api, Client, registration, text, until};

/// Time for hashing to come to the end of its queue.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the checks after the restarts found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Writes that were answered with success.
    pub acknowledged: u64,
    /// Those of them that are not there.
    pub lost: u64,
    /// Things that must be refused and were not.
    pub wrong: u64,
    /// One line for each of both.
    pub notes: Vec<String>,
}

impl Findings {
    fn lost(&mut self, what: String) {
        self.lost += 1;
        self.notes.push(format!("lost: {what}"));
    }

    fn wrong(&mut self, what: String) {
        self.wrong += 1;
        self.notes.push(format!("wrongly accepted: {what}"));
    }
}

/// One client: an agent that has all it needs for itself, so that nobody else
/// changes what it knows.
pub struct Worker {
    /// Token of an administrator.
    admin: String,
    agent: Agent,
    subscription: String,
    /// Makes addresses and names unique.
    count: u64,
    label: String,
    dice: Dice,
    /// Tokens received in all.
    pub issued: u64,
    acknowledged: u64,
    /// A rotation got no answer: either secret may be the right one.
    rotating: bool,
    /// Name of the subscription, and one whose change got no answer.
    names: (String, Option<String>),
    /// Since the last check: tokens that must be accepted, and the like.
    live: Vec<String>,
    registered: Vec<String>,
    /// From the beginning on; checked up to the number.
    revoked: (Vec<String>, usize),
    retired: (Vec<Client>, usize),
}

impl Worker {
    /// A client with an agent and a subscription to `event`.
    pub async fn new(api: &Api, admin: &str, number: usize, event: &str, dice: Dice) -> Self {
        let label = format!("worker{number}");
        // Nobody listens there; what counts is that the events are kept.
        let hook = json!({"name": label, "url": "http://127.0.0.1:9/", "events": [event]});
        let hook = api.post(admin, "/api/v1/webhooks", &hook).await.expect(201);
        let email = format!("{label}@kill.example");
        Self {
            admin: admin.to_owned(),
            agent: api.agent(admin, &email).await,
            subscription: text(&hook, "id"),
            count: 0,
            names: (label.clone(), None),
            label,
            dice,
            issued: 0,
            acknowledged: 0,
            rotating: false,
            live: Vec::new(),
            registered: Vec::new(),
            revoked: (Vec::new(), 0),
            retired: (Vec::new(), 0),
        }
    }

    /// Id of its agent.
    pub fn agent(&self) -> &str {
        &self.agent.client.id
    }

    /// Works until a request gets no answer; counts the answers.
    pub async fn work(&mut self, api: &Api, answers: &AtomicU64) {
        loop {
            let answered = match self.dice.below(9) {
                0..=2 => self.issue(api).await,
                3 => self.introspect(api).await,
                4 | 5 => self.register(api).await,
                6 => self.rotate(api).await,
                7 => self.revoke(api).await,
                _ => self.rename(api).await,
            };
            if !answered {
                return;
            }
            answers.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn next(&mut self) -> String {
        self.count += 1;
        format!("{}-{}", self.label, self.count)
    }

    async fn issue(&mut self, api: &Api) -> bool {
        match api.try_token(&self.agent.client, "").await {
            Ok(answer) if done(&answer, 200) => {
                self.live.push(text(&answer.json(), "access_token"));
                self.issued += 1;
                self.acknowledged += 1;
                true
            }
            other => other.is_ok(),
        }
    }

    async fn introspect(&mut self, api: &Api) -> bool {
        let (tokens, wanted) = if self.live.is_empty() {
            (&self.revoked.0, 401)
        } else {
            (&self.live, 200)
        };
        if tokens.is_empty() {
            return true;
        }
        let token = &tokens[self.dice.index(tokens.len())];
        let request = own(api, "/oauth2/introspect", token);
        api.send(request)
            .await
            .map(|answer| done(&answer, wanted))
            .is_ok()
    }

    async fn register(&mut self, api: &Api) -> bool {
        let body = registration(&format!("{}@kill.example", self.next()));
        let request = self.admin_request(api, Method::POST, "/api/v1/agents");
        match api.send(request.json(&body)).await {
            Ok(answer) if done(&answer, 201) => {
                self.registered.push(text(&answer.json(), "agentId"));
                self.acknowledged += 1;
                true
            }
            other => other.is_ok(),
        }
    }

    async fn rotate(&mut self, api: &Api) -> bool {
        let path = format!("{}/rotate", self.agent.path());
        let request = self.admin_request(api, Method::POST, &path);
        match api.send(request.json(&json!({}))).await {
            Ok(answer) if done(&answer, 200) => {
                let new = Client::from_json(&answer.json());
                let old = std::mem::replace(&mut self.agent.client, new);
                self.retired.0.push(old);
                self.acknowledged += 1;
                true
            }
            other => {
                self.rotating = other.is_err();
                other.is_ok()
            }
        }
    }

    async fn revoke(&mut self, api: &Api) -> bool {
        if self.live.is_empty() {
            return true;
        }
        // Not live any more, whatever the answer is.
        let token = self.live.swap_remove(self.dice.index(self.live.len()));
        match api.send(own(api, "/oauth2/revoke", &token)).await {
            Ok(answer) if done(&answer, 200) => {
                self.revoked.0.push(token);
                self.acknowledged += 1;
                true
            }
            other => other.is_ok(),
        }
    }

    async fn rename(&mut self, api: &Api) -> bool {
        let name = self.next();
        let path = format!("/api/v1/webhooks/{}", self.subscription);
        let request = self.admin_request(api, Method::PATCH, &path);
        match api.send(request.json(&json!({"name": name}))).await {
            Ok(answer) if done(&answer, 200) => {
                self.names.0 = name;
                self.acknowledged += 1;
                true
            }
            other => {
                self.names.1 = other.is_err().then_some(name);
                other.is_ok()
            }
        }
    }

    fn admin_request(&self, api: &Api, method: Method, path: &str) -> RequestBuilder {
        api.request(method, path).bearer_auth(&self.admin)
    }

    /// Whether everything it was told is true after a restart.
    pub async fn check(&mut self, api: &Api, findings: &mut Findings) {
        findings.acknowledged += std::mem::take(&mut self.acknowledged);
        self.check_secrets(api, findings).await;
        for id in self.registered.drain(..) {
            let path = format!("/api/v1/agents/{id}");
            if api.get(&self.admin, &path).await.status != 200 {
                findings.lost(format!("agent {id}"));
            }
        }
        for token in self.live.drain(..) {
            if !api.accepts(&token).await {
                findings.lost(format!("a token of {}", self.label));
            }
        }
        let (revoked, checked) = &mut self.revoked;
        for token in &revoked[*checked..] {
            if api.accepts(token).await {
                findings.wrong(format!("a revoked token of {}", self.label));
            }
        }
        *checked = revoked.len();
        let path = format!("/api/v1/webhooks/{}", self.subscription);
        let name = text(&api.get(&self.admin, &path).await.expect(200), "name");
        if name != self.names.0 && Some(&name) != self.names.1.as_ref() {
            findings.lost(format!("{} is named {name}: {:?}", self.label, self.names));
        }
        self.names = (name, None);
    }

    async fn check_secrets(&mut self, api: &Api, findings: &mut Findings) {
        let status = token_status(api, &self.agent.client).await;
        if status == 200 {
            self.issued += 1;
        } else if !self.rotating {
            findings.lost(format!("the secret of {} ({status})", self.label));
        }
        if status != 200 {
            self.agent = api.rotate(&self.admin, &self.agent).await;
        }
        self.rotating = false;
        let (retired, checked) = &mut self.retired;
        for client in &retired[*checked..] {
            if token_status(api, client).await != 401 {
                findings.wrong(format!("a rotated secret of {}", self.label));
            }
        }
        *checked = retired.len();
    }

    /// Lets the next check look at everything that must be refused, from the
    /// beginning on.
    pub fn forget_what_was_checked(&mut self) {
        self.revoked.1 = 0;
        self.retired.1 = 0;
    }
}

/// Status of a token request; one that met too much hashing is sent again.
async fn token_status(api: &Api, client: &Client) -> u16 {
    let status = AtomicU16::new(503);
    until("secrets are verified", PATIENCE, || async {
        let answer = api.try_token(client, "").await.unwrap();
        status.store(answer.status, Ordering::SeqCst);
        answer.status != 503
    })
    .await;
    status.into_inner()
}

/// A request about a token with itself.
fn own(api: &Api, path: &str, token: &str) -> RequestBuilder {
    let request = api.request(Method::POST, path).bearer_auth(token);
    request.form(&[("token", token)])
}

/// Whether this is the success; otherwise the server must have had too much to
/// do, and have done nothing.
#[track_caller]
fn done(answer: &Answer, wanted: u16) -> bool {
    let expected = [wanted, 503].contains(&answer.status);
    assert!(expected, "{} {}", answer.status, answer.text);
    answer.status == wanted
}

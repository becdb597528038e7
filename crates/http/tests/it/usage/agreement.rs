//! After any workload all views of usage agree with the audit log.

use std::collections::BTreeMap;

use agentidp_domain::time::Timestamp;
use chrono::{Datelike, Timelike};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ask, usage};
use crate::support::{Api, Identity, TENANT_SCOPES};

const STEPS: usize = 80;

/// Rolls differently in every run; the seed of a failed one is in its output.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let (seed, _) = Uuid::new_v4().as_u64_pair();
        println!("seed {seed}");
        Self(seed | 1)
    }

    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let sides = u64::try_from(sides).unwrap();
        usize::try_from(self.0 % sides).unwrap()
    }
}

/// Does something that may or may not be refused.
async fn step(api: &Api, dice: &mut Dice, acme: &Identity, agents: &mut Vec<Identity>) {
    let chosen = agents[dice.roll(agents.len())].clone();
    match dice.roll(10) {
        0 => {
            let name = format!("a{}", agents.len());
            agents.push(api.agent(acme, &name, &["agents:read"]).await);
        }
        1 => drop(api.set_status(acme, &chosen, "suspended").await),
        2 => drop(api.set_status(acme, &chosen, "active").await),
        3 if dice.roll(4) == 0 => {
            let token = api.token(acme, TENANT_SCOPES);
            api.delete(&chosen.path()).bearer(&token).send().await;
        }
        4 => {
            let token = api.token(acme, TENANT_SCOPES);
            api.post(&chosen.credentials()).bearer(&token).send().await;
        }
        5 => {
            let mut wrong = chosen.clone();
            wrong.secret.push('x');
            assert_ne!(api.login(&wrong).await.status, 200);
        }
        6 => {
            let more = [("scope", "agents:write")];
            assert_ne!(api.login_with(&chosen, &more).await.status, 200);
        }
        7 => api.pass(u64::try_from(dice.roll(7200)).unwrap()),
        _ => drop(api.login(&chosen).await),
    }
}

fn time(event: &Value) -> Timestamp {
    event["timestamp"].as_str().unwrap().parse().unwrap()
}

/// What the log tells, and the present time.
struct Log {
    created: Vec<Value>,
    generated: Vec<Value>,
    decommissioned: Vec<Value>,
    issued: Vec<Value>,
    now: Timestamp,
}

impl Log {
    async fn read(api: &Api, of: &Identity) -> Self {
        Self {
            created: api.events(of, "agent.created").await,
            generated: api.events(of, "credential.generated").await,
            decommissioned: api.events(of, "agent.decommissioned").await,
            issued: api.events(of, "token.issued").await,
            now: api.world.ports.now(),
        }
    }

    fn today(&self, events: &[Value]) -> usize {
        let today = |event: &&Value| time(event).date() == self.now.date();
        events.iter().filter(today).count()
    }

    fn issued_this_month(&self) -> impl Iterator<Item = &Value> {
        let month = self.now.month();
        let now = move |event: &&Value| time(event).month() == month;
        self.issued.iter().filter(now)
    }
}

async fn trend_agrees(api: &Api, acme: &Identity, log: &Log) {
    let trend = ask(api, acme, "/api/v1/analytics/tokens?days=90").await;
    let mut days: BTreeMap<String, u64> = BTreeMap::new();
    for event in &log.issued {
        *days.entry(time(event).date().to_string()).or_default() += 1;
    }
    let mut shown = BTreeMap::new();
    for day in trend.expect(200)["data"].as_array().unwrap() {
        let count = day["count"].as_u64().unwrap();
        if count > 0 {
            shown.insert(day["date"].as_str().unwrap().to_owned(), count);
        }
    }
    assert_eq!(shown, days);
}

async fn heat_map_agrees(api: &Api, acme: &Identity, log: &Log) {
    // No call has been written: only tokens are there.
    let mut cells: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for event in &log.issued {
        let time = time(event).datetime();
        let cell = (time.weekday().num_days_from_sunday(), time.hour());
        *cells.entry(cell).or_default() += 1;
    }
    let wanted: Vec<Value> = cells
        .into_iter()
        .map(|((day, hour), count)| json!({"dayOfWeek": day, "hour": hour, "count": count}))
        .collect();
    let map = ask(api, acme, "/api/v1/analytics/agents/activity").await;
    assert_eq!(map.expect(200)["data"], json!(wanted));
}

async fn agents_agree(api: &Api, acme: &Identity, log: &Log) {
    let mut tokens: BTreeMap<String, u64> = BTreeMap::new();
    for event in &log.created {
        tokens.insert(event["agentId"].as_str().unwrap().to_owned(), 0);
    }
    for event in log.issued_this_month() {
        *tokens.get_mut(event["agentId"].as_str().unwrap()).unwrap() += 1;
    }
    for event in &log.decommissioned {
        let agent = event["agentId"].as_str().unwrap();
        if tokens[agent] == 0 {
            tokens.remove(agent);
        }
    }
    let answer = ask(api, acme, "/api/v1/analytics/agents").await.expect(200);
    let mut shown = BTreeMap::new();
    let mut order = Vec::new();
    for agent in answer["data"].as_array().unwrap() {
        let id = agent["agentId"].as_str().unwrap().to_owned();
        let count = agent["tokensIssued"].as_u64().unwrap();
        order.push((std::cmp::Reverse(count), id.clone()));
        shown.insert(id, count);
    }
    assert_eq!(shown, tokens);
    assert!(order.is_sorted(), "{order:?}");
}

#[actix_web::test]
async fn all_views_agree_with_the_log() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let mut agents = vec![api.agent(&acme, "first", &["agents:read"]).await];
    let mut dice = Dice::new();
    for number in 0..STEPS {
        step(&api, &mut dice, &acme, &mut agents).await;
        if number % 10 == 0 {
            api.login(&other).await.expect(200);
        }
    }
    let log = Log::read(&api, &acme).await;
    let today = usage(&api, &acme).await;
    assert_eq!(today["tokensIssued"], json!(log.today(&log.issued)));
    assert_eq!(today["agentsRegistered"], json!(log.today(&log.created)));
    let generated = log.today(&log.generated);
    assert_eq!(today["credentialsGenerated"], json!(generated));
    let tier = ask(&api, &acme, "/api/v1/tiers/status").await.expect(200);
    let live = log.created.len() - log.decommissioned.len();
    assert_eq!(tier["usage"]["agentsRegistered"], json!(live));
    let tokens = log.issued_this_month().count();
    assert_eq!(tier["usage"]["tokensThisMonth"], json!(tokens));
    trend_agrees(&api, &acme, &log).await;
    heat_map_agrees(&api, &acme, &log).await;
    agents_agree(&api, &acme, &log).await;
}

/// `agent_deactivated` of today.
async fn deactivations(api: &Api, of: &Identity) -> i64 {
    use agentidp_domain::time::days;
    use agentidp_domain::unit_of_work::Scope;
    use agentidp_domain::usage::MetricType;

    let organization = of.organization.parse().unwrap();
    let today = api.world.ports.now().date();
    let mut work = api.world.ports.read(Scope::System).await.unwrap();
    let metrics = [MetricType::AgentDeactivated];
    let period = days(today, today);
    let hours = work.usage().by_hour(organization, period, &metrics).await;
    hours.unwrap().iter().map(|hour| hour.count).sum()
}

#[actix_web::test]
async fn a_deactivation_counts_once_per_transition() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    for (status, wanted) in [
        ("suspended", 1),
        ("suspended", 1),
        ("active", 1),
        ("suspended", 2),
    ] {
        api.set_status(&acme, &agent, status).await.expect(200);
        assert_eq!(deactivations(&api, &acme).await, wanted);
    }
    let token = api.token(&acme, TENANT_SCOPES);
    for status in [204, 409] {
        let answer = api.delete(&agent.path()).bearer(&token).send().await;
        assert_eq!(answer.status, status);
        assert_eq!(deactivations(&api, &acme).await, 3);
    }
    // Deleting the organization suspends who is left, its administrator.
    let token = api.token(&api.operator, "admin:orgs");
    let path = acme.organization_path();
    api.delete(&path).bearer(&token).send().await.no_content();
    assert_eq!(deactivations(&api, &acme).await, 4);
}

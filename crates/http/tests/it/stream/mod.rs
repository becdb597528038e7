//! The event stream: all events, in order, none lost, whatever happens to the
//! stream.

mod events;
mod outages;
mod replicas;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use agentidp_domain::id::OrganizationId;
use agentidp_domain::outbox::{
    EventPublisher, EventSink, FailedEvent, PlatformEvent, Published, SinkError, Step,
};
use async_trait::async_trait;
use serde_json::json;

use crate::support::{Api, Identity, Setup, TENANT_SCOPES};

/// What the stream does with the next batch.
enum Plan {
    /// Accepts so many events, then it is away.
    Break(usize),
    /// Will never take the event at this place.
    Refuse(usize),
}

/// Keeps what it accepts.
#[derive(Default)]
struct Stream {
    plans: Mutex<VecDeque<Plan>>,
    /// Those whose partition has no leader.
    dead: Mutex<HashSet<OrganizationId>>,
    accepted: Mutex<Vec<PlatformEvent>>,
    batches: Mutex<usize>,
}

impl Stream {
    fn plan(&self, plan: Plan) {
        self.plans.lock().unwrap().push_back(plan);
    }

    fn accepted(&self) -> Vec<PlatformEvent> {
        self.accepted.lock().unwrap().clone()
    }

    /// The types of the events of an organization.
    fn types(&self, organization: &str) -> Vec<&'static str> {
        self.accepted()
            .iter()
            .filter(|event| event.organization_id.to_string() == organization)
            .map(|event| event.event_type.as_str())
            .collect()
    }
}

#[async_trait]
impl EventSink for Stream {
    async fn publish(&self, events: &[PlatformEvent]) -> Published {
        *self.batches.lock().unwrap() += 1;
        let plan = self.plans.lock().unwrap().pop_front();
        let dead = self.dead.lock().unwrap().clone();
        let mut published = Published::default();
        for (place, event) in events.iter().enumerate() {
            if dead.contains(&event.organization_id) {
                published.failure = Some(SinkError("no leader".to_owned()));
                continue;
            }
            match plan {
                Some(Plan::Break(count)) if place >= count => {
                    published.failure = Some(SinkError("away".to_owned()));
                    break;
                }
                Some(Plan::Refuse(refused)) if place == refused => {
                    published.refused.push(FailedEvent {
                        event_id: event.event_id,
                        reason: "too large".to_owned(),
                    });
                }
                _ => {
                    published.accepted.push(event.event_id);
                    self.accepted.lock().unwrap().push(event.clone());
                }
            }
        }
        published
    }

    async fn reach(&self) -> Result<String, SinkError> {
        Ok("answers".to_owned())
    }
}

/// An API whose events go to a stream.
struct Stage {
    api: Api,
    stream: Arc<Stream>,
    publisher: EventPublisher,
}

impl Stage {
    async fn start() -> Self {
        let mut setup = Setup::default();
        setup.world.streaming = true;
        let api = setup.start().await;
        let stream = Arc::new(Stream::default());
        Self {
            publisher: publisher(&api, stream.clone()),
            api,
            stream,
        }
    }

    /// Publishes all that waits.
    async fn publish(&self) {
        drain(&self.publisher).await;
    }
}

fn publisher(api: &Api, sink: Arc<dyn EventSink>) -> EventPublisher {
    EventPublisher::new(api.world.ports.clone(), sink)
}

async fn drain(publisher: &EventPublisher) {
    while publisher.step().await.unwrap() != Step::Idle {}
}

/// So many changes of an agent, all in the same moment.
async fn change_often(api: &Api, by: &Identity, agent: &Identity, times: usize) {
    let token = api.token(by, TENANT_SCOPES);
    for number in 0..times {
        let body = json!({"owner": format!("team {number}")});
        let changed = api.patch(&agent.path()).bearer(&token).json(&body);
        changed.send().await.expect(200);
    }
}

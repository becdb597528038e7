//! The site over a world of its own, agents, and their browsers.

use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::{self, TestRequest};
use actix_web::web::Data;
use agentidp_domain::agent::{
    Agent, AgentPatch, AgentType, Capabilities, DeploymentEnv, Email, Grant, NewAgent, Owner,
    Version,
};
use agentidp_domain::caller::{Caller, Origin, Principal};
use agentidp_domain::id::{AgentId, OrganizationId, TokenId};
use agentidp_domain::organization::{NewOrganization, OrganizationName, PlanTier, Slug};
use agentidp_domain::scope::ScopeSet;
use agentidp_http::AppState;
use agentidp_http::openapi::Description;
use agentidp_testkit::world::World;
use futures_util::future::LocalBoxFuture;
use secrecy::ExposeSecret as _;
use url::form_urlencoded;

use super::Answer;
use super::state::{self, Probes};

static DESCRIPTION: LazyLock<Data<Description>> = LazyLock::new(|| Data::new(Description::new()));

type Handler = Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>;

/// An agent and its secret.
#[derive(Clone, Debug)]
pub struct Identity {
    pub id: AgentId,
    pub secret: String,
}

impl Identity {
    /// Path of its page.
    pub fn page(&self) -> String {
        format!("/dashboard/agents/{}", self.id)
    }
}

/// The site of one test.
pub struct Site {
    pub world: World,
    /// The platform's first administrator.
    pub operator: Identity,
    pub probes: Arc<Probes>,
    handler: Handler,
}

impl Site {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The site after a last change of its parts.
    pub async fn start_with(change: impl FnOnce(&mut AppState)) -> Self {
        let world = World::start().await.unwrap();
        let probes = Arc::new(Probes::default());
        let mut state = state::of(&world, &probes);
        change(&mut state);
        let made = world.bootstrap().await.unwrap();
        Self {
            operator: Identity {
                id: made.agent_id,
                secret: made.client_secret.expose_secret().to_owned(),
            },
            handler: handler(state).await,
            world,
            probes,
        }
    }

    pub async fn answer(&self, request: TestRequest) -> Answer {
        (self.handler)(request).await
    }

    /// A page without a session.
    pub async fn get(&self, path: &str) -> Answer {
        self.answer(TestRequest::with_uri(path)).await
    }

    /// What the login form sends.
    pub fn login(&self, id: &str, secret: &str) -> TestRequest {
        self.login_at("/dashboard/login", id, secret)
    }

    /// What the login form at `path` sends.
    pub fn login_at(&self, path: &str, id: &str, secret: &str) -> TestRequest {
        form(path, &[("clientId", id), ("clientSecret", secret)])
    }

    /// The browser of an agent that has signed in.
    pub async fn browser(&self, identity: &Identity) -> Browser<'_> {
        let login = self.login(&identity.id.to_string(), &identity.secret);
        let answer = self.answer(login).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let session = cookie.split_once('=').unwrap().1.parse().unwrap();
        Browser {
            site: self,
            form_token: self.world.sessions.form_token(&session),
            cookie,
        }
    }

    /// The administrator as use cases know it.
    pub fn administrator(&self) -> Caller {
        Caller {
            agent_id: self.operator.id,
            organization_id: OrganizationId::SYSTEM,
            scopes: ScopeSet::ALL,
            token_id: TokenId::new(self.world.ports.random.uuid()),
        }
    }

    /// A new agent with these scopes that answers to `owner`.
    pub async fn agent(&self, email: &str, owner: &str, scopes: &str) -> Agent {
        let new = NewAgent {
            email: Email::new(email).unwrap(),
            agent_type: AgentType::Screener,
            version: Version::new("1.4.2").unwrap(),
            capabilities: Capabilities::default(),
            owner: Owner::new(owner).unwrap(),
            deployment_env: DeploymentEnv::Production,
            grant: Some(Grant::new(scopes.parse().unwrap()).unwrap()),
            is_public: false,
        };
        let principal = Principal::Agent(self.administrator());
        let agents = &self.world.agents;
        agents
            .register(&principal, &Origin::LOCAL, new)
            .await
            .unwrap()
    }

    /// A new agent with these scopes and a credential.
    pub async fn identity(&self, email: &str, scopes: &str) -> Identity {
        let id = self.agent(email, "team", scopes).await.agent_id;
        let caller = self.administrator();
        let credentials = &self.world.credentials;
        let issued = credentials
            .generate(&caller, &Origin::LOCAL, id, None)
            .await
            .unwrap();
        Identity {
            id,
            secret: issued.secret.expose().to_owned(),
        }
    }

    /// A new organization; its administrator.
    pub async fn organization(&self, slug: &str, plan_tier: PlanTier) -> Identity {
        let new = NewOrganization {
            name: OrganizationName::new(slug).unwrap(),
            slug: Slug::new(slug).unwrap(),
            plan_tier,
            max_agents: None,
            max_tokens_per_month: None,
            rate_limit_per_minute: None,
            admin_email: Some(Email::new(&format!("admin@{slug}.example")).unwrap()),
        };
        let (caller, organizations) = (self.administrator(), &self.world.organizations);
        let made = organizations.create(&caller, &Origin::LOCAL, new).await;
        let admin = made.unwrap().1.unwrap();
        Identity {
            id: admin.agent_id,
            secret: admin.client_secret.expose_secret().to_owned(),
        }
    }

    /// Makes an agent public.
    pub async fn publish(&self, id: AgentId) {
        let patch = AgentPatch {
            is_public: Some(true),
            ..AgentPatch::default()
        };
        let (caller, agents) = (self.administrator(), &self.world.agents);
        agents
            .update(&caller, &Origin::LOCAL, id, patch)
            .await
            .unwrap();
    }

    /// Moves the clock.
    pub fn pass(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }
}

async fn handler(state: AppState) -> Handler {
    let pages = agentidp_web::configure;
    let app = agentidp_http::app(Arc::new(state), DESCRIPTION.clone(), pages);
    let service = Rc::new(test::init_service(app).await);
    Box::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            let response = test::call_service(&*service, request.to_request()).await;
            Answer::read(response).await
        })
    })
}

fn form(path: &str, fields: &[(&str, &str)]) -> TestRequest {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    TestRequest::with_uri(path)
        .method(Method::POST)
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(body)
}

/// A browser with a session.
pub struct Browser<'a> {
    site: &'a Site,
    /// What all forms of the session carry.
    pub form_token: String,
    /// Name and value.
    pub cookie: String,
}

impl Browser<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        let request = TestRequest::with_uri(path);
        self.send(request).await
    }

    /// Sends a form of a page.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("csrf", self.form_token.as_str())];
        all.extend_from_slice(fields);
        self.send(form(path, &all)).await
    }

    /// Sends a form that carries nothing but these fields.
    pub async fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(form(path, fields)).await
    }

    pub async fn send(&self, request: TestRequest) -> Answer {
        let cookie = ("cookie", self.cookie.as_str());
        self.site.answer(request.insert_header(cookie)).await
    }
}

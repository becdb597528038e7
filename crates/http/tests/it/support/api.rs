//! The application over a world of its own.

use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::{self, TestRequest};
use actix_web::web::Data;
use agentidp_domain::limit::LimitSettings;
use agentidp_domain::token::{Algorithm, KeyRing as _, TokenType};
use agentidp_http::openapi::Description;
use agentidp_http::{AppState, Drain, HttpSettings};
use agentidp_testkit::api;
use agentidp_testkit::issuer::FakeIssuer;
use agentidp_testkit::world::{ISSUER, World, WorldSettings};
use futures_util::future::LocalBoxFuture;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Call, Counted, FakeStripe, Identity, Probes};

/// Settings with rate limits on.
pub const LIMITED: LimitSettings = LimitSettings {
    enabled: true,
    enforce_plans: true,
    per_ip: 100,
    ip_window: Duration::from_secs(60),
    auth_failures: 20,
};

static DESCRIPTION: LazyLock<Data<Description>> = LazyLock::new(|| Data::new(Description::new()));

type Handler = Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>;

/// What differs from one API under test to another.
pub struct Setup {
    pub world: WorldSettings,
    pub http: HttpSettings,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            world: WorldSettings::default(),
            http: api::settings(),
        }
    }
}

impl Setup {
    pub fn limited() -> Self {
        let mut setup = Self::default();
        setup.world.limits = LIMITED;
        setup
    }

    /// With this issuer in the place of GitHub Actions.
    pub fn github(issuer: &FakeIssuer) -> Self {
        let mut setup = Self::default();
        setup.world.github_issuer = issuer.url();
        setup
    }

    pub fn algorithm(algorithm: Algorithm) -> Self {
        let mut setup = Self::default();
        setup.world.algorithm = algorithm;
        setup
    }

    pub async fn start(self) -> Api {
        self.start_with(|_| {}).await
    }

    /// The API after a last change of its parts.
    pub async fn start_with(self, change: impl FnOnce(&mut AppState)) -> Api {
        let world = World::with(self.world).await.unwrap();
        let (probes, counted) = (Arc::new(Probes::healthy()), Arc::<Counted>::default());
        let stripe = Arc::<FakeStripe>::default();
        let mut state = AppState {
            billing: stripe.billing(&world.ports),
            health: probes.clone(),
            metrics: counted.clone(),
            ..api::state(&world, self.http)
        };
        change(&mut state);
        Api {
            operator: operator(&world).await,
            drain: Arc::clone(&state.drain),
            handler: handler(state).await,
            world,
            probes,
            counted,
            stripe,
        }
    }
}

async fn operator(world: &World) -> Identity {
    let bootstrapped = world.bootstrap().await.unwrap();
    Identity {
        agent: bootstrapped.agent_id.to_string(),
        organization: Identity::SYSTEM.to_owned(),
        secret: bootstrapped.client_secret.expose_secret().to_owned(),
    }
}

async fn handler(state: AppState) -> Handler {
    let app = agentidp_http::app(Arc::new(state), DESCRIPTION.clone(), |_| {});
    let service = Rc::new(test::init_service(app).await);
    Box::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            let response = test::call_service(&*service, request.to_request()).await;
            Answer::read(response).await
        })
    })
}

/// The API of one test.
pub struct Api {
    pub world: World,
    /// The platform's first administrator.
    pub operator: Identity,
    pub probes: Arc<Probes>,
    pub counted: Arc<Counted>,
    pub stripe: Arc<FakeStripe>,
    pub drain: Arc<Drain>,
    handler: Handler,
}

impl Api {
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    pub fn post(&self, path: &str) -> Call<'_> {
        self.call("POST", path)
    }

    pub fn patch(&self, path: &str) -> Call<'_> {
        self.call("PATCH", path)
    }

    pub fn delete(&self, path: &str) -> Call<'_> {
        self.call("DELETE", path)
    }

    pub fn call(&self, method: &str, path: &str) -> Call<'_> {
        Call::new(self, method.parse::<Method>().unwrap(), path)
    }

    pub async fn answer(&self, request: TestRequest) -> Answer {
        (self.handler)(request).await
    }

    /// Present time, Unix seconds.
    pub fn now(&self) -> i64 {
        self.world.ports.now().unix_seconds()
    }

    /// Moves the clock.
    pub fn pass(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    /// Claims of a new access token.
    pub fn claims(&self, identity: &Identity, scope: &str) -> Value {
        json!({
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": identity.agent,
            "client_id": identity.agent,
            "scope": scope,
            "organization_id": identity.organization,
            "jti": Uuid::new_v4().to_string(),
            "iat": self.now(),
            "exp": self.now() + 3600,
        })
    }

    /// Claims of a new bootstrap token, as the exchange would issue it for a
    /// policy of this organization.
    pub fn bootstrap_claims(&self, organization: &str, scope: &str) -> Value {
        let subject = format!("trust-policy:{}", Uuid::new_v4());
        json!({
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": subject,
            "client_id": subject,
            "scope": scope,
            "organization_id": organization,
            "token_use": "bootstrap",
            "jti": Uuid::new_v4().to_string(),
            "iat": self.now(),
            "exp": self.now() + 600,
        })
    }

    /// Signs claims with the key of the server.
    pub fn sign(&self, token_type: TokenType, claims: &Value) -> String {
        let payload = claims.to_string();
        self.world
            .ring
            .sign(token_type, payload.as_bytes())
            .unwrap()
    }

    /// An access token for an agent, as the token endpoint would issue it.
    pub fn token(&self, identity: &Identity, scope: &str) -> String {
        self.sign(TokenType::AccessToken, &self.claims(identity, scope))
    }
}

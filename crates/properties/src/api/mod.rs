//! The whole API over a fresh store, asked one request at a time.

mod state;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::to_bytes;
use actix_web::dev::Service as _;
use actix_web::http::header::HeaderMap;
use actix_web::rt::{System, SystemRunner};
use actix_web::test::{self, TestRequest};
use actix_web::web::Data;
use agentidp_domain::scope::ScopeSet;
use agentidp_domain::token::{KeyRing as _, TokenType};
use agentidp_http::openapi::Description;
use agentidp_testkit::world::{ISSUER, World};
use futures_util::future::LocalBoxFuture;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{Broken, holds, member};

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// Null when it is no JSON.
    pub body: Value,
}

type Handler = Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Result<Answer, Broken>>>;

/// The API, with the platform's first administrator as its client, and one more
/// agent.
pub struct Api {
    handler: Handler,
    /// Id of the administrator.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// An access token of it with all scopes.
    pub token: String,
    /// Id of the other agent.
    other: String,
    issued: Cell<u32>,
    /// Its store is removed with it.
    world: World,
    system: SystemRunner,
}

impl Api {
    pub fn start() -> Result<Self, Broken> {
        let system = System::new();
        let (world, administrator, handler) = system.block_on(async {
            let world = World::start().await?;
            let administrator = world.bootstrap().await?;
            let handler = handler(&world).await;
            Ok::<_, Broken>((world, administrator, handler))
        })?;
        let id = administrator.agent_id.to_string();
        let mut api = Self {
            handler,
            token: token(&world, &id, 0)?,
            secret: administrator.client_secret.expose_secret().to_owned(),
            id,
            other: String::new(),
            issued: Cell::new(0),
            world,
            system,
        };
        api.other = api.register()?;
        Ok(api)
    }

    /// The text with `{id}`, `{secret}`, `{token}` and `{other}`, the id of another
    /// agent, filled in.
    pub fn filled(&self, text: &str, token: &str) -> String {
        text.replace("{id}", &self.id)
            .replace("{secret}", &self.secret)
            .replace("{token}", token)
            .replace("{other}", &self.other)
    }

    /// A token like [`token`](Self::token) that may be revoked: no later input gets
    /// it again.
    pub fn fresh_token(&self) -> Result<String, Broken> {
        let number = self.issued.get().wrapping_add(1);
        self.issued.set(number);
        token(&self.world, &self.id, number)
    }

    fn register(&self) -> Result<String, Broken> {
        let agent = json!({
            "email": "other@idp.example", "agentType": "screener", "version": "1.0.0",
            "capabilities": ["resume:read"], "owner": "team", "deploymentEnv": "production",
        });
        let request = TestRequest::post()
            .uri("/api/v1/agents")
            .insert_header(("authorization", format!("Bearer {}", self.token)))
            .set_json(agent);
        let answer = self.send(request)?;
        let id = member(&answer.body, "agentId").as_str();
        Ok(id.ok_or("no other agent")?.to_owned())
    }

    /// Sends a request. Whatever it is, the answer is none of a failure and, when
    /// it is a refusal, says why in a machine-readable way.
    pub fn send(&self, request: TestRequest) -> Result<Answer, Broken> {
        let answer = self.system.block_on((self.handler)(request))?;
        let Answer { status, body, .. } = &answer;
        holds(*status < 500, || format!("{status}: {body}"))?;
        let coded = member(body, "code").is_string() && member(body, "message").is_string();
        holds(*status < 400 || coded, || {
            format!("{status} without code: {body}")
        })?;
        Ok(answer)
    }
}

/// The organization of the administrator.
const ORGANIZATION: &str = "00000000-0000-4000-8000-000000000001";

fn token(world: &World, id: &str, number: u32) -> Result<String, Broken> {
    let now = world.ports.now().unix_seconds();
    let claims = json!({
        "iss": ISSUER, "aud": ISSUER, "sub": id, "client_id": id,
        "scope": ScopeSet::ALL.to_string(), "organization_id": ORGANIZATION,
        "jti": format!("33333333-3333-4333-8333-{number:012x}"), "iat": now, "exp": now + 3600,
    })
    .to_string();
    Ok(world.ring.sign(TokenType::AccessToken, claims.as_bytes())?)
}

async fn handler(world: &World) -> Handler {
    let state = Arc::new(state::of(world));
    let app = agentidp_http::app(state, Data::new(Description::new()), |_| {});
    let service = Rc::new(test::init_service(app).await);
    Box::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            let response = service.call(request.to_request()).await;
            let response = response.map_err(|error| error.to_string())?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = to_bytes(response.into_body()).await;
            let body = body.map_err(|_| "the answer ends early")?;
            Ok::<_, Broken>(Answer {
                status,
                headers,
                body: serde_json::from_slice(&body).unwrap_or_default(),
            })
        })
    })
}

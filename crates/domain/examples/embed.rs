//! AgentIdP inside a plain Rust program: no HTTP, no server.
//!
//! Registers an agent, gives it a credential, issues a token for it and
//! verifies the token and the audit log.
//!
//! ```sh
//! cargo run -p agentidp-domain --example embed
//! ```

use std::error::Error;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentidp_domain::agent::{
    AgentService, AgentType, Capabilities, DeploymentEnv, Email, NewAgent, Owner, Version,
};
use agentidp_domain::audit::{AuditService, DateRange};
use agentidp_domain::bootstrap::BootstrapService;
use agentidp_domain::cache::NoCache;
use agentidp_domain::caller::{Caller, Origin, Principal};
use agentidp_domain::change::{ChangeListener, Changes, NoBus};
use agentidp_domain::credential::{CredentialService, SecretVerifier, VerifierSettings};
use agentidp_domain::did::{DidNaming, Identities};
use agentidp_domain::encryption::{EncryptionKeyRing, FieldCipher, InvalidKeyRing, KeyRingSource};
use agentidp_domain::id::{OrganizationId, TokenId};
use agentidp_domain::limit::{LimitSettings, RateLimits};
use agentidp_domain::metrics::NoMetrics;
use agentidp_domain::ports::Ports;
use agentidp_domain::random::{Random, SystemRandom};
use agentidp_domain::scope::ScopeSet;
use agentidp_domain::time::SystemClock;
use agentidp_domain::token::{
    Algorithm, Authenticator, ClientAuthenticator, ClientCache, ClientCredentials, Freshness,
    IssueRequest, Issuer, Journal, JournalSettings, KeyRing, KeyService, KeySettings, Minter,
    RevocationView, TokenService, TokenServiceParts,
};
use agentidp_domain::vault::SecretKeeper;
use agentidp_jose::{Factory, Ring};
use agentidp_memory::MemoryRateLimiter;
use agentidp_sql::{SqliteSettings, SqliteStore};

/// Public URL of the program; its host stands in identifiers of agents.
const ISSUER: &str = "https://idp.example.com";

/// The key that encrypts secrets at rest. A real program reads it from where
/// it keeps its secrets.
struct MyKeys(Mutex<EncryptionKeyRing>);

impl KeyRingSource for MyKeys {
    fn load(&self) -> Result<EncryptionKeyRing, InvalidKeyRing> {
        let ring = self.0.lock();
        ring.map(|ring| ring.clone())
            .map_err(|error| InvalidKeyRing::Source(error.to_string()))
    }

    fn replace(
        &self,
        _present: &EncryptionKeyRing,
        _next: &EncryptionKeyRing,
    ) -> Result<(), InvalidKeyRing> {
        Err(InvalidKeyRing::NotWritable("read only".to_owned()))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let ports = open_store(&folder.path().join("embedded.db")).await?;
    let secrets = Arc::new(SecretVerifier::new(
        VerifierSettings::default(),
        SecretKeeper::in_rows(),
        &SystemRandom,
    ));
    let identities = identities()?;
    let admin = BootstrapService::new(ports.clone(), identities.clone(), Arc::clone(&secrets))
        .create()
        .await?;

    // An embedding program is its own administrator: it acts as the agent it
    // bootstrapped.
    let me = Caller {
        agent_id: admin.agent_id,
        organization_id: OrganizationId::SYSTEM,
        scopes: ScopeSet::ALL,
        token_id: TokenId::new(SystemRandom.uuid()),
    };
    let agents = AgentService::new(ports.clone(), identities, true);
    let registrant = Principal::Agent(me.clone());
    let agent = agents
        .register(&registrant, &Origin::LOCAL, screener()?)
        .await?;
    let credentials = CredentialService::new(ports.clone(), Arc::clone(&secrets));
    let issued = credentials
        .generate(&me, &Origin::LOCAL, agent.agent_id, None)
        .await?;

    let tokens = Tokens::start(&ports, secrets).await?;
    let presented = ClientCredentials {
        client_id: agent.agent_id.to_string(),
        client_secret: issued.secret.into_inner(),
    };
    let token = tokens.issue(&presented).await?;
    let caller = tokens.authenticator.authenticate(&token).await?;
    let log = AuditService::new(ports)
        .verify(&me, DateRange::default())
        .await?;

    let mut out = std::io::stdout().lock();
    writeln!(out, "agent   {} ({})", agent.agent_id, agent.email)?;
    writeln!(out, "did     {}", agent.did.unwrap_or_default())?;
    writeln!(out, "token   {token}")?;
    let caller = caller.into_agent()?;
    writeln!(out, "caller  {} with {}", caller.agent_id, caller.scopes)?;
    writeln!(
        out,
        "audit   {} events, intact: {}",
        log.checked,
        log.is_intact()
    )?;
    Ok(())
}

fn screener() -> Result<NewAgent, Box<dyn Error>> {
    Ok(NewAgent {
        email: Email::new("screener-001@example.com")?,
        agent_type: AgentType::Screener,
        version: Version::new("1.0.0")?,
        capabilities: Capabilities::new(vec!["resume:read".to_owned()])?,
        owner: Owner::new("talent-team")?,
        deployment_env: DeploymentEnv::Development,
        grant: None,
        is_public: false,
    })
}

/// Names and keys of agents; documents are not kept, nobody publishes them
/// here.
fn identities() -> Result<Identities, Box<dyn Error>> {
    let naming = DidNaming::new(&Issuer::new(ISSUER), None)?;
    Ok(Identities::new(
        Arc::new(naming),
        Arc::new(Factory),
        Arc::new(NoCache),
    ))
}

async fn open_store(path: &std::path::Path) -> Result<Ports, Box<dyn Error>> {
    let settings = SqliteSettings {
        path: path.to_owned(),
        readers: 2,
        connection_timeout: Duration::from_secs(5),
    };
    SqliteStore::migrate(&settings).await?;
    let keys = MyKeys(Mutex::new(EncryptionKeyRing::generate(&SystemRandom)));
    let cipher = FieldCipher::load(Arc::new(keys), Arc::new(SystemRandom))?;
    let store = SqliteStore::open(settings, Arc::new(cipher), Arc::new(NoMetrics)).await?;
    Ok(Ports {
        store: Arc::new(store),
        secrets: SecretKeeper::in_rows(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        changes: Arc::new(Changes::new(Arc::new(NoBus))),
        metrics: Arc::new(NoMetrics),
        streaming: false,
    })
}

/// A ring with a current and a next key, made at first use and kept in the
/// store.
async fn signing_keys(ports: &Ports) -> Result<Arc<dyn KeyRing>, Box<dyn Error>> {
    let ring: Arc<dyn KeyRing> = Arc::new(Ring::new());
    let settings = KeySettings {
        algorithm: Algorithm::Es256,
        grace: Duration::from_secs(86_400),
        import: None,
    };
    let factory = Arc::new(Factory);
    KeyService::new(ports.clone(), factory, Arc::clone(&ring), settings)
        .maintain()
        .await?;
    Ok(ring)
}

/// What issues and verifies tokens.
struct Tokens {
    service: TokenService,
    clients: ClientAuthenticator,
    authenticator: Arc<Authenticator>,
}

impl Tokens {
    async fn start(ports: &Ports, secrets: Arc<SecretVerifier>) -> Result<Self, Box<dyn Error>> {
        let ring = signing_keys(ports).await?;
        let view = Arc::new(RevocationView::new());
        let freshness = Arc::new(Freshness::single());
        let cache = Arc::new(ClientCache::new(ports.clone(), Arc::clone(&freshness)));
        let listeners: [Arc<dyn ChangeListener>; 2] = [view.clone(), cache.clone()];
        for listener in listeners {
            ports.changes.listen(listener);
        }
        let limiter = MemoryRateLimiter::new(Arc::clone(&ports.clock));
        let limits = RateLimits::new(Arc::new(limiter), LimitSettings::default());
        let (journal, _task) = Journal::start(ports.clone(), JournalSettings::default());
        let issuer = Issuer::new(ISSUER);
        let authenticator = Arc::new(Authenticator::new(
            ports.clone(),
            Arc::clone(&ring),
            Arc::clone(&view),
            freshness,
            issuer.clone(),
        ));
        let clients = ClientAuthenticator::new(
            ports.clone(),
            cache,
            secrets,
            Arc::new(limits),
            journal.clone(),
        );
        let service = TokenService::new(TokenServiceParts {
            ports: ports.clone(),
            minter: Minter::new(ports.clone(), ring, view, issuer),
            authenticator: Arc::clone(&authenticator),
            clients: clients.clone(),
            journal,
        });
        Ok(Self {
            service,
            clients,
            authenticator,
        })
    }

    /// A token with the default scopes for a client.
    async fn issue(&self, presented: &ClientCredentials) -> Result<String, Box<dyn Error>> {
        let origin = &Origin::LOCAL;
        let client = self.clients.authenticate(presented, origin).await?;
        let wish = IssueRequest::default();
        let token = self.service.issue(&client, &wish, origin).await?;
        Ok(token.access_token)
    }
}

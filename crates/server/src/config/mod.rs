//! Typed settings, one struct per section, read once at start. Everything
//! that is wrong is reported together.

mod billing;
mod encryption;
mod environment;
mod features;
mod foreign;
mod identity;
mod jobs;
mod kafka;
mod limits;
mod names;
mod policy;
mod reader;
mod server;
mod store;
mod telemetry;
#[cfg(test)]
mod tests;
mod tokens;
mod vault;
mod webhooks;

pub(crate) use billing::BillingConfig;
pub(crate) use encryption::{EncryptionConfig, RingPlace};
pub(crate) use environment::Variables;
pub(crate) use features::FeatureConfig;
pub(crate) use foreign::ForeignConfig;
pub(crate) use identity::IdentityConfig;
pub(crate) use jobs::JobConfig;
pub(crate) use kafka::KafkaConfig;
pub(crate) use limits::LimitConfig;
pub(crate) use policy::PolicyConfig;
pub(crate) use reader::ConfigError;
pub(crate) use server::{Environment, ServerConfig};
pub(crate) use store::{Database, StoreConfig};
pub(crate) use telemetry::TelemetryConfig;
pub(crate) use tokens::TokenConfig;
pub(crate) use vault::VaultConfig;
pub(crate) use webhooks::WebhookConfig;

use reader::Reader;

/// All settings.
#[derive(Debug)]
pub(crate) struct Config {
    /// Listener, public URL, data directory.
    pub(crate) server: ServerConfig,
    /// Database and Redis.
    pub(crate) store: StoreConfig,
    /// Rate limits, plan limits, cost of hashing.
    pub(crate) limits: LimitConfig,
    /// Signing keys.
    pub(crate) tokens: TokenConfig,
    /// Identifiers, delegation.
    pub(crate) identity: IdentityConfig,
    /// Tokens of others.
    pub(crate) foreign: ForeignConfig,
    /// Webhooks.
    pub(crate) webhooks: WebhookConfig,
    /// Kafka, if events go there.
    pub(crate) kafka: Option<KafkaConfig>,
    /// Stripe.
    pub(crate) billing: BillingConfig,
    /// Parts that can be switched off.
    pub(crate) features: FeatureConfig,
    /// Vault, if secrets are kept there.
    pub(crate) vault: Option<VaultConfig>,
    /// Encryption at rest.
    pub(crate) encryption: EncryptionConfig,
    /// Scope policy.
    pub(crate) policy: PolicyConfig,
    /// Background jobs.
    pub(crate) jobs: JobConfig,
    /// Remarks on settings that have no effect as written.
    pub(crate) remarks: Vec<String>,
}

impl Config {
    /// Reads all settings from `variables`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with the name of its variable.
    pub(crate) fn read(variables: &Variables) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(variables);
        names::check(variables, &mut reader);
        TelemetryConfig::check(&mut reader);
        let server = ServerConfig::read(&mut reader);
        let store = StoreConfig::read(&mut reader, &server);
        let limits = LimitConfig::read(&mut reader, &store);
        let tokens = TokenConfig::read(&mut reader, &server);
        let identity = IdentityConfig::read(&mut reader, &server);
        let foreign = ForeignConfig::read(&mut reader, &server);
        let webhooks = WebhookConfig::read(&mut reader, &foreign);
        let kafka = KafkaConfig::read(&mut reader, cfg!(feature = "kafka"));
        let billing = BillingConfig::read(&mut reader, &server);
        let features = FeatureConfig::read(&mut reader);
        let vault = VaultConfig::read(&mut reader);
        let encryption = EncryptionConfig::read(&mut reader, &server, &store, vault.as_ref());
        let policy = PolicyConfig::read(&mut reader);
        let jobs = JobConfig::read(&mut reader);
        Ok(Self {
            server,
            store,
            limits,
            tokens,
            identity,
            foreign,
            webhooks,
            kafka,
            billing,
            features,
            vault,
            encryption,
            policy,
            jobs,
            remarks: reader.finish()?,
        })
    }

    /// Settings of an embedded installation in `folder`, with cheap hashing.
    #[cfg(test)]
    pub(crate) fn for_tests(folder: &std::path::Path) -> Self {
        let folder = folder.display().to_string();
        let variables = [
            ("AGENTIDP_DATA_DIR", folder.as_str()),
            ("APP_ENV", "test"),
            ("BCRYPT_COST", "4"),
            ("JWT_ALGORITHM", "ES256"),
        ];
        Self::read(&Variables::from(variables)).unwrap()
    }

    /// The same, with secrets and key ring in a Vault.
    #[cfg(test)]
    pub(crate) fn for_tests_with(
        folder: &std::path::Path,
        vault: &agentidp_testkit::vault::FakeVault,
    ) -> Self {
        let folder = folder.display().to_string();
        let (address, token) = (vault.address(), vault.token());
        let variables = [
            ("AGENTIDP_DATA_DIR", folder.as_str()),
            ("APP_ENV", "test"),
            ("BCRYPT_COST", "4"),
            ("JWT_ALGORITHM", "ES256"),
            ("VAULT_ADDR", address.as_str()),
            ("VAULT_TOKEN", token.as_str()),
        ];
        Self::read(&Variables::from(variables)).unwrap()
    }
}

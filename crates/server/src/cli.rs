//! The command line.

use std::path::PathBuf;

use agentidp_domain::id::{AgentId, OrganizationId};
use clap::{Args, Parser, Subcommand};

/// Identity provider for AI agents: server and operator commands.
///
/// All settings come from environment variables and from `.env` in the working
/// directory; with none set the server keeps its data in ./data and listens on
/// http://localhost:3000.
#[derive(Debug, Parser)]
#[command(
    name = "agentidp",
    version,
    after_help = "\
Examples:
  agentidp                                   run the server
  PORT=4000 AGENTIDP_DATA_DIR=/var/lib/agentidp agentidp serve
  agentidp doctor                            check the settings and what they point to
  agentidp help bootstrap                    more about a command"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

impl Cli {
    /// The command to run; `serve` without one.
    pub(crate) fn command(self) -> Command {
        self.command
            .unwrap_or(Command::Serve(ServeArgs { migrate: false }))
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server (default)
    Serve(ServeArgs),
    /// Bring the database schema up to date
    ///
    /// Applies the migrations of the database in use and prints what was
    /// applied. With the embedded store `serve` does this by itself.
    #[command(after_help = "\
Examples:
  agentidp migrate
  DATABASE_URL=postgresql://user:password@db:5432/sentryagent_idp agentidp migrate")]
    Migrate,
    /// Create the first administrator
    Bootstrap(BootstrapArgs),
    /// Replace the key that signs tokens
    RotateSigningKey(RotateSigningKeyArgs),
    /// Replace the key that encrypts columns, and re-encrypt them
    ///
    /// Adds a key to the key ring, file or Vault, and re-encrypts all rows
    /// with it. Running replicas follow by themselves. After an interruption
    /// run the command again: it finishes the rotation that was begun. A key
    /// that was added to the ring by hand is used instead of a new one. Older
    /// keys stay in the ring, for backups.
    #[command(after_help = "\
Example:
  agentidp rotate-encryption-key")]
    RotateEncryptionKey,
    /// End outstanding tokens of an agent or an organization
    RevokeTokens(RevokeTokensArgs),
    /// Verify the hash chains of the audit logs
    VerifyAudit(VerifyAuditArgs),
    /// Check settings, stores, keys and policy
    Doctor(DoctorArgs),
    /// Write the API description
    Openapi(OpenapiArgs),
}

/// Arguments of `serve`.
///
/// On an empty embedded store the first start creates the database, the keys
/// and an administrator, whose credential goes to bootstrap.json in the data
/// directory. SIGTERM and SIGINT end the server in order, SIGHUP reads the
/// policy again.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  agentidp serve
  DATABASE_URL=postgresql://localhost/idp agentidp serve --migrate
  kill -HUP <pid>                            after a change in POLICY_DIR")]
pub(crate) struct ServeArgs {
    /// Bring a PostgreSQL schema up to date first (for local use)
    #[arg(long)]
    pub(crate) migrate: bool,
}

/// Arguments of `bootstrap`.
///
/// Creates the agent admin@system.local with all scopes and one credential,
/// prints its client id and secret once and writes them to bootstrap.json in
/// the data directory.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  agentidp bootstrap
  agentidp bootstrap --reset                 when the secret is lost")]
pub(crate) struct BootstrapArgs {
    /// Give the existing administrator a new secret
    #[arg(long)]
    pub(crate) reset: bool,
}

/// Arguments of `rotate-signing-key`.
///
/// The next key, which is published already, becomes the current one; the old
/// key stays published for the grace period, so that outstanding tokens stay
/// valid.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  agentidp rotate-signing-key                every 90 days
  agentidp rotate-signing-key --immediate    when a private key is exposed")]
pub(crate) struct RotateSigningKeyArgs {
    /// Sign with a new key at once and end all older keys and their tokens
    #[arg(long)]
    pub(crate) immediate: bool,
}

/// Arguments of `revoke-tokens`.
///
/// Running replicas refuse the tokens within a second. New tokens can still be
/// obtained; to prevent that, suspend the agent or the organization.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  agentidp revoke-tokens --agent 3f2504e0-4f89-41d3-9a0c-0305e82c3301
  agentidp revoke-tokens --organization 00000000-0000-4000-8000-000000000001")]
#[group(required = true, multiple = false)]
pub(crate) struct RevokeTokensArgs {
    /// Id of the agent
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<AgentId>,
    /// Id of the organization
    #[arg(long, value_name = "ID")]
    pub(crate) organization: Option<OrganizationId>,
}

/// Arguments of `verify-audit`.
///
/// Walks every audit log from its first event. Names the first bad event of a
/// broken log; the exit code is 1 then.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  agentidp verify-audit
  agentidp verify-audit --organization 00000000-0000-4000-8000-000000000001")]
pub(crate) struct VerifyAuditArgs {
    /// Verify only the log of this organization
    #[arg(long, value_name = "ID")]
    pub(crate) organization: Option<OrganizationId>,
}

/// Arguments of `doctor`.
///
/// Prints one line per finding: ok, warn or fail, and what to do. The exit
/// code is 1 when something fails.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  agentidp doctor
  agentidp doctor --health                   health check of a container")]
pub(crate) struct DoctorArgs {
    /// Only ask the server on the local port for its health
    #[arg(long)]
    pub(crate) health: bool,
}

/// Arguments of `openapi`.
///
/// Writes one JSON file per route group. Needs no settings and no database.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  agentidp openapi --out openapi")]
pub(crate) struct OpenapiArgs {
    /// Folder for the files; created when missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Command, clap::Error> {
        Cli::try_parse_from(line.split(' ')).map(Cli::command)
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command_for_update().debug_assert();
        <Cli as CommandFactory>::command().debug_assert();
    }

    #[test]
    fn serve_is_the_default() {
        assert!(matches!(
            parse("agentidp"),
            Ok(Command::Serve(ServeArgs { migrate: false }))
        ));
        let Ok(Command::Serve(arguments)) = parse("agentidp serve --migrate") else {
            panic!("not serve")
        };
        assert!(arguments.migrate);
    }

    #[test]
    fn revoking_needs_exactly_one_target() {
        let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
        assert!(parse("agentidp revoke-tokens").is_err());
        assert!(
            parse(&format!(
                "agentidp revoke-tokens --agent {id} --organization {id}"
            ))
            .is_err()
        );
        assert!(parse("agentidp revoke-tokens --agent 17").is_err());
        let Ok(Command::RevokeTokens(arguments)) =
            parse(&format!("agentidp revoke-tokens --agent {id}"))
        else {
            panic!("not revoke-tokens")
        };
        assert_eq!(
            arguments.agent.map(|agent| agent.to_string()).as_deref(),
            Some(id)
        );
    }
}

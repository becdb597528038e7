//! The command line.

use std::path::PathBuf;

use clap::{
    Arg, ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint, value_parser,
};
use sentryagent_idp::ScaffoldLanguage;

/// Heading of the flags that every command takes.
const GLOBAL: &str = "Global options";

/// A secret lives for ten years at most, if it has an end.
const MAX_DAYS: i64 = 3650;

/// SentryAgent.ai CLI — manage agents, tokens, and audit logs
#[derive(Debug, Parser)]
#[command(
    name = "sentryagent",
    version,
    disable_version_flag = true,
    propagate_version = true,
    after_help = "\
Environment:
  SENTRYAGENT_API_URL        API URL of the server
  SENTRYAGENT_CLIENT_ID      client id
  SENTRYAGENT_CLIENT_SECRET  client secret
  SENTRYAGENT_PROFILE        profile, where --profile is not given
  NO_COLOR                   no colours, unless it is empty
  The first three win over the configuration file, each for itself, unless
  --profile is given; with all three set no file is needed.
  As usual, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name proxies (none
  in CGI programs, where REQUEST_METHOD is set), SSL_CERT_FILE and SSL_CERT_DIR
  authorities to trust (not on macOS), HOME the home directory, TZ the time
  zone; CLICOLOR, CLICOLOR_FORCE, TERM and CI are for the colours of help.

Files:
  ~/.sentryagent/config.json  servers and credentials, written by `configure`

Exit codes:
  0    success, also when you answered no, and after Ctrl+C in tail-audit-log
  1    every error: wrong usage, no configuration, refused by the server
  130  as shells show it, after Ctrl+C anywhere else: the signal ends the program

Examples:
  sentryagent configure
  sentryagent list-agents
  sentryagent --profile staging --output json list-agents
  sentryagent help rotate-credentials          more about a command"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    // Without it the help is shown.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Form of the results; json leaves stdout to them
    #[arg(
        long,
        global = true,
        value_name = "format",
        default_value = "table",
        help_heading = GLOBAL
    )]
    pub(crate) output: OutputFormat,
    /// Server and credentials to use, one of those in the configuration file
    #[arg(
        long,
        global = true,
        value_name = "name",
        help_heading = GLOBAL
    )]
    pub(crate) profile: Option<String>,
}

/// The whole definition; the version flag stores nothing, so it is no field.
pub(crate) fn definition() -> clap::Command {
    let version = Arg::new("version")
        .short('v')
        .long("version")
        .global(true)
        .action(ArgAction::Version)
        .help("Print version")
        .help_heading(GLOBAL);
    Cli::command().arg(version)
}

/// Form of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    // For people.
    Table,
    // For programs.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Configure the CLI with API URL and credentials
    #[command(after_help = "\
Asks for API URL, client id and client secret and writes them to
~/.sentryagent/config.json, which only you may read. With --profile they are kept
under that name, beside the others. The answers may also come from a pipe.

Examples:
  sentryagent configure
  sentryagent configure --profile staging")]
    Configure,
    /// Register a new agent
    RegisterAgent(RegisterAgent),
    /// List all registered agents
    ListAgents(ListAgents),
    /// Issue an OAuth2 access token for an agent
    IssueToken(IssueToken),
    /// Rotate credentials for an agent (invalidates current secret)
    RotateCredentials(RotateCredentials),
    /// Poll and stream audit log events every 5 seconds (Ctrl+C to stop)
    TailAuditLog(TailAuditLog),
    /// Output shell completion scripts
    #[command(after_help = "\
Examples:
  source <(sentryagent completion bash)
  source <(sentryagent completion zsh)
  sentryagent completion fish | source

Supported shells: bash, zsh, fish")]
    Completion(Completion),
    /// Download a starter project scaffold pre-wired with your agent credentials
    Scaffold(Scaffold),
}

/// Arguments of `register-agent`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sentryagent register-agent --name screener-001@acme.example --owner talent-team
  sentryagent register-agent --name screener-002@acme.example --type screener \\
    --capability resume:read --capability resume:score --env staging")]
pub(crate) struct RegisterAgent {
    /// Name of the agent, in e-mail format
    #[arg(long, value_name = "name")]
    pub(crate) name: String,
    /// What the agent is for; kept as its owner unless --owner is given
    #[arg(long, value_name = "desc")]
    pub(crate) description: Option<String>,
    /// Who answers for the agent [default: the description, else the name]
    #[arg(long, value_name = "owner")]
    pub(crate) owner: Option<String>,
    /// What the agent does: screener, classifier, orchestrator, extractor,
    /// summarizer, router, monitor or custom
    #[arg(long = "type", value_name = "type", default_value = "custom")]
    pub(crate) agent_type: String,
    /// Version of the agent
    #[arg(long, value_name = "version", default_value = "1.0.0")]
    pub(crate) agent_version: String,
    /// Something the agent can do, such as resume:read; can be given several times
    #[arg(long = "capability", value_name = "capability")]
    pub(crate) capabilities: Vec<String>,
    /// Where the agent runs: development, staging or production
    #[arg(long, value_name = "env", default_value = "production")]
    pub(crate) env: String,
}

/// Arguments of `list-agents`.
#[derive(Args, Debug)]
#[command(after_help = "\
Without --page and --limit all agents are listed.

Examples:
  sentryagent list-agents
  sentryagent list-agents --page 2 --limit 50
  sentryagent list-agents --output json | jq -r '.data[].agentId'")]
pub(crate) struct ListAgents {
    /// Show only this page, from 1
    #[arg(long, value_name = "n")]
    pub(crate) page: Option<u32>,
    /// Show only one page, of so many agents (1 to 100)
    #[arg(long, value_name = "n")]
    pub(crate) limit: Option<u32>,
}

/// Arguments of `issue-token`.
#[derive(Args, Debug)]
#[command(after_help = "\
A token is issued to the agent that authenticates. For the configured agent its
configured secret is used; for another one you are asked for that agent's secret.

Examples:
  sentryagent issue-token --agent-id 3f2504e0-4f89-41d3-9a0c-0305e82c3301
  sentryagent issue-token --agent-id 3f2504e0-4f89-41d3-9a0c-0305e82c3301 \\
    --client-secret-stdin < secret.txt")]
pub(crate) struct IssueToken {
    /// Agent for which the token is issued
    #[arg(long, value_name = "id")]
    pub(crate) agent_id: String,
    /// Read the secret of the agent from standard input
    #[arg(long)]
    pub(crate) client_secret_stdin: bool,
}

/// Arguments of `rotate-credentials`.
#[derive(Args, Debug)]
#[command(after_help = "\
Asks before it does anything; only `y` or `yes` goes on. The new secret is shown
once and never expires, unless --expires-in is given: also when the old one would
have. The configuration is not changed: after rotating your own secret, run
`sentryagent configure`.

Examples:
  sentryagent rotate-credentials --agent-id 3f2504e0-4f89-41d3-9a0c-0305e82c3301
  sentryagent rotate-credentials --agent-id 3f2504e0-4f89-41d3-9a0c-0305e82c3301 \\
    --expires-in 90
  echo y | sentryagent rotate-credentials --output json \\
    --agent-id 3f2504e0-4f89-41d3-9a0c-0305e82c3301")]
pub(crate) struct RotateCredentials {
    /// Agent whose secret is replaced
    #[arg(long, value_name = "id")]
    pub(crate) agent_id: String,
    /// Credential to rotate, when the agent has several active ones
    #[arg(long, value_name = "id")]
    pub(crate) credential_id: Option<String>,
    /// Days until the new secret expires; without it, it never does
    #[arg(long, value_name = "days", value_parser = value_parser!(u32).range(1..=MAX_DAYS))]
    pub(crate) expires_in: Option<u32>,
}

/// Arguments of `tail-audit-log`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sentryagent tail-audit-log
  sentryagent tail-audit-log --agent-id 3f2504e0-4f89-41d3-9a0c-0305e82c3301
  sentryagent tail-audit-log --output json | jq 'select(.outcome == \"failure\")'")]
pub(crate) struct TailAuditLog {
    /// Only events of this agent
    #[arg(long, value_name = "id")]
    pub(crate) agent_id: Option<String>,
}

/// Arguments of `scaffold`.
#[derive(Args, Debug)]
#[command(after_help = "\
The project holds no secret. Files that exist are kept, and nothing is written,
unless --force is given.

Examples:
  sentryagent scaffold --agent-id 3f2504e0-4f89-41d3-9a0c-0305e82c3301 --out screener
  sentryagent scaffold --agent-id 3f2504e0-4f89-41d3-9a0c-0305e82c3301 \\
    --language rust --out screener")]
pub(crate) struct Scaffold {
    /// Agent the project is made for
    #[arg(long, value_name = "id")]
    pub(crate) agent_id: String,
    /// Language of the project
    #[arg(long, value_name = "lang", default_value = "typescript")]
    pub(crate) language: Language,
    /// Target folder, created when missing
    #[arg(long, value_name = "directory", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// Overwrite files that exist
    #[arg(long)]
    pub(crate) force: bool,
}

/// Language of a starter project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    // The values are the documentation.
    #[value(name = "typescript")]
    TypeScript,
    #[value(name = "python")]
    Python,
    #[value(name = "go")]
    Go,
    #[value(name = "java")]
    Java,
    #[value(name = "rust")]
    Rust,
}

impl Language {
    /// The language as the SDK names it.
    pub(crate) fn to_sdk(self) -> ScaffoldLanguage {
        match self {
            Self::TypeScript => ScaffoldLanguage::TypeScript,
            Self::Python => ScaffoldLanguage::Python,
            Self::Go => ScaffoldLanguage::Go,
            Self::Java => ScaffoldLanguage::Java,
            Self::Rust => ScaffoldLanguage::Rust,
        }
    }
}

/// Arguments of `completion`.
#[derive(Args, Debug)]
pub(crate) struct Completion {
    #[command(subcommand)]
    pub(crate) shell: Shell,
}

/// A shell with completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Shell {
    /// Output the completion script for bash
    #[command(after_help = "\
Load it now:
  source <(sentryagent completion bash)

Install it:
  mkdir -p ~/.bash_completion.d
  sentryagent completion bash > ~/.bash_completion.d/sentryagent
  echo 'source ~/.bash_completion.d/sentryagent' >> ~/.bashrc")]
    Bash,
    /// Output the completion script for zsh
    #[command(after_help = "\
Load it now:
  source <(sentryagent completion zsh)

Install it, into a folder of $fpath:
  mkdir -p ~/.zsh/completions
  sentryagent completion zsh > ~/.zsh/completions/_sentryagent
  echo 'fpath=(~/.zsh/completions $fpath)' >> ~/.zshrc
  echo 'autoload -Uz compinit && compinit' >> ~/.zshrc")]
    Zsh,
    /// Output the completion script for fish
    #[command(after_help = "\
Load it now:
  sentryagent completion fish | source

Install it:
  sentryagent completion fish > ~/.config/fish/completions/sentryagent.fish")]
    Fish,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn defaults_are_those_of_the_contract() {
        let line = ["sentryagent", "register-agent", "--name", "a@b.example"];
        let cli = Cli::try_parse_from(line).unwrap();
        let Some(Command::RegisterAgent(register)) = cli.command else {
            panic!("not register-agent");
        };
        let defaults = [register.agent_type, register.agent_version, register.env];
        assert_eq!(defaults, ["custom", "1.0.0", "production"]);
        assert!(register.capabilities.is_empty());
        assert_eq!(cli.global.output, OutputFormat::Table);
    }

    #[test]
    fn global_flags_may_stand_behind_the_command() {
        let line = "sentryagent list-agents --output json --profile staging";
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        assert_eq!(cli.global.output, OutputFormat::Json);
        assert_eq!(cli.global.profile.as_deref(), Some("staging"));
    }

    #[test]
    fn languages_are_called_as_on_the_wire() {
        for language in Language::value_variants() {
            let value = language.to_possible_value().unwrap();
            assert_eq!(value.get_name(), language.to_sdk().as_str());
        }
    }
}

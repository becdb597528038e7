//! `agentidp bootstrap`.

use std::process::ExitCode;

use secrecy::ExposeSecret;

use crate::bootstrap_file;
use crate::cli::BootstrapArgs;
use crate::compose::{Installation, Purpose};
use crate::config::Config;
use crate::failure::Outcome;
use crate::ui;

pub(super) async fn run(config: &Config, arguments: &BootstrapArgs) -> Outcome<ExitCode> {
    let installation = Installation::open(config, Purpose::Bootstrap).await?;
    let service = installation.bootstrap();
    let made = if arguments.reset {
        service.reset().await?
    } else {
        service.create().await?
    };
    // Before the file, which may fail: the secret cannot be shown again.
    ui::line(format!("clientId:     {}", made.agent_id));
    ui::line(format!(
        "clientSecret: {}",
        made.client_secret.expose_secret()
    ));
    bootstrap_file::write(&config.server, &made)?;
    let file = bootstrap_file::path(&config.server);
    ui::remark(format!(
        "\nShown this once; also in {}, readable by you only.\nAccess token:\n\n  {}\n",
        file.display(),
        bootstrap_file::token_command(&config.server.local_url(), &file)
    ));
    installation.database.close();
    Ok(ExitCode::SUCCESS)
}

//! Registers an agent, gives it a credential, and lets it use its first token.
//!
//! ```sh
//! CLIENT_ID=… CLIENT_SECRET=… cargo run -p sentryagent-idp --example quickstart
//! ```
//!
//! `CLIENT_ID` and `CLIENT_SECRET` are those of an agent that may register
//! others (scopes `agents:read agents:write tokens:read audit:read`);
//! `API_URL` is `http://localhost:3000` unless set, `EMAIL` the address of the
//! new agent.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use sentryagent_idp::{
    AgentIdPClient, AgentType, CredentialRequest, DeploymentEnv, RegisterAgentRequest,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name: &str, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let api_url = setting("API_URL", "http://localhost:3000");
    let email = setting("EMAIL", "screener-001@acme.example");
    let registrar = AgentIdPClient::new(
        api_url.as_str(),
        env::var("CLIENT_ID").map_err(|_| "set CLIENT_ID")?,
        env::var("CLIENT_SECRET").map_err(|_| "set CLIENT_SECRET")?,
    )?;

    let request = RegisterAgentRequest {
        capabilities: vec!["resume:read".to_owned()],
        ..RegisterAgentRequest::new(
            email,
            AgentType::Screener,
            "1.0.0",
            "talent-team",
            DeploymentEnv::Development,
        )
    };
    let agent = registrar.agents().register_agent(&request).await?;
    let made = registrar
        .credentials()
        .generate_credential(&agent.agent_id, &CredentialRequest::default())
        .await?;

    // The new agent speaks for itself; it was granted `agents:read`.
    let client = AgentIdPClient::builder(api_url, agent.agent_id.as_str(), made.client_secret)
        .scopes(["agents:read"])
        .build()?;
    let itself = client.agents().get_agent(&agent.agent_id).await?;
    writeln!(io::stdout(), "{} is {}", itself.email, itself.status)?;
    Ok(())
}

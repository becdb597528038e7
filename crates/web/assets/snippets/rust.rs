use sentryagent_idp::AgentIdPClient;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client_id = "@CLIENT_ID@";
    let secret = std::env::var("CLIENT_SECRET")?;
    let client = AgentIdPClient::builder("@BASE_URL@", client_id, secret)
        .scopes(["agents:read"])
        .build()?;

    // The client gets its tokens and renews them by itself.
    let agent = client.agents().get_agent(client_id).await?;
    println!("{} is {}", agent.email, agent.status);
    Ok(())
}

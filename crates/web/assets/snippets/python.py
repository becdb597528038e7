import os

from sentryagent_idp import AgentIdPClient

client_id = "@CLIENT_ID@"
client = AgentIdPClient(
    base_url="@BASE_URL@",
    client_id=client_id,
    client_secret=os.environ["CLIENT_SECRET"],
    scopes=["agents:read"],
)

# The client gets its tokens and renews them by itself.
agent = client.agents.get_agent(client_id)
print(f"{agent.email} is {agent.status}")

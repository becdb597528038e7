"""Registers an agent, generates a credential for it and uses a token of the new agent.

AGENTIDP_URL, AGENTIDP_CLIENT_ID and AGENTIDP_CLIENT_SECRET name the server and an
agent that may register others.
"""

import os
import sys
import uuid

from sentryagent_idp import AgentIdPClient, AgentIdPError, RegisterAgentRequest


def main() -> None:
    base_url = os.environ.get("AGENTIDP_URL", "http://localhost:3000")
    with AgentIdPClient(
        base_url=base_url,
        client_id=os.environ["AGENTIDP_CLIENT_ID"],
        client_secret=os.environ["AGENTIDP_CLIENT_SECRET"],
    ) as registrar:
        agent = registrar.agents.register_agent(
            RegisterAgentRequest(
                email=f"screener-{uuid.uuid4()}@example.com",
                agent_type="screener",
                version="1.0.0",
                capabilities=["resume:read"],
                owner="talent-team",
                deployment_env="development",
            )
        )
        print(f"registered {agent.agent_id}")
        credential = registrar.credentials.generate_credential(agent.agent_id)
        print(f"generated credential {credential.credential_id}")

    # The new agent may read agents, and nothing else: its grant is the default one.
    with AgentIdPClient(
        base_url=base_url,
        client_id=credential.client_id,
        client_secret=credential.client_secret,
        scopes=["agents:read"],
    ) as screener:
        token = screener.oauth2.issue_token()
        claims = screener.tokens.introspect_token(token.access_token)
        print(f"token active: {claims.active}, scope: {claims.scope}")
        itself = screener.agents.get_agent(agent.agent_id)
        print(f"read with it: {itself.email}, {itself.status}")


if __name__ == "__main__":
    try:
        main()
    except KeyError as missing:
        sys.exit(f"{missing} is not set.")
    except AgentIdPError as error:
        sys.exit(str(error))

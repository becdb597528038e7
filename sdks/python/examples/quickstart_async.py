"""As quickstart.py, with the asynchronous client."""

import asyncio
import os
import sys
import uuid

from sentryagent_idp import AgentIdPError, AsyncAgentIdPClient, RegisterAgentRequest


async def main() -> None:
    base_url = os.environ.get("AGENTIDP_URL", "http://localhost:3000")
    async with AsyncAgentIdPClient(
        base_url=base_url,
        client_id=os.environ["AGENTIDP_CLIENT_ID"],
        client_secret=os.environ["AGENTIDP_CLIENT_SECRET"],
    ) as registrar:
        agent = await registrar.agents.register_agent(
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
        credential = await registrar.credentials.generate_credential(agent.agent_id)
        print(f"generated credential {credential.credential_id}")

    # The new agent may read agents, and nothing else: its grant is the default one.
    async with AsyncAgentIdPClient(
        base_url=base_url,
        client_id=credential.client_id,
        client_secret=credential.client_secret,
        scopes=["agents:read"],
    ) as screener:
        token = await screener.oauth2.issue_token()
        claims, itself = await asyncio.gather(
            screener.tokens.introspect_token(token.access_token),
            screener.agents.get_agent(agent.agent_id),
        )
        print(f"token active: {claims.active}, scope: {claims.scope}")
        print(f"read with it: {itself.email}, {itself.status}")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyError as missing:
        sys.exit(f"{missing} is not set.")
    except AgentIdPError as error:
        sys.exit(str(error))

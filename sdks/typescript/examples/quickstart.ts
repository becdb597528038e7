// Registers an agent, generates a credential for it and uses a token of the new agent.
//
// AGENTIDP_URL, AGENTIDP_CLIENT_ID and AGENTIDP_CLIENT_SECRET name the server and an
// agent that may register others; README.md shows how to run it.
import { randomUUID } from 'node:crypto';

import { AgentIdPClient, AgentIdPError } from '@sentryagent/idp-sdk';

async function main(): Promise<void> {
  const baseUrl = process.env['AGENTIDP_URL'] ?? 'http://localhost:3000';
  const registrar = new AgentIdPClient({
    baseUrl,
    clientId: setting('AGENTIDP_CLIENT_ID'),
    clientSecret: setting('AGENTIDP_CLIENT_SECRET'),
  });

  const agent = await registrar.agents.registerAgent({
    email: `screener-${randomUUID()}@example.com`,
    agentType: 'screener',
    version: '1.0.0',
    capabilities: ['resume:read'],
    owner: 'talent-team',
    deploymentEnv: 'development',
  });
  console.log(`registered ${agent.agentId}`);

  const credential = await registrar.credentials.generateCredential(agent.agentId);
  console.log(`generated credential ${credential.credentialId}`);

  // The new agent may read agents, and nothing else: its grant is the default one.
  const screener = new AgentIdPClient({
    baseUrl,
    clientId: credential.clientId,
    clientSecret: credential.clientSecret,
    scopes: ['agents:read'],
  });
  const token = await screener.oauth2.issueToken();
  const claims = await screener.tokens.introspectToken(token.accessToken);
  console.log(`token active: ${claims.active}, scope: ${claims.scope}`);
  const itself = await screener.agents.getAgent(agent.agentId);
  console.log(`read with it: ${itself.email}, ${itself.status}`);
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set.`);
  }
  return value;
}

main().catch((error: unknown) => {
  if (error instanceof AgentIdPError) {
    console.error(`${error.code} (${error.httpStatus ?? 'no answer'}): ${error.message}`);
  } else {
    console.error(error instanceof Error ? error.message : error);
  }
  process.exitCode = 1;
});

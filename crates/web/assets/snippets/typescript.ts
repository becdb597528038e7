import { AgentIdPClient } from '@sentryagent/idp-sdk';

const clientId = '@CLIENT_ID@';
const client = new AgentIdPClient({
  baseUrl: '@BASE_URL@',
  clientId,
  clientSecret: process.env.CLIENT_SECRET!,
  scopes: ['agents:read'],
});

// The client gets its tokens and renews them by itself.
const agent = await client.agents.getAgent(clientId);
console.log(`${agent.email} is ${agent.status}`);

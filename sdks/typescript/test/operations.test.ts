import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { AgentIdPClient } from '../src/index.js';
import { CLIENT_ID, FakeServer, SECRET } from './fake-server.js';

const AGENT = { agentId: 'a-1', status: 'hibernating', newField: true };
const CREDENTIAL = { credentialId: 'c-1', clientSecret: 'sk_live_x', expiresAt: null };
const PAGE = { data: [AGENT], total: 1, page: 1, limit: 20 };
const NEW_AGENT = {
  email: 'screener-001@example.com',
  agentType: 'screener',
  version: '1.0.0',
  capabilities: ['resume:read'],
  owner: 'talent-team',
  deploymentEnv: 'production',
};
const DELEGATION = { delegateeAgentId: 'a-2', scopes: ['agents:read'], ttlSeconds: 60 };

interface Operation {
  name: string;
  call: (client: AgentIdPClient) => Promise<unknown>;
  /** Method, path and query of the request. */
  request: string;
  /** JSON that the request carries. */
  json?: unknown;
  /** Form that the request carries. */
  form?: Record<string, string>;
  /** Answer of the server, 204 without one. */
  answer?: unknown;
  /** What the call returns: the answer itself where nothing is said. */
  returns?: unknown;
  /** Whether no token is sent. */
  anonymous?: true;
}

const OPERATIONS: Operation[] = [
  {
    name: 'agents.registerAgent',
    call: (client) => client.agents.registerAgent(NEW_AGENT),
    request: 'POST /agents',
    json: NEW_AGENT,
    answer: AGENT,
  },
  {
    name: 'agents.listAgents',
    call: (client) => client.agents.listAgents(),
    request: 'GET /agents',
    answer: PAGE,
  },
  {
    name: 'agents.listAgents with filters',
    call: (client) =>
      client.agents.listAgents({
        page: 2,
        limit: 5,
        owner: 'a & b',
        agentType: 'router',
        status: 'active',
      }),
    request: 'GET /agents?page=2&limit=5&owner=a+%26+b&agentType=router&status=active',
    answer: PAGE,
  },
  {
    name: 'agents.getAgent',
    call: (client) => client.agents.getAgent('a/1?x'),
    request: 'GET /agents/a%2F1%3Fx',
    answer: AGENT,
  },
  {
    name: 'agents.updateAgent',
    call: (client) => client.agents.updateAgent('a-1', { status: 'suspended' }),
    request: 'PATCH /agents/a-1',
    json: { status: 'suspended' },
    answer: AGENT,
  },
  {
    name: 'agents.decommissionAgent',
    call: (client) => client.agents.decommissionAgent('a-1'),
    request: 'DELETE /agents/a-1',
  },
  {
    name: 'credentials.generateCredential',
    call: (client) => client.credentials.generateCredential('a-1'),
    request: 'POST /agents/a-1/credentials',
    json: {},
    answer: CREDENTIAL,
  },
  {
    name: 'credentials.generateCredential with expiry',
    call: (client) =>
      client.credentials.generateCredential('a-1', { expiresAt: '2030-01-01T00:00:00.000Z' }),
    request: 'POST /agents/a-1/credentials',
    json: { expiresAt: '2030-01-01T00:00:00.000Z' },
    answer: CREDENTIAL,
  },
  {
    name: 'credentials.listCredentials',
    call: (client) => client.credentials.listCredentials('a-1', { status: 'revoked', page: 3 }),
    request: 'GET /agents/a-1/credentials?status=revoked&page=3',
    answer: PAGE,
  },
  {
    name: 'credentials.rotateCredential',
    call: (client) => client.credentials.rotateCredential('a-1', 'c-1'),
    request: 'POST /agents/a-1/credentials/c-1/rotate',
    json: {},
    answer: CREDENTIAL,
  },
  {
    name: 'credentials.revokeCredential',
    call: (client) => client.credentials.revokeCredential('a-1', 'c-1'),
    request: 'DELETE /agents/a-1/credentials/c-1',
  },
  {
    name: 'tokens.introspectToken, active',
    call: (client) => client.tokens.introspectToken('x.y.z'),
    request: 'POST /token/introspect',
    form: { token: 'x.y.z' },
    answer: { active: true, sub: 'a', client_id: 'a', token_type: 'Bearer', organization_id: 'o' },
    returns: { active: true, sub: 'a', clientId: 'a', tokenType: 'Bearer', organizationId: 'o' },
  },
  {
    name: 'tokens.introspectToken, inactive',
    call: (client) => client.tokens.introspectToken('x'),
    request: 'POST /token/introspect',
    form: { token: 'x' },
    answer: { active: false },
  },
  {
    name: 'tokens.revokeToken',
    call: (client) => client.tokens.revokeToken('x'),
    request: 'POST /token/revoke',
    form: { token: 'x' },
    answer: {},
    returns: undefined,
  },
  {
    name: 'audit.queryAuditLog',
    call: (client) =>
      client.audit.queryAuditLog({
        agentId: 'a-1',
        action: 'token.issued',
        outcome: 'success',
        fromDate: '2026-01-01',
        toDate: '2026-01-31',
        page: 1,
        limit: 100,
      }),
    request:
      'GET /audit?agentId=a-1&action=token.issued&outcome=success' +
      '&fromDate=2026-01-01&toDate=2026-01-31&page=1&limit=100',
    answer: PAGE,
  },
  {
    name: 'audit.getAuditEvent',
    call: (client) => client.audit.getAuditEvent('e-1'),
    request: 'GET /audit/e-1',
    answer: { eventId: 'e-1', metadata: {} },
  },
  {
    name: 'marketplace.listPublicAgents',
    call: (client) =>
      client.marketplace.listPublicAgents({ q: 'x y', capability: 'a:b', publisher: 'p' }),
    request: 'GET /marketplace/agents?q=x+y&capability=a%3Ab&publisher=p',
    answer: PAGE,
    anonymous: true,
  },
  {
    name: 'marketplace.getPublicAgent',
    call: (client) => client.marketplace.getPublicAgent('a-1'),
    request: 'GET /marketplace/agents/a-1',
    answer: { agentId: 'a-1', didDocument: null },
    anonymous: true,
  },
  {
    name: 'delegation.createDelegation',
    call: (client) => client.delegation.createDelegation(DELEGATION),
    request: 'POST /oauth2/token/delegate',
    json: DELEGATION,
    answer: { id: 'd-1', revokedAt: null },
  },
  {
    name: 'delegation.verifyDelegation',
    call: (client) => client.delegation.verifyDelegation('d.1.2.s'),
    request: 'POST /oauth2/token/verify-delegation',
    json: { delegationToken: 'd.1.2.s' },
    answer: { valid: false, chainId: null, scopes: [] },
  },
  {
    name: 'delegation.revokeDelegation',
    call: (client) => client.delegation.revokeDelegation('d-1'),
    request: 'DELETE /oauth2/token/delegate/d-1',
  },
];

for (const operation of OPERATIONS) {
  test(operation.name, async (context) => {
    const server = await FakeServer.start(context);
    server.api = () => ('answer' in operation ? { body: operation.answer } : { status: 204 });

    const returned = await operation.call(server.client());

    assert.deepEqual(returned, 'returns' in operation ? operation.returns : operation.answer);
    assert.equal(server.apiRequests.length, 1);
    const { method, url, headers, body } = server.apiRequests[0]!;
    assert.equal(`${method} ${url}`, operation.request.replace(' ', ' /api/v1'));
    assert.equal(headers['user-agent'], 'sentryagent-idp-typescript/1.0.0');
    assert.equal(headers.authorization, operation.anonymous ? undefined : 'Bearer token-1');
    assert.equal(server.tokenRequests.length, operation.anonymous ? 0 : 1);
    if (operation.json !== undefined) {
      assert.equal(headers['content-type'], 'application/json');
      assert.deepEqual(JSON.parse(body), operation.json);
    } else if (operation.form !== undefined) {
      assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
      assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), operation.form);
    } else {
      assert.equal(body, '');
    }
  });
}

test('oauth2.issueToken asks for the scopes of the client', async (context) => {
  const server = await FakeServer.start(context);
  server.token = () => ({
    body: { access_token: 't', token_type: 'Bearer', expires_in: 9, scope: 's', id_token: 'i' },
  });
  const client = server.client({ scopes: ['agents:read', 'openid'] });

  const issued = await client.oauth2.issueToken();

  assert.deepEqual(issued, {
    accessToken: 't',
    tokenType: 'Bearer',
    expiresIn: 9,
    scope: 's',
    idToken: 'i',
  });
  const { headers, body } = server.tokenRequests[0]!;
  assert.equal(headers.authorization, undefined);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    grant_type: 'client_credentials',
    client_id: CLIENT_ID,
    client_secret: SECRET,
    scope: 'agents:read openid',
  });
});

test('oauth2.issueToken takes scope and nonce, and leaves the cache alone', async (context) => {
  const server = await FakeServer.start(context);
  const client = server.client();
  await client.agents.getAgent('a-1');

  await client.oauth2.issueToken({ scope: 'openid', nonce: 'n-1' });
  await client.oauth2.issueToken({ scope: '' });
  await client.agents.getAgent('a-1');

  const forms = server.tokenRequests.map(({ body }) => new URLSearchParams(body));
  assert.deepEqual(
    forms.map((form) => [form.get('scope'), form.get('nonce')]),
    [
      ['agents:read agents:write tokens:read audit:read', null],
      ['openid', 'n-1'],
      [null, null],
    ],
  );
  assert.deepEqual(
    server.apiRequests.map(({ headers }) => headers.authorization),
    ['Bearer token-1', 'Bearer token-1'],
  );
});

test('revoking the token in use makes the next call fetch another', async (context) => {
  const server = await FakeServer.start(context);
  const client = server.client();
  await client.agents.listAgents();

  await client.tokens.revokeToken('token-1');
  await client.agents.listAgents();

  assert.equal(server.apiRequests.at(-1)?.headers.authorization, 'Bearer token-2');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { AgentIdPClient, AgentIdPError } from '../src/index.js';
import { CLIENT_ID, FakeServer, SECRET, failure, token } from './fake-server.js';

test('code, message and details are those of the answer', async (context) => {
  const server = await FakeServer.start(context);
  server.api = () => failure(403, 'FORBIDDEN', { requiredScopes: ['agents:write'] });

  const error = await server.client().agents.getAgent('a-1').catch((reason: unknown) => reason);

  assert.ok(error instanceof AgentIdPError && error instanceof Error);
  assert.equal(error.code, 'FORBIDDEN');
  assert.equal(error.message, 'Message of FORBIDDEN.');
  assert.equal(error.httpStatus, 403);
  assert.deepEqual(error.details, { requiredScopes: ['agents:write'] });
});

for (const [what, body] of [
  ['not JSON', '<html>Bad gateway</html>'],
  ['empty', ''],
  ['JSON of another kind', { code: 7, details: null }],
] as const) {
  test(`an error body that is ${what} gives a generic code`, async (context) => {
    const server = await FakeServer.start(context);
    server.api = () => ({ status: 502, body });

    await assert.rejects(server.client().audit.queryAuditLog(), {
      code: 'HTTP_ERROR',
      message: 'The server answered with HTTP status 502.',
      httpStatus: 502,
      details: undefined,
    });
    assert.equal(server.apiRequests.length, 1, 'not repeated');
  });
}

for (const [what, body] of [
  ['not JSON', '<html>'],
  ['empty', ''],
  ['no object', '7'],
] as const) {
  test(`a success body that is ${what} is an invalid response`, async (context) => {
    const server = await FakeServer.start(context);
    server.api = () => ({ body });

    await assert.rejects(server.client().agents.getAgent('a-1'), {
      code: 'INVALID_RESPONSE',
      httpStatus: 200,
    });
  });
}

test('a 429 carries the wait and is not repeated', async (context) => {
  const server = await FakeServer.start(context);
  server.api = () => failure(429, 'RATE_LIMIT_EXCEEDED', undefined, { 'Retry-After': '17' });

  await assert.rejects(server.client().agents.listAgents(), {
    code: 'RATE_LIMIT_EXCEEDED',
    details: { retryAfter: 17 },
  });
  assert.equal(server.apiRequests.length, 1);

  server.api = () => failure(429, 'RATE_LIMIT_EXCEEDED', { a: 1 }, { 'Retry-After': 'later' });
  await assert.rejects(server.client().agents.listAgents(), { details: { a: 1 } });
});

test('the wait may be given as a time, and with other errors too', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 1) });
  const server = await FakeServer.start(context);
  const headers = { 'Retry-After': 'Thu, 01 Jan 2026 00:00:30 GMT' };
  server.api = () => failure(503, 'SERVICE_UNAVAILABLE', undefined, headers);

  await assert.rejects(server.client().agents.listAgents(), { details: { retryAfter: 30 } });
  context.mock.timers.setTime(Date.UTC(2026, 0, 2));
  await assert.rejects(server.client().agents.listAgents(), { details: { retryAfter: 0 } });
});

test('a 401 clears the cache and repeats what may be repeated, once', async (context) => {
  const server = await FakeServer.start(context);
  server.api = ({ headers }) =>
    headers.authorization === 'Bearer token-2' ? { status: 204 } : failure(401, 'UNAUTHORIZED');

  await server.client().agents.decommissionAgent('a-1');

  assert.deepEqual(
    server.received.map(({ method, url }) => `${method} ${url}`),
    [
      'POST /api/v1/token',
      'DELETE /api/v1/agents/a-1',
      'POST /api/v1/token',
      'DELETE /api/v1/agents/a-1',
    ],
  );
});

test('a second 401 is the result', async (context) => {
  const server = await FakeServer.start(context);
  server.api = () => failure(401, 'UNAUTHORIZED');

  await assert.rejects(server.client().agents.getAgent('a-1'), { code: 'UNAUTHORIZED' });

  assert.equal(server.apiRequests.length, 2);
});

test('POST and PATCH are never repeated, but the next call has a new token', async (context) => {
  const server = await FakeServer.start(context);
  server.api = ({ headers }) =>
    headers.authorization === 'Bearer token-1' ? failure(401, 'UNAUTHORIZED') : { body: {} };
  const client = server.client();

  await assert.rejects(client.credentials.generateCredential('a-1'), { code: 'UNAUTHORIZED' });
  assert.equal(server.apiRequests.length, 1);
  await client.credentials.generateCredential('a-1');
  assert.equal(server.apiRequests.length, 2);

  const other = server.client();
  server.token = () => ({ body: token('token-1') });
  await assert.rejects(other.agents.updateAgent('a-1', {}), { httpStatus: 401 });
  assert.equal(server.apiRequests.length, 3);
});

test('parallel calls whose token was refused fetch one new token', async (context) => {
  const server = await FakeServer.start(context);
  server.api = ({ headers }) =>
    headers.authorization === 'Bearer token-1' ? failure(401, 'UNAUTHORIZED') : { body: {} };
  const client = server.client();

  await Promise.all(Array.from({ length: 8 }, () => client.agents.getAgent('a-1')));

  assert.equal(server.tokenRequests.length, 2);
});

test('the error of the token endpoint is the error of the call', async (context) => {
  const server = await FakeServer.start(context);
  server.token = () => failure(403, 'AGENT_SUSPENDED');

  await assert.rejects(server.client().agents.listAgents(), { code: 'AGENT_SUSPENDED' });
  assert.equal(server.apiRequests.length, 0);
});

test('redirects are errors, so that secrets stay with the server', async (context) => {
  const server = await FakeServer.start(context);
  server.token = () => ({ status: 307, headers: { Location: `${server.url}/elsewhere` } });

  await assert.rejects(server.client().agents.listAgents(), {
    code: 'HTTP_ERROR',
    httpStatus: 307,
  });
  assert.equal(server.received.length, 1);
});

test('an unreachable server is a network error without a status', async (context) => {
  const server = await FakeServer.start(context);
  const client = server.client();
  await server.stop();

  await assert.rejects(client.agents.listAgents(), (error: AgentIdPError) => {
    assert.equal(error.code, 'NETWORK_ERROR');
    assert.equal(error.httpStatus, undefined);
    assert.match(error.message, /^The server could not be reached: .*ECONNREFUSED/);
    return true;
  });
});

test('an answer that does not come is a network error', async (context) => {
  const server = await FakeServer.start(context);
  server.api = () => undefined;

  await assert.rejects(server.client({ timeoutMs: 300 }).agents.listAgents(), {
    code: 'NETWORK_ERROR',
    message: 'The server did not answer within 300 ms.',
    httpStatus: undefined,
  });
});

test('an id that is no path segment never leaves the client', async (context) => {
  const server = await FakeServer.start(context);
  const client = server.client();

  for (const id of ['', '.', '..']) {
    await assert.rejects(client.agents.getAgent(id), { code: 'INVALID_ARGUMENT' });
    await assert.rejects(client.credentials.revokeCredential('a-1', id), {
      code: 'INVALID_ARGUMENT',
    });
  }
  assert.equal(server.received.length, 0);
});

test('settings that cannot work are refused at once', () => {
  const config = { baseUrl: 'http://localhost:3000', clientId: CLIENT_ID, clientSecret: SECRET };
  const wrong = [
    ...['', 'localhost', 'ftp://host', 'http://u:p@host', 'http://host/?a=1'].map((baseUrl) => ({
      baseUrl,
    })),
    { clientId: '' },
    { clientSecret: '' },
    ...[0, -1, Number.NaN, 2 ** 31].map((timeoutMs) => ({ timeoutMs })),
  ];
  for (const setting of wrong) {
    assert.throws(
      () => new AgentIdPClient({ ...config, ...setting }),
      { name: 'AgentIdPError', code: 'INVALID_ARGUMENT', httpStatus: undefined },
      inspect(setting),
    );
  }
});

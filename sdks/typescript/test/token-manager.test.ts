import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { AgentIdPError, TokenManager } from '../src/index.js';
import { CLIENT_ID, FakeServer, SECRET, failure, gate, token } from './fake-server.js';

async function start(
  context: TestContext,
): Promise<{ server: FakeServer; manager: TokenManager }> {
  const server = await FakeServer.start(context);
  return { server, manager: new TokenManager(server.url, CLIENT_ID, SECRET, 'agents:read') };
}

test('sends the client credentials as a form', async (context) => {
  const { server, manager } = await start(context);

  assert.equal(await manager.getToken(), 'token-1');

  const [request] = server.received;
  assert.equal(`${request?.method} ${request?.url}`, 'POST /api/v1/token');
  assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.body)), {
    grant_type: 'client_credentials',
    client_id: CLIENT_ID,
    client_secret: SECRET,
    scope: 'agents:read',
  });
});

test('an empty scope is not sent', async (context) => {
  const server = await FakeServer.start(context);

  await new TokenManager(server.url, CLIENT_ID, SECRET, '').getToken();

  assert.equal(new URLSearchParams(server.received[0]?.body).has('scope'), false);
});

test('uses a token until less than 60 s of its life remain', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const { server, manager } = await start(context);

  await manager.getToken();
  context.mock.timers.setTime(1_000_000 + (3600 - 60) * 1000);
  assert.equal(await manager.getToken(), 'token-1');
  context.mock.timers.setTime(1_000_000 + (3600 - 60) * 1000 + 1);
  assert.equal(await manager.getToken(), 'token-2');
  assert.equal(server.received.length, 2);
});

test('a token that lives for less than 60 s serves only those who waited for it', async (context) => {
  const { server, manager } = await start(context);
  server.token = () => ({ body: token(`token-${server.received.length}`, 59) });

  assert.deepEqual(await Promise.all([manager.getToken(), manager.getToken()]), [
    'token-1',
    'token-1',
  ]);
  assert.equal(await manager.getToken(), 'token-2');
});

test('parallel callers share one request', async (context) => {
  const { server, manager } = await start(context);

  const tokens = await Promise.all(Array.from({ length: 20 }, () => manager.getToken()));

  assert.deepEqual(new Set(tokens), new Set(['token-1']));
  assert.equal(server.received.length, 1);
});

test('parallel callers share a failure, and nothing is cached', async (context) => {
  const { server, manager } = await start(context);
  const succeed = server.token;
  server.token = () => failure(503, 'SERVICE_UNAVAILABLE');

  const results = await Promise.allSettled([manager.getToken(), manager.getToken()]);
  assert.deepEqual(
    results.map((result) => result.status === 'rejected' && (result.reason as AgentIdPError).code),
    ['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE'],
  );
  assert.equal(server.received.length, 1);

  server.token = succeed;
  assert.equal(await manager.getToken(), 'token-2');
});

test('a cleared cache means a new token', async (context) => {
  const { manager } = await start(context);
  await manager.getToken();

  manager.clearCache();

  assert.equal(await manager.getToken(), 'token-2');
});

test('a token that was under way when the cache was cleared is not cached', async (context) => {
  const { server, manager } = await start(context);
  const arrived = gate();
  const released = gate();
  const succeed = server.token;
  server.token = async (request) => {
    const reply = await succeed(request);
    if (server.received.length === 1) {
      arrived.open();
      await released.opened;
    }
    return reply;
  };

  const first = manager.getToken();
  await arrived.opened;
  manager.clearCache();
  assert.equal(await manager.getToken(), 'token-2');
  released.open();

  assert.equal(await first, 'token-1');
  assert.equal(await manager.getToken(), 'token-2');
});

test('only the cached token can be invalidated', async (context) => {
  const { manager } = await start(context);
  await manager.getToken();

  manager.invalidate('token-0');
  assert.equal(await manager.getToken(), 'token-1');
  manager.invalidate('token-1');
  assert.equal(await manager.getToken(), 'token-2');
});

test('the envelope of an OAuth error comes before its RFC 6749 form', async (context) => {
  const { server, manager } = await start(context);
  const body = { error: 'invalid_client', error_description: 'Refused.' };

  server.token = () => ({ status: 401, body: { ...body, code: 'UNAUTHORIZED', message: 'No.' } });
  await assert.rejects(manager.getToken(), {
    name: 'AgentIdPError',
    code: 'UNAUTHORIZED',
    message: 'No.',
    httpStatus: 401,
  });
  server.token = () => ({ status: 401, body });
  await assert.rejects(manager.getToken(), { code: 'invalid_client', message: 'Refused.' });
});

for (const [what, body] of [
  ['no token', { ...token('t'), access_token: undefined }],
  ['a token that no header may carry', token('line\nbreak')],
  ['no lifetime', { ...token('t'), expires_in: undefined }],
  ['a list', [token('t')]],
] as const) {
  test(`${what} is an invalid response`, async (context) => {
    const { server, manager } = await start(context);
    server.token = () => ({ body });

    await assert.rejects(manager.getToken(), { code: 'INVALID_RESPONSE', httpStatus: 200 });
  });
}

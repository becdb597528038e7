import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inspect } from 'node:util';

import * as source from '../src/index.js';
import { AgentIdPClient, AgentIdPError, TokenManager } from '../src/index.js';
import { CLIENT_ID, FakeServer, SECRET, failure } from './fake-server.js';

/** Everything that a debugger, a log or a serializer may show of a value. */
function shown(value: unknown): string {
  const options = { depth: Infinity, showHidden: true, getters: true };
  return `${inspect(value, options)} ${JSON.stringify(value)} ${String(value)}`;
}

test('the trailing slash of the base URL is dropped', async (context) => {
  const server = await FakeServer.start(context);
  const client = new AgentIdPClient({
    baseUrl: `${server.url}/`,
    clientId: CLIENT_ID,
    clientSecret: SECRET,
  });

  await client.agents.listAgents();

  assert.equal(client.baseUrl, server.url);
  assert.deepEqual(
    server.received.map(({ url }) => url),
    ['/api/v1/token', '/api/v1/agents'],
  );
});

test('an empty list of scopes sends no scope', async (context) => {
  const server = await FakeServer.start(context);

  await server.client({ scopes: [] }).agents.listAgents();

  assert.equal(new URLSearchParams(server.received[0]?.body).has('scope'), false);
});

test('a token is reused until the cache is cleared', async (context) => {
  const server = await FakeServer.start(context);
  const client = server.client();

  await client.agents.listAgents();
  await client.agents.listAgents();
  client.clearTokenCache();
  await client.agents.listAgents();

  assert.deepEqual(
    server.apiRequests.map(({ headers }) => headers.authorization),
    ['Bearer token-1', 'Bearer token-1', 'Bearer token-2'],
  );
});

test('neither client nor token manager shows secret or token', async (context) => {
  const server = await FakeServer.start(context);
  const client = server.client();
  const manager = new TokenManager(server.url, CLIENT_ID, SECRET, '');
  await client.agents.listAgents();
  await manager.getToken();

  const text = shown(client) + shown(manager);

  assert.match(text, /AgentIdPClient/);
  assert.doesNotMatch(text, /sk_live|token-\d/);
});

test('errors show neither secret nor token', async (context) => {
  const server = await FakeServer.start(context);
  const client = server.client();
  const failures: (() => Promise<unknown>)[] = [
    async () => {
      server.api = () => failure(401, 'UNAUTHORIZED');
      await client.agents.listAgents();
    },
    async () => {
      server.token = () => failure(401, 'UNAUTHORIZED');
      await client.oauth2.issueToken();
    },
    async () => {
      await server.stop();
      await client.oauth2.issueToken();
    },
  ];

  for (const fail of failures) {
    const error = await fail().catch((reason: unknown) => reason);
    assert.ok(error instanceof AgentIdPError);
    assert.doesNotMatch(shown(error), /sk_live|token-\d/);
  }
});

test('browsers keep their own user agent, CORS does not admit another', async (context) => {
  const server = await FakeServer.start(context);
  Object.assign(globalThis, { document: {} });
  context.after(() => Reflect.deleteProperty(globalThis, 'document'));

  await server.client().agents.listAgents();

  assert.doesNotMatch(server.apiRequests[0]?.headers['user-agent'] ?? '', /sentryagent/);
});

test('the package exports what the source does, under one version', async () => {
  const name = '@sentryagent/idp-sdk';
  const built = (await import(name)) as object;
  const manifest = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };

  assert.deepEqual(Object.keys(built), Object.keys(source));
  assert.equal(source.VERSION, manifest.version);
});

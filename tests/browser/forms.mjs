// Cross-site request forgery: forms that others made, and tampered ones.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';

import { control, credentialsOf, signIn } from './lib/dashboard.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';
import { answered } from './lib/watch.mjs';

const WITHOUT_SCRIPTS = { javaScriptEnabled: false };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Address, fields and the names of the tokens of a form of the page. */
async function read(page, button) {
  const form = page
    .locator('form')
    .filter({ has: page.getByRole('button', { name: button, exact: true }) });
  await form.waitFor();
  const found = await form.evaluate((element) => ({
    method: element.method,
    action: element.action,
    fields: Object.fromEntries(new FormData(element)),
    hidden: [...element.querySelectorAll('input[type=hidden]')].map(({ name }) => name),
  }));
  assert.equal(found.method, 'post');
  const isToken = (name) => found.fields[name].length >= 20 && !UUID.test(found.fields[name]);
  const tokens = found.hidden.filter(isToken);
  assert.ok(tokens.length > 0, `a form without token: ${JSON.stringify(found)}`);
  return { ...found, tokens };
}

/** The same form without, with an altered and with an empty token. */
function tampered({ fields, tokens }) {
  const changed = (change) =>
    Object.fromEntries(
      Object.entries(fields)
        .map(([name, value]) => [name, tokens.includes(name) ? change(value) : value])
        .filter(([, value]) => value !== undefined),
    );
  const last = (value) => (value.endsWith('A') ? 'B' : 'A');
  return {
    missing: changed(() => undefined),
    empty: changed(() => ''),
    altered: changed((value) => value.slice(0, -1) + last(value)),
    another: changed((value) => last(value).repeat(value.length)),
  };
}

const post = (context, { action }, form) => context.request.post(action, { form, maxRedirects: 0 });

async function refusedTampered(context, form) {
  for (const [kind, fields] of Object.entries(tampered(form))) {
    const answer = await post(context, form, fields);
    assert.equal(answer.status(), 403, `${form.action}, token ${kind}`);
  }
}

/** The form that suspends an agent, of the page that asks. */
async function suspension(page, agentId) {
  await page.goto(`/dashboard/agents/${agentId}`);
  await control(page, 'Suspend Agent').click();
  return read(page, 'Suspend');
}

async function ownForms({ context, page }) {
  const api = await administrator();
  const { agentId } = await api.agent('forms@csrf.example');
  await signIn(page, scene.admin);
  const form = await suspension(page, agentId);
  await refusedTampered(context, form);
  assert.equal(await api.status(agentId), 'active');
  const answer = await post(context, form, form.fields);
  assert.ok(answer.status() < 400, `untouched it is taken: ${answer.status()}`);
  assert.equal(await api.status(agentId), 'suspended');
}

async function secretForms({ context, page }) {
  const api = await administrator();
  const { agentId } = await api.agent('secrets@csrf.example');
  const total = async () => (await api.get(`/agents/${agentId}/credentials`)).total;
  await signIn(page, scene.admin);
  await page.goto(credentialsOf(agentId));
  const form = await read(page, 'Generate Credential');
  await refusedTampered(context, form);
  assert.equal(await total(), 0);
  const first = await post(context, form, form.fields);
  assert.match(await first.text(), /sk_live_/);
  const second = await context.request.post(form.action, { form: form.fields });
  assert.doesNotMatch(await second.text(), /sk_live_/, 'a repetition has no effect');
  assert.equal(await total(), 1);
}

async function signOutForm({ context, page }) {
  await signIn(page, scene.admin);
  await refusedTampered(context, await read(page, 'Sign out'));
  const answer = await page.goto('/dashboard/agents');
  assert.equal(answer.status(), 200, 'still signed in');
  await page.getByRole('heading', { name: 'Agents', exact: true }).waitFor();
}

async function otherSession({ context, page, browser }) {
  const api = await administrator();
  const { agentId } = await api.agent('sessions@csrf.example');
  await signIn(page, scene.admin);
  const own = await suspension(page, agentId);
  const other = await browser.newContext({ baseURL: scene.base, ...WITHOUT_SCRIPTS });
  try {
    const theirs = await other.newPage();
    await signIn(theirs, scene.admin);
    const { fields } = await suspension(theirs, agentId);
    assert.equal((await post(context, own, fields)).status(), 403);
    assert.equal(await api.status(agentId), 'active');
  } finally {
    await other.close();
  }
}

async function signInForm({ context, page }) {
  const fields = { clientId: scene.admin.id, clientSecret: scene.admin.secret };
  await elsewhere({ action: `${scene.base}/dashboard/login`, fields }, async (port) => {
    for (const host of ['localhost', '127.0.0.1']) {
      await page.goto(`http://${host}:${port}/`);
      const answered = page.waitForResponse((response) => response.url().endsWith('/login'));
      await page.getByRole('button', { name: 'Win' }).click();
      assert.equal((await answered).status(), 403, host);
      assert.deepEqual(await context.cookies(), [], `signed in from ${host}`);
    }
  });
}

async function byGet({ page }) {
  const api = await administrator();
  const { agentId } = await api.agent('links@csrf.example');
  await signIn(page, scene.admin);
  const { action, fields } = await suspension(page, agentId);
  for (const address of [action, `${action}?${new URLSearchParams(fields)}`]) {
    await page.goto(address);
    assert.equal(await api.status(agentId), 'active', `a visit of ${address}`);
  }
}

/** A page elsewhere with the form, for one click. */
async function elsewhere({ action, fields }, visit) {
  const attribute = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const inputs = Object.entries(fields).map(
    ([name, value]) =>
      `<input type="hidden" name="${attribute(name)}" value="${attribute(value)}">`,
  );
  const form = `<form method="post" action="${attribute(action)}">`;
  const content = `${inputs.join('')}<button>Win</button>`;
  const page = `<!doctype html><title>Prize</title>${form}${content}</form>`;
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(page);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await visit(server.address().port);
  } finally {
    server.closeAllConnections?.();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function strangers({ page }) {
  const api = await administrator();
  const { agentId } = await api.agent('strangers@csrf.example');
  await signIn(page, scene.admin);
  const form = await suspension(page, agentId);
  const guessed = tampered(form).altered;
  await elsewhere({ ...form, fields: guessed }, async (port) => {
    // Another port of the same host is the same site, so the cookie comes
    // along; another host is another site and it does not.
    for (const host of ['localhost', '127.0.0.1']) {
      await page.goto(`http://${host}:${port}/`);
      const answered = page.waitForResponse((response) => response.url() === form.action);
      await page.getByRole('button', { name: 'Win' }).click();
      const status = (await answered).status();
      assert.ok(
        status === 403 || (host !== 'localhost' && status >= 300 && status < 400),
        `${host}: ${status}`,
      );
      assert.equal(await api.status(agentId), 'active', `from ${host}`);
    }
  });
  await page.goto('/dashboard/agents');
  await page.getByRole('heading', { name: 'Agents', exact: true }).waitFor();
}

suite('forms', async (scenario) => {
  const plain = { ...WITHOUT_SCRIPTS, tolerate: [answered(403, 404, 405), /another host/] };
  await scenario('a form with a wrong token changes nothing', ownForms, plain);
  await scenario('a form that makes a secret works once', secretForms, plain);
  await scenario('nobody else signs out', signOutForm, plain);
  await scenario('a token of another session is of no use', otherSession, plain);
  await scenario('a visit changes nothing', byGet, plain);
  await scenario('nobody is signed in by another origin', signInForm, plain);
  await scenario('a form of another origin changes nothing', strangers, plain);
});

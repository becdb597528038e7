// The session: its cookie, what the browser keeps, and its end.

import assert from 'node:assert/strict';

import * as dashboard from './lib/dashboard.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';
import { answered } from './lib/watch.mjs';

const { arrived, control, credentialsOf, newSecret, redirected, secretsIn, signIn, signOut } =
  dashboard;
const NAME = 'agentidp_session';
const PORTAL = ['/portal/analytics', '/portal/settings/tier'];

const cookieOf = async (context) => (await context.cookies()).find(({ name }) => name === NAME);

async function cookie({ context, page }) {
  // Somebody else's idea of the session is not taken over.
  const planted = 'A'.repeat(43);
  await context.addCookies([{ name: NAME, value: planted, url: scene.base }]);
  await signIn(page, scene.admin);
  const made = await cookieOf(context);
  assert.notEqual(made.value, planted);
  assert.match(made.value, /^[A-Za-z0-9_-]{43}$/, '256 random bits');
  const { httpOnly, sameSite, path, expires } = made;
  const expected = { httpOnly: true, sameSite: 'Strict', path: '/', expires: -1 };
  assert.deepEqual({ httpOnly, sameSite, path, expires }, expected);
  assert.deepEqual(await context.cookies(), [made], 'no other cookie');
  assert.equal(await page.evaluate(() => document.cookie), '');

  await signIn(page, scene.admin);
  assert.notEqual((await cookieOf(context)).value, made.value, 'a new id at each sign-in');
  const before = await fetch(`${scene.base}/dashboard/agents`, {
    headers: { cookie: `${NAME}=${made.value}` },
    redirect: 'manual',
  });
  assert.equal(before.status, 303, 'the session before has ended');

  const answer = await context.request.get('/api/v1/agents');
  assert.equal(answer.status(), 401, 'the API takes no cookie');
  assert.equal((await answer.json()).code, 'UNAUTHORIZED');
}

async function nothingKept({ context, page }) {
  const api = await administrator();
  const { agentId } = await api.agent('kept@session.example');
  const urls = [];
  context.on('request', (request) => urls.push(request.url()));
  await signIn(page, scene.admin);
  await page.goto(credentialsOf(agentId));
  await control(page, 'Generate Credential').click();
  const secret = await newSecret(page);
  const kept = await page.evaluate(async () =>
    JSON.stringify({
      local: { ...localStorage },
      session: { ...sessionStorage },
      state: history.state,
      url: location.href,
      name: window.name,
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
    }),
  );
  for (const hidden of [secret, scene.admin.secret, 'eyJ', (await cookieOf(context)).value]) {
    assert.ok(!kept.includes(hidden), kept);
    assert.ok(!urls.some((url) => url.includes(hidden)), 'nothing secret in a URL');
  }
  const { local, session, databases } = JSON.parse(kept);
  assert.deepEqual([local, session, databases], [{}, {}, []]);
  const { total } = await api.get(`/agents/${agentId}/credentials`);
  const listed = () => page.getByRole('heading', { name: 'Credentials' }).waitFor();
  await page.reload();
  await listed();
  assert.deepEqual(await secretsIn(page), []);
  await page.goto('/dashboard/agents');
  await page.goBack();
  await listed();
  assert.deepEqual(await secretsIn(page), []);
  const { total: after } = await api.get(`/agents/${agentId}/credentials`);
  assert.equal(after, total, 'the form was not sent again');
}

async function signedOut({ context, page }) {
  await signIn(page, scene.admin);
  const ended = await cookieOf(context);
  await signOut(page);
  await page.getByRole('status').getByText('You have signed out.').waitFor();
  assert.deepEqual(await context.cookies(), []);
  for (const path of [...dashboard.PROTECTED, credentialsOf(scene.admin.id), ...PORTAL]) {
    await redirected(page, path);
  }
  // The id itself is of no use any more, wherever it was copied to.
  await context.addCookies([{ name: NAME, value: ended.value, url: scene.base }]);
  await redirected(page, '/dashboard/agents');
}

async function protectedRoutes({ page }) {
  for (const path of [...dashboard.PROTECTED, ...PORTAL]) {
    await redirected(page, path);
  }
  await redirected(page, '/portal/analytics');
  await dashboard.enter(page, scene.admin);
  await arrived(page, '/portal/analytics');
  await page.goto('/dashboard');
  await arrived(page, '/dashboard/agents');
  await page.goto('/dashboard/no-such-page');
  await arrived(page, '/dashboard/agents');
}

async function tabs({ context, page }) {
  await signIn(page, scene.admin);
  const second = await context.newPage();
  await second.goto('/dashboard/audit');
  await second.getByRole('heading', { name: 'Audit Log' }).waitFor();
  await signOut(page);
  await second.getByRole('link', { name: 'Usage', exact: true }).click();
  await arrived(second, '/dashboard/login');
}

async function suspended({ page }) {
  const api = await administrator();
  const client = await api.client('ended@session.example');
  await signIn(page, client);
  await api.suspend(client.id);
  await page.getByRole('link', { name: 'Health' }).click();
  await arrived(page, '/dashboard/login');
  await page.getByText('Your session has ended. Please sign in again.').waitFor();
  await dashboard.enter(page, client);
  await page.getByRole('alert').waitFor();
  await redirected(page, '/dashboard/agents');
}

suite('session', async (scenario) => {
  await scenario('the cookie is for the server alone, and for pages alone', cookie);
  await scenario('no secret is kept by the browser', nothingKept);
  await scenario('after signing out nothing opens', signedOut);
  await scenario('without a session pages lead to the login page', protectedRoutes);
  await scenario('signing out ends other tabs', tabs);
  const refused = { tolerate: [answered(403)] };
  await scenario('a suspension ends the session with the next page', suspended, refused);
});

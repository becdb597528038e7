// Dashboard: the state of the system, which renews itself, and usage.

import assert from 'node:assert/strict';

import { Api } from './lib/api.mjs';
import { arrived, control, signIn } from './lib/dashboard.mjs';
import { platform, scene, suite } from './lib/suite.mjs';
import { count, until } from './lib/until.mjs';
import { answered } from './lib/watch.mjs';

const HEALTH = '**/health';
const INTERVAL = 30_000;
const NUMBERS = new Intl.NumberFormat('en-US');

const answer = (cache, uptime) => ({
  status: cache === 'connected' ? 200 : 503,
  json: {
    status: cache === 'connected' ? 'ok' : 'degraded',
    version: '9.8.7',
    uptime,
    services: { postgres: 'connected', redis: cache },
  },
});

async function renewed({ page }) {
  // What the page gets; null: no answer at all.
  let next = answer('connected', 90_060);
  let asked = 0;
  await page.clock.install();
  await signIn(page, scene.admin);
  await page.route(HEALTH, (route) => {
    if (new URL(route.request().url()).pathname !== '/health') {
      return route.continue();
    }
    asked += 1;
    assert.equal(route.request().headers().authorization, undefined);
    return next === null ? route.abort() : route.fulfill(next);
  });
  await page.goto('/dashboard/health');
  await page.getByRole('heading', { name: 'System Health' }).waitFor();
  // The first state is that of the server, an embedded store.
  for (const title of ['SQLite', 'In-process cache', 'API Details']) {
    await page.getByText(title, { exact: true }).waitFor();
  }
  await count('both connected', page.getByText('Connected', { exact: true }), 2);
  await page.getByText(/^Last checked: .+ — auto-refreshes every 30 seconds$/).waitFor();
  const before = asked;
  // The script may still be loading; its first turn begins when it runs.
  await until('a poll after 30 s', async () => {
    await page.clock.runFor(INTERVAL);
    return asked > before || asked;
  });
  await page.getByText('9.8.7').waitFor();
  await page.getByText('1d 1h 1m').waitFor();

  next = answer('disconnected', 60);
  await page.clock.runFor(INTERVAL);
  await page.getByText('Disconnected', { exact: true }).waitFor();
  await count('one connected', page.getByText('Connected', { exact: true }), 1);
  await page.getByText('1m', { exact: true }).waitFor();

  next = null;
  await page.clock.runFor(INTERVAL);
  await page.getByText('API is unreachable. Check that the server is running.').waitFor();
  await count('both disconnected', page.getByText('Disconnected', { exact: true }), 2);

  next = answer('connected', 60);
  await control(page, 'Refresh').click();
  await page.getByText('API is unreachable.').waitFor({ state: 'hidden' });
  await count('both connected again', page.getByText('Connected', { exact: true }), 2);
}

/** An organization on a plan, with an agent more than its administrator. */
async function organization(planTier) {
  const slug = `usage-${planTier}`;
  const client = await (await platform()).organization(slug, { planTier });
  const api = await Api.of(scene.base, client);
  await api.agent(`agent@${slug}.example`);
  return { client, api };
}

async function used({ page }) {
  const { client, api } = await organization('enterprise');
  await signIn(page, client);
  await page.getByRole('link', { name: 'Usage', exact: true }).click();
  await page.getByRole('heading', { name: 'Usage & Billing' }).waitFor();
  await page.getByText(/^Showing usage for /).waitFor();
  for (const card of ['API Calls Today', 'Active Agents', 'Plan']) {
    await page.getByText(card, { exact: true }).waitFor();
  }
  await page.getByText('Enterprise', { exact: true }).first().waitFor();
  await page.getByText(/^Current period ends: /).waitFor();
  await agentsAre(page, 2);
  await api.agent('another@usage.example');
  await control(page, 'Refresh').click();
  await agentsAre(page, 3);
  await page.getByText('Show as a table').click();
  const row = page.getByRole('row', { name: 'Agents' });
  assert.deepEqual(await row.getByRole('cell').allTextContents(), ['3', 'Unlimited']);
}

/** Waits until the card says so. */
const agentsAre = (page, number) =>
  page
    .locator('section')
    .filter({ has: page.getByRole('heading', { name: 'Active Agents' }) })
    .getByText(NUMBERS.format(number), { exact: true })
    .waitFor();

async function free({ page }) {
  const { client, api } = await organization('free');
  await signIn(page, client);
  await page.goto('/dashboard/usage');
  await page.getByText('Free Tier', { exact: true }).first().waitFor();
  const { limits } = await api.get('/tiers/status');
  const box = page.getByRole('region', { name: 'Free plan' });
  const text = await box.innerText();
  for (const limit of Object.values(limits)) {
    assert.ok(text.includes(NUMBERS.format(limit)), `${limit} in ${text}`);
  }
  assert.match(text, /Upgrading to Pro lifts these limits/);
  // Bars say in words how much is used.
  await page.getByRole('img', { name: 'Agents: 2 percent used' }).waitFor();
  await box.getByRole('link', { name: 'Compare plans and upgrade' }).click();
  await arrived(page, '/portal/settings/tier');
}

async function returned({ page }) {
  await signIn(page, scene.admin);
  await page.goto('/dashboard/usage?billing=success');
  await page.getByRole('status').getByText('The payment was received.').waitFor();
  await page.goto('/dashboard/usage?billing=cancel');
  await page.getByRole('status').getByText('The payment was cancelled.').waitFor();
}

suite('health and usage', async (scenario) => {
  const expected = { tolerate: [answered(503), /net::ERR_FAILED/] };
  await scenario('the state is asked for every 30 seconds', renewed, expected);
  await scenario('usage of a paid plan', used);
  await scenario('usage of the free plan names its limits', free);
  await scenario('the return from a payment is told', returned);
});

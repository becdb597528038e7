// Portal: its routes, and the pages that show data.

import assert from 'node:assert/strict';

import { Api } from './lib/api.mjs';
import { arrived, control, enter, rows, signIn } from './lib/dashboard.mjs';
import { administrator, platform, scene, suite } from './lib/suite.mjs';
import { count } from './lib/until.mjs';
import { answered } from './lib/watch.mjs';

const LINKS = [
  'Home',
  'Pricing',
  'SDKs',
  'API Explorer',
  'Get Started',
  'Marketplace',
  'Analytics',
  'Settings',
];
const TIERS = ['free', 'pro', 'enterprise'];
const NUMBERS = new Intl.NumberFormat('en-US');
const MAXIMA = ['maxAgents', 'maxTokensPerMonth', 'rateLimitPerMinute'];
const INSTALLATIONS = [
  'npm install @sentryagent/idp-sdk',
  'pip install sentryagent-idp',
  'go get github.com/sentryagent/idp-sdk-go',
  'idp-sdk',
  'cargo add sentryagent-idp',
];

/** A limit as people read it. */
const shownAs = (limit) => (limit === null ? 'Unlimited' : NUMBERS.format(limit));

async function routes({ page }, agent) {
  await page.goto('/portal/login');
  await enter(page, scene.admin);
  await page.waitForURL((url) => url.pathname !== '/portal/login');
  for (const path of [
    '/portal',
    '/portal/pricing',
    '/portal/sdks',
    '/portal/api-explorer',
    '/portal/get-started',
    '/portal/marketplace',
    `/portal/marketplace/${agent.agentId}`,
    '/portal/analytics',
    '/portal/settings/tier',
  ]) {
    const answer = await page.goto(path);
    assert.equal(answer.status(), 200, path);
    await page.getByRole('heading').first().waitFor();
    for (const link of LINKS) {
      await page.getByRole('link', { name: link, exact: true }).first().waitFor();
    }
    await count(`${path}: the active link`, page.locator('a[aria-current]'), 1);
  }
}

async function home({ page }) {
  await page.goto('/portal');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page
    .getByRole('main')
    .getByRole('link', { name: /get started/i })
    .first()
    .click();
  await arrived(page, '/portal/get-started');
}

async function pricing({ page }) {
  await page.goto('/portal/pricing');
  const operator = await platform();
  for (const planTier of TIERS) {
    const client = await operator.organization(`price-${planTier}`, { planTier });
    const { tier, limits } = await (await Api.of(scene.base, client)).get('/tiers/status');
    assert.equal(tier, planTier);
    const row = page.getByRole('row', { name: new RegExp(`^${planTier}\\b`, 'i') });
    const shown = (await row.innerText()).split(/\s+/);
    const expected = MAXIMA.map((name) => shownAs(limits[name]));
    const numbers = shown.filter((word) => expected.includes(word));
    assert.deepEqual(numbers, expected, `${planTier}: ${shown}`);
  }
  const upgrade = page
    .getByRole('main')
    .getByRole('link', { name: /upgrade|pro/i })
    .first();
  await upgrade.click();
  await page.waitForURL((url) => ['/portal/settings/tier', '/portal/login'].includes(url.pathname));
}

async function sdks({ page }) {
  await page.goto('/portal/sdks');
  const text = await page.getByRole('main').innerText();
  for (const words of INSTALLATIONS) {
    assert.ok((await page.content()).includes(words), words);
  }
  for (const language of ['TypeScript', 'Python', 'Go', 'Java', 'Rust']) {
    assert.ok(text.includes(language), language);
  }
}

async function marketplace({ page }, agent) {
  await page.goto('/portal/marketplace');
  const search = page.getByLabel(/search|words/i).first();
  await search.fill('unheard-of');
  await search.press('Enter');
  await page.waitForURL((url) => url.searchParams.get('q') === 'unheard-of');
  const link = page.locator(`a[href="/portal/marketplace/${agent.agentId}"]`);
  await count('nothing is found', link, 0);
  for (const query of ['q=market-team', 'capability=market:read', 'publisher=market-team']) {
    await page.goto(`/portal/marketplace?${query}`);
    await link.first().waitFor();
  }
  await page.goto('/portal/marketplace?publisher=talent-team');
  await count('of another publisher', link, 0);
  await page.goto('/portal/marketplace?q=market-team');
  await link.first().click();
  await arrived(page, `/portal/marketplace/${agent.agentId}`);
  const text = await page.getByRole('main').innerText();
  for (const shown of ['market-team', 'market:read', agent.agentId]) {
    assert.ok(text.includes(shown), shown);
  }
  assert.match(await page.getByRole('main').textContent(), /JsonWebKey2020/);
  assert.ok(!text.includes(agent.email), 'the address is not public');
}

async function analytics({ page }) {
  const client = await (await platform()).organization('charts', { planTier: 'enterprise' });
  const api = await Api.of(scene.base, client);
  const other = await api.client('busy@charts.example');
  for (let number = 0; number < 4; number += 1) {
    await Api.token(scene.base, other);
  }
  await signIn(page, client);
  await page.goto('/portal/analytics');
  await chartsAreNamed(page, 2);
  const { data } = await api.get('/analytics/tokens?days=30');
  assert.equal(data.at(-1).count, 5);
  // Each chart has its numbers as a table too.
  for (const details of await page.locator('details').all()) {
    await details.locator('summary').click();
  }
  const today = rows(page).filter({ hasText: data.at(-1).date });
  await today.getByRole('cell', { name: '5', exact: true }).first().waitFor();
  await rows(page).filter({ hasText: 'busy@charts.example' }).first().waitFor();
  await page.goto('/portal/analytics?days=7');
  for (const details of await page.locator('details').all()) {
    await details.locator('summary').click();
  }
  await rows(page)
    .filter({ hasText: data.at(-7).date })
    .first()
    .waitFor();
  await count('older days are left out', rows(page).filter({ hasText: data.at(-8).date }), 0);
}

/** Requires drawings that say what they show. */
async function chartsAreNamed(page, least) {
  const charts = page.getByRole('main').locator('svg[role=img]');
  assert.ok((await charts.count()) >= least, `${await charts.count()} charts`);
  for (const chart of await charts.all()) {
    const named = await chart.evaluate(
      (element) =>
        element.hasAttribute('aria-label') ||
        element.hasAttribute('aria-labelledby') ||
        element.querySelector('title') !== null,
    );
    assert.ok(named, 'a chart has a name');
  }
}

async function tier({ page }) {
  const client = await (await platform()).organization('upgrade', { planTier: 'pro' });
  const api = await Api.of(scene.base, client);
  await signIn(page, client);
  await page.goto('/portal/settings/tier');
  const { limits } = await api.get('/tiers/status');
  const text = await page.getByRole('main').innerText();
  for (const name of MAXIMA) {
    assert.ok(text.includes(shownAs(limits[name])), `${name}: ${text}`);
  }
  assert.match(text, /Pro/);
  // Only what lies above; nothing is sold here, so the refusal is Stripe's.
  await count('no way down', control(page, /upgrade.*(free|\bpro\b)/i), 0);
  await control(page, /upgrade/i)
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await dialog
    .getByText(/enterprise/i)
    .first()
    .waitFor();
  await dialog.getByRole('button', { name: /upgrade|confirm|continue/i }).click();
  const refusal = 'Failed to create Stripe Checkout Session. Please try again.';
  await page.getByRole('alert').getByText(refusal).waitFor();
  assert.equal((await api.get('/tiers/status')).tier, 'pro');
}

async function notFound({ page }) {
  const answer = await page.goto('/portal/no-such-page');
  assert.equal(answer.status(), 404);
  await page.getByRole('link', { name: /home/i }).first().waitFor();
}

suite('portal', async (scenario) => {
  const agent = await (
    await administrator()
  ).agent('public@market.example', {
    isPublic: true,
    owner: 'market-team',
    capabilities: ['market:read'],
  });
  const about = (act) => (stage) => act(stage, agent);
  await scenario('its nine routes answer with the navigation', about(routes));
  await scenario('the first page leads to the wizard', home);
  await scenario('prices are the limits that the server enforces', pricing);
  await scenario('every SDK is shown', sdks);
  await scenario('the marketplace is searched', about(marketplace));
  await scenario('charts have names and tables', analytics);
  const refused = { tolerate: [answered('[45]\\d\\d')] };
  await scenario('an upgrade asks first and tells what Stripe said', tier, refused);
  await scenario('an unknown page is not found', notFound, { tolerate: [answered(404)] });
});

// Portal: its routes, and the pages that show data.

import assert from 'node:assert/strict';

import { judge } from './lib/accessibility.mjs';
import { Api } from './lib/api.mjs';
import { arrived, asked, control, enter, rows, signIn } from './lib/dashboard.mjs';
import { administrator, platform, scene, suite } from './lib/suite.mjs';
import { count, until } from './lib/until.mjs';
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
/** Pause in which a page that waits for a payment looks again. */
const AGAIN = 3_000;
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
    .getByRole('link', { name: 'Get started', exact: true })
    .first()
    .click();
  await arrived(page, '/portal/get-started');
  // It works for those who have signed in on the other site too.
  await signIn(page, scene.admin);
  await page.goto('/portal');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await arrived(page, '/portal/login');
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
  await page.getByRole('link', { name: 'Upgrade to Pro' }).click();
  await arrived(page, '/portal/login');
  await enter(page, scene.admin);
  await arrived(page, '/portal/settings/tier');
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
  const link = page.getByRole('link', { name: `market-team agent ${agent.agentId}` });
  await link.waitFor();
  await page.getByLabel('Search').fill('unheard-of');
  await page.getByText('No public agents found.').waitFor();
  assert.match(page.url(), /q=unheard-of/);
  await page.getByLabel('Search').fill('MARKET');
  await link.waitFor();
  await page.getByLabel('Search').fill('x'.repeat(257));
  await page.getByRole('alert').getByText('Must have at most 256 characters.').waitFor();
  for (const query of ['q=market-team', 'capability=market:read', 'publisher=market-team']) {
    await page.goto(`/portal/marketplace?${query}`);
    await link.waitFor();
  }
  await page.goto('/portal/marketplace?publisher=talent-team');
  await count('of another publisher', link, 0);
  await page.goto('/portal/marketplace?q=market-team');
  await link.click();
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
  for (const name of [/^Tokens per day from .+: 5 in total/, /^Activity by weekday and hour: /]) {
    await page.getByRole('img', { name }).waitFor();
  }
  const { data } = await api.get('/analytics/tokens?days=30');
  assert.equal(data.at(-1).count, 5);
  // Each chart has its numbers as a table too.
  for (const details of await page.locator('details').all()) {
    await details.locator('summary').click();
  }
  const today = rows(page).filter({ hasText: data.at(-1).date });
  await today.getByRole('cell', { name: '5', exact: true }).first().waitFor();
  await rows(page).filter({ hasText: 'busy@charts.example' }).first().waitFor();
  await judge(page, 'portal-analytics-tables', scene.screenshots);
  await page.getByLabel('Days, 1 to 90').fill('7');
  await page.waitForURL((url) => url.searchParams.get('days') === '7');
  await page.getByText('Show tokens per day as a table').click();
  await rows(page)
    .filter({ hasText: data.at(-7).date })
    .first()
    .waitFor();
  await count('older days are left out', rows(page).filter({ hasText: data.at(-8).date }), 0);
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
  await page.goto('/portal/settings/tier?billing=success&target=enterprise');
  await page.getByText('Processing: the Enterprise plan is in force').waitFor();
  await judge(page, 'portal-tier-processing', scene.screenshots);
  await page.goto('/portal/settings/tier/upgrade/enterprise');
  await page.getByText('Upgrade to Enterprise?', { exact: true }).waitFor();
  await judge(page, 'portal-tier-question', scene.screenshots);
  await page.goto('/portal/settings/tier');
  await judge(page, 'portal-tier-pro', scene.screenshots);
  await control(page, 'Upgrade to Enterprise').click();
  const dialog = await asked(page, 'Upgrade to Enterprise?');
  await judge(page, 'portal-tier-dialog', scene.screenshots);
  await dialog.getByRole('button', { name: 'Upgrade', exact: true }).click();
  const refusal = 'Failed to create Stripe Checkout Session. Please try again.';
  await page.getByRole('alert').getByText(refusal).waitFor();
  assert.equal((await api.get('/tiers/status')).tier, 'pro');
}

/** Comes back from the payment page before the payment is confirmed. */
async function paid({ page }) {
  const operator = await platform();
  const client = await operator.organization('paid', { planTier: 'free' });
  await page.clock.install();
  await signIn(page, client);
  await page.goto('/portal/settings/tier?billing=cancel');
  await page.getByRole('status').getByText('The payment was cancelled.').waitFor();
  await page.goto('/portal/settings/tier?billing=success&target=pro');
  await page.getByText('Processing: the Pro plan is in force').waitFor();
  await page.getByText('Free Tier', { exact: true }).waitFor();
  await count('nothing is sold twice', control(page, 'Upgrade to Pro'), 0);
  await operator.send('PATCH', `/organizations/${client.organizationId}`, { planTier: 'pro' });
  const done = page.getByRole('status').getByText('The upgrade is complete.');
  await until('the page has looked again', async () => {
    await page.clock.runFor(AGAIN);
    return done.isVisible();
  });
  await page.getByText('Pro', { exact: true }).first().waitFor();
}

async function notFound({ page }) {
  const answer = await page.goto('/portal/no-such-page');
  assert.equal(answer.status(), 404);
  await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  await page.getByRole('main').getByRole('link', { name: 'Home' }).waitFor();
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
  const tooLong = { tolerate: [answered(400)] };
  await scenario('the marketplace is searched', about(marketplace), tooLong);
  await scenario('charts have names and tables', analytics);
  const refused = { tolerate: [answered('[45]\\d\\d')] };
  await scenario('an upgrade asks first and tells what Stripe said', tier, refused);
  await scenario('who has paid sees the plan come into force', paid);
  await scenario('an unknown page is not found', notFound, { tolerate: [answered(404)] });
});

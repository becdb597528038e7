// Values that would be code if a page did not show them as text.

import assert from 'node:assert/strict';

import { Api } from './lib/api.mjs';
import { control, rows, signIn } from './lib/dashboard.mjs';
import * as pages from './lib/pages.mjs';
import { platform, scene, suite } from './lib/suite.mjs';
import { answered } from './lib/watch.mjs';

const MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
const OWNER = `'"></td></textarea>${MARKUP}`;
const ORGANIZATION = `Evil ${MARKUP}`;
/** As much as the rules for addresses admit. */
const EMAIL = "'onfocus=alert`1`autofocus=&lt/{{7*7}}${7*7}@hostile.example";

/** What every page may load, and where its forms may lead. */
const POLICY = {
  'default-src': "'self'",
  'base-uri': "'self'",
  'object-src': "'none'",
  'frame-ancestors': "'self'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'form-action': "'self' https://checkout.stripe.com",
};

/** An organization whose every text is hostile, and a public agent of it. */
async function populate() {
  const operator = await platform();
  const admin = await operator.organization('hostile', { name: ORGANIZATION, planTier: 'free' });
  const api = await Api.of(scene.base, admin);
  const { agentId } = await api.agent(EMAIL, { owner: OWNER, isPublic: true });
  const { credentialId } = await api.credential(agentId);
  return { admin, agentId, credentialId };
}

/** Nothing of the markup became an element. */
async function harmless(page, path) {
  const elements = page.locator(
    'img[src=x], script:not([src], [type="application/json"]), [onerror], [onfocus]',
  );
  assert.equal(await elements.count(), 0, path);
}

async function onEveryPage({ page }, { admin, agentId, credentialId }) {
  await signIn(page, admin);
  const all = { ...pages.open(agentId), ...pages.signedIn(agentId, credentialId) };
  for (const path of Object.values(all)) {
    await pages.reach(page, path);
    await harmless(page, path);
  }
  await page.goto(`/dashboard/agents/${agentId}`);
  await page.getByText(OWNER, { exact: true }).waitFor();
  await page.getByRole('heading', { name: EMAIL, exact: true }).waitFor();
  await page.goto('/dashboard/agents');
  await rows(page).filter({ hasText: OWNER }).waitFor();
}

async function inQuestions({ page }, { admin, agentId }) {
  await signIn(page, admin);
  await page.goto(`/dashboard/agents/${agentId}`);
  await control(page, 'Suspend Agent').click();
  await page.getByRole('dialog').getByText(`Suspend agent ${EMAIL}?`, { exact: true }).waitFor();
  await harmless(page, 'the dialog');
}

async function inAddresses({ page }, { admin, agentId }) {
  await signIn(page, admin);
  const hostile = encodeURIComponent(`"'></select></script>${MARKUP}`);
  for (const path of [
    `/dashboard/agents?status=${hostile}&page=${hostile}&q=${hostile}`,
    `/dashboard/agents/${hostile}`,
    `/dashboard/audit?agentId=${hostile}&action=${hostile}&outcome=${hostile}`,
    `/dashboard/audit?from=${hostile}&to=${hostile}&fromOffset=${hostile}&toOffset=${hostile}`,
    `/dashboard/usage?billing=${hostile}`,
    `/dashboard/login?next=${hostile}&notice=${hostile}`,
    `/portal/login?next=${hostile}`,
    `/portal/marketplace?q=${hostile}&capability=${hostile}&publisher=${hostile}`,
    `/portal/marketplace/${hostile}`,
    `/portal/analytics?days=${hostile}`,
    `/portal/get-started?step=${hostile}`,
    `/portal/get-started?step=2&agent=${hostile}`,
    `/portal/get-started?step=4&agent=${hostile}&language=${hostile}`,
    `/portal/settings/tier?billing=success&target=${hostile}`,
    `/portal/${hostile}`,
  ]) {
    const answer = await page.goto(path);
    assert.ok(answer.status() < 500, `${path}: ${answer.status()}`);
    await harmless(page, path);
  }
}

async function inForms({ page }, { admin }) {
  await page.goto('/dashboard/login');
  await page.getByLabel('Client ID').fill(`"><svg onload=alert(3)>${MARKUP}`);
  await page.getByLabel('Client Secret').fill('x');
  await page.getByRole('button', { name: 'Sign In' }).click();
  await page.getByRole('alert').waitFor();
  await harmless(page, 'the login form');
  // What is refused is shown again.
  await signIn(page, admin);
  await page.goto('/portal/get-started?step=2');
  await page.getByLabel('E-mail').fill('screener@hostile.example');
  await page.getByLabel('Version').fill(MARKUP);
  await page.getByLabel('Capabilities').fill(MARKUP);
  await page.getByLabel('Owner').fill(OWNER);
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('alert').getByText('Request validation failed.').waitFor();
  assert.equal(await page.getByLabel('Owner').inputValue(), OWNER);
  await harmless(page, 'the form of the wizard');
}

/** A script of ours shows the answer. */
async function inAnswers({ page }, { admin }) {
  const { body } = await Api.token(scene.base, admin, 'agents:read');
  await page.goto('/portal/api-explorer');
  await page.getByLabel('Bearer token').fill(body.access_token);
  await page.locator('summary').filter({ hasText: /^GET \/api\/v1\/agents / }).click();
  await page.getByRole('button', { name: 'Send request' }).click();
  const text = JSON.stringify(OWNER).slice(1, -1);
  await page.locator('pre').filter({ hasText: text }).waitFor();
  await harmless(page, 'the explorer');
}

async function headers({ context, page }, { admin, agentId, credentialId }) {
  await signIn(page, admin);
  const all = { ...pages.open(agentId), ...pages.signedIn(agentId, credentialId) };
  for (const path of Object.values(all)) {
    const answer = await context.request.get(path);
    const { 'content-security-policy': policy, ...others } = answer.headers();
    const directives = new Map(
      policy
        .split(';')
        .map((text) => text.trim())
        .map((text) => {
          const [name, ...sources] = text.split(/\s+/);
          return [name, sources.join(' ')];
        }),
    );
    assert.deepEqual(Object.fromEntries(directives), POLICY, path);
    assert.equal(others['cache-control'], 'no-store', path);
    assert.equal(others['x-content-type-options'], 'nosniff', path);
    assert.equal(others['referrer-policy'], 'no-referrer', path);
  }
}

suite('hostile values', async (scenario) => {
  const made = await populate();
  const about = (act) => (stage) => act(stage, made);
  await scenario('are text on every page', about(onEveryPage));
  await scenario('are text in questions', about(inQuestions));
  const refused = { tolerate: [answered('4\\d\\d')] };
  await scenario('are text when they come in addresses', about(inAddresses), refused);
  await scenario('are text when they come in forms', about(inForms), refused);
  await scenario('are text in answers that the explorer shows', about(inAnswers));
  await scenario('every page has the policy that would stop them', about(headers));
});

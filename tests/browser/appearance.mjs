// Every page at two widths and in two schemes: what it looks like, whether it
// fits, what axe finds. The pictures stay in target/screenshots.

import assert from 'node:assert/strict';

import { judge } from './lib/accessibility.mjs';
import { Api } from './lib/api.mjs';
import { asked, control, credentialsOf, enter, newSecret, signIn } from './lib/dashboard.mjs';
import * as pages from './lib/pages.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';
import { answered } from './lib/watch.mjs';

const LONG = 'a-very-long-address-of-an-agent-that-nobody-would-choose@appearance.example';
const WRONG = `sk_live_${'0'.repeat(64)}`;

async function populate() {
  const api = await administrator();
  const more = { isPublic: true, capabilities: ['resume:read', 'candidates:write'] };
  const client = await api.client(LONG, more);
  const suspended = await api.agent('suspended@appearance.example');
  await api.suspend(suspended.agentId);
  const gone = await api.agent('gone@appearance.example');
  await api.send('DELETE', `/agents/${gone.agentId}`);
  for (let number = 0; number < 20; number += 1) {
    await Api.token(scene.base, client);
  }
  await Api.token(scene.base, { ...client, secret: WRONG });
  return client;
}

/** Pages of addresses. */
const visits = (places) =>
  Object.entries(places).map(([name, address]) => [name, (page) => pages.reach(page, address)]);

/** States of open pages that no address leads to. */
const openStates = () => [
  [
    'login-refused',
    async (page) => {
      await page.goto('/dashboard/login');
      await enter(page, { ...scene.admin, secret: WRONG });
      await page.getByRole('alert').waitFor();
    },
  ],
  ['portal-not-found', (page) => page.goto('/portal/no-such-page')],
  ['portal-marketplace-empty', (page) => page.goto('/portal/marketplace?q=unheard-of')],
  [
    'portal-api-explorer-operation',
    async (page) => {
      await pages.reach(page, '/portal/api-explorer');
      const operation = page.locator('summary').filter({ hasText: /^POST \/api\/v1\/agents / });
      await operation.click();
      await page.getByRole('button', { name: 'Send request' }).click();
      await page.getByText('401', { exact: true }).waitFor();
    },
  ],
];

/** States of pages of a session: questions, secrets, errors, nothing to show. */
const signedInStates = (agentId) => [
  [
    'agent-dialog',
    async (page) => {
      await page.goto(`/dashboard/agents/${agentId}`);
      await control(page, 'Decommission Agent').click();
      await asked(page, `Decommission agent ${LONG}?`);
    },
  ],
  ['agent-not-found', (page) => page.goto('/dashboard/agents/unknown')],
  [
    'credentials-secret',
    async (page) => {
      await page.goto(credentialsOf(agentId));
      await control(page, 'Generate Credential').click();
      await newSecret(page);
    },
  ],
  ['agents-empty', (page) => page.goto('/dashboard/agents?q=unheard-of')],
  ['audit-empty', (page) => page.goto('/dashboard/audit?agentId=nobody')],
  ['audit-refused', (page) => page.goto('/dashboard/audit?from=2026-03-02&to=2026-03-01')],
  [
    'portal-get-started-refused',
    async (page) => {
      await page.goto('/portal/get-started?step=2');
      await page.getByLabel('E-mail').fill(LONG);
      await page.getByLabel('Version').fill('first');
      await page.getByLabel('Owner').fill('talent-team');
      await page.getByRole('button', { name: 'Register' }).click();
      await page.getByRole('alert').waitFor();
    },
  ],
  [
    'portal-get-started-secret',
    async (page) => {
      await page.goto(`/portal/get-started?step=3&agent=${agentId}`);
      await control(page, 'Generate credential').click();
      await newSecret(page);
    },
  ],
];

/** What somebody sees who may only read. */
const readerStates = (agentId) => [
  ['audit-forbidden', (page) => page.goto('/dashboard/audit')],
  ['agent-read-only', (page) => page.goto(`/dashboard/agents/${agentId}`)],
  ['portal-get-started-forbidden', (page) => page.goto('/portal/get-started?step=2')],
  ['session-expired', (page) => page.goto('/dashboard/login?notice=expired')],
];

/** Brings about each state and judges it; all findings are told together. */
async function judged(page, states) {
  const failures = [];
  for (const [name, bringAbout] of states) {
    try {
      await bringAbout(page);
      await judge(page, name, scene.screenshots);
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
  }
  assert.ok(failures.length === 0, failures.join('\n\n'));
}

suite('appearance', async (scenario) => {
  const client = await populate();
  const { id: agentId, credentialId } = client;
  const options = { tolerate: [answered(400, 401, 403, 404)] };
  await scenario(
    'open pages',
    ({ page }) => judged(page, [...visits(pages.open(agentId)), ...openStates()]),
    options,
  );
  await scenario(
    'pages of a session',
    async ({ page }) => {
      await signIn(page, scene.admin);
      const places = pages.signedIn(agentId, credentialId);
      await judged(page, [...visits(places), ...signedInStates(agentId)]);
    },
    options,
  );
  await scenario(
    'pages of who may only read',
    async ({ page }) => {
      await signIn(page, client);
      await judged(page, readerStates(agentId));
    },
    options,
  );
});

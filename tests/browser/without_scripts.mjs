// Everything works in a browser that runs no scripts.

import assert from 'node:assert/strict';

import { Api } from './lib/api.mjs';
import * as dashboard from './lib/dashboard.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';
import { count } from './lib/until.mjs';
import { answered } from './lib/watch.mjs';

const {
  arrived,
  confirmed,
  control,
  credentialsOf,
  filter,
  newSecret,
  rows,
  secretsIn,
  signIn,
} = dashboard;
const AGENTS = 21;
/** How gestures are made without scripts. */
const PLAIN = { scripts: false };

async function lists({ page }) {
  await signIn(page, scene.admin);
  await page.getByText('Page 1 of 2 (22 total)').waitFor();
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await page.getByText('Page 2 of 2 (22 total)').waitFor();
  await count('the rest', rows(page), 2);
  await filter(page, 'Status', 'Suspended', ['status', 'suspended'], PLAIN);
  await page.getByText('Page 1 of 1 (1 total)').waitFor();
  await page.goto('/dashboard/audit');
  await filter(page, 'Action', 'agent.suspended', ['action', 'agent.suspended'], PLAIN);
  await page.getByText('Page 1 of 1 (1 total)').waitFor();
  // Times are there, in UTC.
  const time = rows(page).first().locator('time');
  const exact = await time.getAttribute('datetime');
  assert.ok((await time.innerText()).includes(exact.slice(11, 19)), exact);
}

async function lifeCycle({ page }) {
  const api = await administrator();
  const email = 'cycle@plain.example';
  const { agentId } = await api.agent(email);
  await signIn(page, scene.admin);
  await page.getByRole('link', { name: email }).click();
  await control(page, 'Suspend Agent').click();
  await dashboard.asked(page, `Suspend agent ${email}?`, false);
  await control(page, 'Cancel').click();
  await arrived(page, `/dashboard/agents/${agentId}`);
  assert.equal(await api.status(agentId), 'active');
  await confirmed(page, 'Suspend Agent', `Suspend agent ${email}?`, 'Suspend', PLAIN);
  await control(page, 'Reactivate Agent').waitFor();
  assert.equal(await api.status(agentId), 'suspended');
  await confirmed(page, 'Reactivate Agent', `Reactivate agent ${email}?`, 'Reactivate', PLAIN);
  await control(page, 'Suspend Agent').waitFor();
  await control(page, 'Decommission Agent').click();
  await dashboard.asked(page, `Decommission agent ${email}?`, false);
  for (const typed of ['other@plain.example', email]) {
    await page.getByRole('textbox').fill(typed);
    await page.getByRole('button', { name: 'Decommission', exact: true }).click();
    if (typed !== email) {
      await page.getByRole('alert').getByText('The e-mail address does not match.').waitFor();
      assert.equal(await api.status(agentId), 'active');
    }
  }
  await page.getByRole('status').getByText('Agent decommissioned.').waitFor();
  assert.equal(await api.status(agentId), 'decommissioned');
}

async function credentials({ page }) {
  const api = await administrator();
  const { agentId } = await api.agent('credentials@plain.example');
  const works = async (secret) =>
    (await Api.token(scene.base, { id: agentId, secret })).status === 200;
  await signIn(page, scene.admin);
  await page.goto(credentialsOf(agentId));
  await control(page, 'Generate Credential').click();
  const first = await newSecret(page);
  assert.ok(await works(first));
  await count('no button without a use', control(page, 'Copy'), 0);
  // Sends the form once more, which must not make a second one.
  await page.reload();
  await page.getByText('This form was sent before.').waitFor();
  await count('no second credential', rows(page), 1);
  assert.deepEqual(await secretsIn(page), []);
  await confirmed(page, dashboard.ROTATE, 'Rotate credential?', 'Rotate', PLAIN);
  const second = await newSecret(page);
  assert.ok((await works(second)) && !(await works(first)));
  await page.goto(credentialsOf(agentId));
  await confirmed(page, dashboard.REVOKE, 'Revoke credential?', 'Revoke', PLAIN);
  await rows(page).getByText('revoked', { exact: true }).waitFor();
  assert.equal(await works(second), false);
}

async function health({ page }) {
  await signIn(page, scene.admin);
  const answer = await page.goto('/dashboard/health');
  await count('both connected', page.getByText('Connected', { exact: true }), 2);
  // The page reloads itself.
  const refresh =
    answer.headers().refresh ??
    (await page.locator('meta[http-equiv=refresh i]').first().getAttribute('content'));
  assert.match(refresh, /^30\b/);
}

async function portal({ page }) {
  await page.goto('/portal/marketplace');
  await page.getByLabel('Search').fill('unheard-of');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByText('No public agents found.').waitFor();
  await page.goto('/portal/api-explorer');
  await page.locator('summary').filter({ hasText: 'GET /agent-info' }).click();
  // Texts inside of this element are not found by what they say.
  const hint = page.locator('main noscript p');
  assert.match(await hint.innerText(), /^With scripts this page also shows schemas/);
  await signIn(page, scene.admin);
  await page.goto('/portal/analytics');
  await page.getByLabel('Days, 1 to 90').fill('7');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.waitForURL((url) => url.searchParams.get('days') === '7');
  await page.getByText('Show tokens per day as a table').click();
  const table = page.getByRole('region', { name: 'Table of tokens per day' });
  await count('seven days and the head', table.getByRole('row'), 8);
}

async function out({ page }) {
  await signIn(page, scene.admin);
  await dashboard.signOut(page);
  await dashboard.redirected(page, '/dashboard/agents');
}

suite('without scripts', async (scenario) => {
  const api = await administrator();
  for (let number = 0; number < AGENTS; number += 1) {
    await api.agent(`agent-${number}@plain.example`);
  }
  const { data } = await api.get('/agents?limit=1');
  await api.suspend(data[0].agentId);
  const plain = { javaScriptEnabled: false };
  await scenario('lists, pages and filters', lists, plain);
  const mistyped = { ...plain, tolerate: [answered(400)] };
  await scenario('questions are pages', lifeCycle, mistyped);
  await scenario('secrets are made, shown once and ended', credentials, plain);
  await scenario('the health page reloads itself', health, plain);
  await scenario('the portal', portal, plain);
  await scenario('signing out', out, plain);
});

// Everything works in a browser that runs no scripts.

import assert from 'node:assert/strict';

import { Api } from './lib/api.mjs';
import * as dashboard from './lib/dashboard.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';
import { count } from './lib/until.mjs';

const {
  arrived,
  confirmed,
  control,
  credentialsOf,
  filter,
  newSecret,
  rows,
  secretsIn,
  selection,
  signIn,
} = dashboard;
const AGENTS = 21;

async function lists({ page }) {
  await signIn(page, scene.admin);
  await page.getByText('Page 1 of 2 (22 total)').waitFor();
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await page.getByText('Page 2 of 2 (22 total)').waitFor();
  await count('the rest', rows(page), 2);
  await filter(page, selection(page, 'All Statuses'), 'Suspended', ['status', 'suspended']);
  await page.getByText('Page 1 of 1 (1 total)').waitFor();
  await page.goto('/dashboard/audit');
  await filter(page, selection(page, 'All Actions'), 'agent.suspended', [
    'action',
    'agent.suspended',
  ]);
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
  const plain = { scripts: false };
  await signIn(page, scene.admin);
  await page.getByRole('link', { name: email }).click();
  await control(page, 'Suspend Agent').click();
  await dashboard.asked(page, `Suspend agent ${email}?`, false);
  await control(page, 'Cancel').click();
  await arrived(page, `/dashboard/agents/${agentId}`);
  assert.equal(await api.status(agentId), 'active');
  await confirmed(page, 'Suspend Agent', `Suspend agent ${email}?`, 'Suspend', plain);
  await control(page, 'Reactivate Agent').waitFor();
  assert.equal(await api.status(agentId), 'suspended');
  await confirmed(page, 'Reactivate Agent', `Reactivate agent ${email}?`, 'Reactivate', plain);
  await control(page, 'Suspend Agent').waitFor();
  await control(page, 'Decommission Agent').click();
  const question = await dashboard.asked(page, `Decommission agent ${email}?`, false);
  await question.getByRole('textbox').fill(email);
  await question.getByRole('button', { name: 'Decommission', exact: true }).click();
  await page
    .getByText(/^decommissioned$/i)
    .first()
    .waitFor();
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
  await control(page, 'I have saved this secret — dismiss').click();
  assert.deepEqual(await secretsIn(page), []);
  await confirmed(page, dashboard.ROTATE, 'Rotate credential?', 'Rotate', { scripts: false });
  const second = await newSecret(page);
  assert.ok((await works(second)) && !(await works(first)));
  await page.goto(credentialsOf(agentId));
  await confirmed(page, dashboard.REVOKE, 'Revoke credential?', 'Revoke', { scripts: false });
  await rows(page)
    .getByText(/^revoked$/i)
    .waitFor();
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
  await scenario('questions are pages', lifeCycle, plain);
  await scenario('secrets are made, shown once and ended', credentials, plain);
  await scenario('the health page reloads itself', health, plain);
  await scenario('signing out', out, plain);
});

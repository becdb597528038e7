// Dashboard: signing in, the list of agents, one agent and what can be done
// with it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

import { Api } from './lib/api.mjs';
import * as dashboard from './lib/dashboard.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';
import { count } from './lib/until.mjs';
import { answered } from './lib/watch.mjs';

const { arrived, control, filter, optionsOf, rows, signIn } = dashboard;
const STATES = ['All Statuses', 'Active', 'Suspended', 'Decommissioned'];
const COLUMNS = ['Name (Email)', 'Type', 'Status', 'Environment', 'Owner', 'Created'];
/** With the administrator 26 agents: two pages. */
const AGENTS = 25;
const SUSPENDED = 3;

const email = (number) => `agent-${String(number).padStart(2, '0')}@list.example`;

async function populate(api) {
  for (let number = 1; number <= AGENTS; number += 1) {
    const { agentId } = await api.agent(email(number));
    if (number <= SUSPENDED) {
      await api.suspend(agentId);
    }
  }
}

async function wrongSecret({ page }) {
  await page.goto('/dashboard/login');
  await page.getByText('AgentIdP Dashboard — Sign In').waitFor();
  assert.equal(await page.title(), 'SentryAgent.ai — AgentIdP Dashboard');
  const base = page.getByLabel('API Base URL');
  assert.equal(await base.inputValue(), scene.base);
  assert.equal(await base.isEditable(), false);
  assert.equal(await page.getByLabel('Client ID').getAttribute('placeholder'), 'agent-uuid');
  await dashboard.enter(page, { id: scene.admin.id, secret: `sk_live_${'0'.repeat(64)}` });
  const refusal = 'Invalid credentials. Please check your Client ID and secret.';
  await page.getByRole('alert').getByText(refusal).waitFor();
  assert.equal(await page.getByLabel('Client Secret').inputValue(), '');
  // Blanks around the id do not matter.
  await dashboard.enter(page, { ...scene.admin, id: ` ${scene.admin.id} ` });
  await arrived(page, '/dashboard/agents');
}

async function listed({ page }) {
  await signIn(page, scene.admin);
  await page.getByRole('heading', { name: 'Agents', exact: true }).waitFor();
  for (const column of COLUMNS) {
    await page.getByRole('columnheader', { name: column, exact: true }).waitFor();
  }
  await page.getByText('Page 1 of 2 (26 total)').waitFor();
  await count('a full page', rows(page), 20);
  await rows(page).first().getByText(email(AGENTS)).waitFor();
  await isDisabled(page, 'Previous');
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await page.getByText('Page 2 of 2 (26 total)').waitFor();
  await count('the rest', rows(page), 6);
  await isDisabled(page, 'Next');
  await page.reload();
  await page.getByText('Page 2 of 2 (26 total)').waitFor();
  await page.getByRole('link', { name: 'Previous', exact: true }).click();
  await page.getByText('Page 1 of 2 (26 total)').waitFor();
}

/** No link, or one that says that it leads nowhere. */
async function isDisabled(page, name) {
  const link = page.getByRole('link', { name, exact: true });
  if ((await link.count()) > 0) {
    assert.equal(await link.getAttribute('aria-disabled'), 'true', `${name} is disabled`);
  }
}

async function filtered({ page }) {
  await signIn(page, scene.admin);
  await page.goto('/dashboard/agents?page=2');
  assert.deepEqual(await optionsOf(page.getByLabel('Status')), STATES);
  await filter(page, 'Status', 'Suspended', ['status', 'suspended']);
  await page.getByText('Page 1 of 1 (3 total)').waitFor();
  await count('the suspended', rows(page), SUSPENDED);
  await count('their badges', rows(page).getByText(/^suspended$/i), SUSPENDED);
  await page.reload();
  await count('the same from the link', rows(page), SUSPENDED);
  await filter(page, 'Status', 'Decommissioned', ['status', 'decommissioned']);
  await page.getByText('No agents found.').waitFor();
  await page.getByText(/Page \d+ of/).waitFor({ state: 'hidden' });
}

async function searched({ page }) {
  await signIn(page, scene.admin);
  const search = page.getByPlaceholder('Search by email on this page…');
  await search.pressSequentially('AGENT-25');
  await count('the found', rows(page).filter({ visible: true }), 1);
  await rows(page).filter({ visible: true }).getByText(email(AGENTS)).waitFor();
  // On the second page, so not found on this one.
  await search.fill(email(1));
  await page.getByText('No agents found.').filter({ visible: true }).waitFor();
  await search.fill('');
  await count('all again', rows(page).filter({ visible: true }), 20);
}

async function lifeCycle({ page }) {
  const api = await administrator();
  const client = await api.client('cycle@list.example', { capabilities: ['a:read', 'b:write'] });
  await signIn(page, scene.admin);
  // Anywhere in the row.
  const row = rows(page).filter({ hasText: 'cycle@list.example' });
  await row.getByRole('cell', { name: 'production' }).click();
  await arrived(page, `/dashboard/agents/${client.id}`);
  await page.getByRole('heading', { name: 'cycle@list.example' }).waitFor();
  await page.getByText(`Agent ID: ${client.id}`).waitFor();
  await page.getByText('a:read, b:write').waitFor();
  await control(page, 'Back to Agents').waitFor();
  await control(page, 'View Credentials').waitFor();

  await suspendedOnlyWithYes(page, api, client);
  await dashboard.confirmed(
    page,
    'Reactivate Agent',
    'Reactivate agent cycle@list.example?',
    'Reactivate',
  );
  await control(page, 'Suspend Agent').waitFor();
  assert.equal(await api.status(client.id), 'active');
  await decommissionedOnlyByName(page, api, client);
}

async function suspendedOnlyWithYes(page, api, client) {
  const title = 'Suspend agent cycle@list.example?';
  for (const stop of [
    (dialog) => control(dialog, 'Cancel').click(),
    () => page.keyboard.press('Escape'),
    () => page.mouse.click(5, 5),
  ]) {
    await control(page, 'Suspend Agent').click();
    const dialog = await dashboard.asked(page, title);
    await dialog.getByText(/can no longer authenticate/).waitFor();
    await stop(dialog);
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await api.status(client.id), 'active');
  }
  await dashboard.confirmed(page, 'Suspend Agent', title, 'Suspend');
  await page.getByRole('status').getByText('Agent suspended.').waitFor();
  await control(page, 'Reactivate Agent').waitFor();
  await page.getByText('suspended', { exact: true }).first().waitFor();
  assert.equal(await api.status(client.id), 'suspended');
  assert.equal((await Api.token(scene.base, client)).status, 403);
}

async function decommissionedOnlyByName(page, api, client) {
  const title = 'Decommission agent cycle@list.example?';
  await control(page, 'Decommission Agent').click();
  const dialog = await dashboard.asked(page, title);
  await dialog.getByText(/permanent/).waitFor();
  const yes = dialog.getByRole('button', { name: 'Decommission', exact: true });
  await dialog.getByRole('textbox').fill('other@list.example');
  assert.ok(await yes.isDisabled(), 'the button waits for the address');
  await dialog.getByRole('textbox').press('Enter');
  assert.equal(await api.status(client.id), 'active');
  await dialog.getByRole('textbox').fill('cycle@list.example');
  await yes.click();
  await page.getByRole('status').getByText('Agent decommissioned.').waitFor();
  assert.equal(await api.status(client.id), 'decommissioned');
  for (const action of ['Suspend Agent', 'Reactivate Agent', 'Decommission Agent']) {
    await count(`no ${action}`, control(page, action), 0);
  }
}

async function unknown({ page }) {
  await signIn(page, scene.admin);
  const answer = await page.goto(`/dashboard/agents/${randomUUID()}`);
  assert.equal(answer.status(), 404);
  await page.getByRole('alert').getByText('Agent not found.').waitFor();
}

suite('agents', async (scenario) => {
  await populate(await administrator());
  const refused = { tolerate: [answered(403)] };
  await scenario(
    'a wrong secret is refused and emptied, the right one opens',
    wrongSecret,
    refused,
  );
  await scenario('the list has pages of twenty', listed);
  await scenario('the status filter is applied by the server', filtered);
  await scenario('the search looks at the shown page', searched);
  await scenario('suspend, reactivate, decommission by typing the address', lifeCycle);
  await scenario('an unknown agent is not found', unknown, { tolerate: [answered(404)] });
});

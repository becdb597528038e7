// Dashboard: the audit log with its filters.

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Api } from './lib/api.mjs';
import { control, filter, optionsOf, rows, signIn } from './lib/dashboard.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';
import { count } from './lib/until.mjs';
import { answered } from './lib/watch.mjs';

/**
 * A zone where it is another day than in UTC, hours away from midnight: what
 * takes one day for the other finds nothing.
 */
const HOUR = new Date().getUTCHours();
const ZONE = HOUR < 11 ? { name: 'Etc/GMT+12', hours: -12 } : { name: 'Etc/GMT-14', hours: 14 };

const ACTIONS = [
  'agent.created',
  'agent.updated',
  'agent.decommissioned',
  'agent.suspended',
  'agent.reactivated',
  'token.issued',
  'token.revoked',
  'token.introspected',
  'credential.generated',
  'credential.rotated',
  'credential.revoked',
  'auth.failed',
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
];

const day = (offset) => {
  const milliseconds = Date.now() + ZONE.hours * 3_600_000 + offset * 86_400_000;
  return new Date(milliseconds).toISOString().slice(0, 10);
};

async function populate(api) {
  const client = await api.client('busy@audit.example');
  for (let number = 0; number < 22; number += 1) {
    await Api.token(scene.base, client);
  }
  await Api.token(scene.base, { id: client.id, secret: `sk_live_${'0'.repeat(64)}` });
  return client;
}

async function shown({ page }, client) {
  await signIn(page, scene.admin);
  await page.getByRole('link', { name: 'Audit Log' }).click();
  await page.getByRole('heading', { name: 'Audit Log' }).waitFor();
  for (const column of ['Timestamp', 'Agent ID', 'Action', 'Outcome', 'IP Address']) {
    await page.getByRole('columnheader', { name: column, exact: true }).waitFor();
  }
  await rows(page)
    .filter({ hasText: `${client.id.slice(0, 24)}…` })
    .first()
    .waitFor();
  await page.getByText(/^Page 1 of \d+ \(\d+ total\)$/).waitFor();
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await page.getByText(/^Page 2 of \d+ \(\d+ total\)$/).waitFor();
}

async function filtered({ page }, client) {
  await signIn(page, scene.admin);
  await page.goto('/dashboard/audit?page=2');
  assert.ok(await page.getByPlaceholder('Agent ID…').isEditable());
  const actions = await optionsOf(page.getByLabel('Action', { exact: true }));
  assert.equal(actions[0], 'All Actions');
  const absent = ACTIONS.filter((action) => !actions.includes(action));
  assert.deepEqual(absent, []);
  const outcomes = await optionsOf(page.getByLabel('Outcome', { exact: true }));
  assert.deepEqual(outcomes, ['All Outcomes', 'Success', 'Failure']);
  await filter(page, 'Agent ID', ` ${client.id} `, ['agentId', client.id]);
  const api = await administrator();
  const { total } = await api.get(`/audit?agentId=${client.id}`);
  const pages = Math.ceil(total / 20);
  await page.getByText(`Page 1 of ${pages} (${total} total)`).waitFor();
  await filter(page, 'Action', 'token.issued', ['action', 'token.issued']);
  await page.getByText('Page 1 of 2 (22 total)').waitFor();
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await page.getByText('Page 2 of 2 (22 total)').waitFor();
  await count('the filters hold on the next page', rows(page).getByText('token.issued'), 2);
  await filter(page, 'Outcome', 'Failure', ['outcome', 'failure']);
  await page.getByText('No audit events found.').waitFor();
  await filter(page, 'Action', 'auth.failed', ['action', 'auth.failed']);
  await page.getByText('Page 1 of 1 (1 total)').waitFor();
  await rows(page).getByText('failure', { exact: true }).waitFor();
}

async function dated({ page }, client) {
  await signIn(page, scene.admin);
  await page.goto(`/dashboard/audit?agentId=${client.id}`);
  await page.getByText(/^Page 1 of \d+/).waitFor();
  const choose = (label, value) => page.getByLabel(label).fill(value);
  await choose('From date', day(-1));
  await page.waitForURL((url) => url.searchParams.get('from') === day(-1));
  await page.getByText(/^Page 1 of \d+/).waitFor();
  await choose('To date', day(-1));
  await page.getByText('No audit events found.').waitFor();
  // The other way round: what is wrong is told, and the filters stay.
  await choose('From date', day(0));
  await page.getByRole('alert').getByText('Invalid date range.').waitFor();
  await choose('To date', day(0));
  await page.getByText(/^Page 1 of \d+/).waitFor();
  // The same from the link.
  await page.reload();
  await page.getByText(/^Page 1 of \d+/).waitFor();
  assert.equal(await page.getByLabel('From date').inputValue(), day(0));
}

async function local({ page }, client) {
  await signIn(page, scene.admin);
  await page.goto(`/dashboard/audit?agentId=${client.id}`);
  const time = rows(page).first().locator('time');
  const exact = new Date(await time.getAttribute('datetime'));
  assert.match(await time.getAttribute('datetime'), /Z$/);
  const minutes = String(exact.getUTCMinutes()).padStart(2, '0');
  const seconds = String(exact.getUTCSeconds()).padStart(2, '0');
  const hour = (exact.getUTCHours() + ZONE.hours + 24) % 24;
  const text = await time.innerText();
  const pattern = `\\b0?(${hour}|${hour % 12 || 12}):${minutes}:${seconds}`;
  assert.match(text, new RegExp(pattern), `${exact.toISOString()} as ${text} in ${ZONE.name}`);
}

async function exported({ page }, client) {
  await signIn(page, scene.admin);
  await page.goto(`/dashboard/audit?agentId=${client.id}`);
  // Filters that were changed in place hold for the files too.
  await filter(page, 'Action', 'auth.failed', ['action', 'auth.failed']);
  const csv = await downloaded(page, 'Export CSV', 'audit-log.csv');
  const [head, event, ...more] = csv.trimEnd().split('\r\n');
  assert.match(head, /^eventId,organizationId,sequence,timestamp,action,/);
  assert.ok(event.includes(client.id) && event.includes('auth.failed'), event);
  assert.deepEqual(more, [], 'only what the filters admit');
  const json = JSON.parse(await downloaded(page, 'Export JSON', 'audit-log.json'));
  const found = json.map(({ action, agentId }) => ({ action, agentId }));
  assert.deepEqual(found, [{ action: 'auth.failed', agentId: client.id }]);
}

/** Downloads with a link; the text of the file. */
async function downloaded(page, link, name) {
  const begun = page.waitForEvent('download');
  await control(page, link).click();
  const download = await begun;
  assert.equal(download.suggestedFilename(), name);
  return fs.readFileSync(await download.path(), 'utf8');
}

suite('audit log', async (scenario) => {
  const client = await populate(await administrator());
  const inZone = { timezoneId: ZONE.name };
  const about = (act) => (stage) => act(stage, client);
  await scenario('newest events first, in pages', about(shown));
  await scenario('filters narrow and stay over pages', about(filtered));
  const refused = { ...inZone, tolerate: [answered(400)] };
  await scenario('days are those of the browser', about(dated), refused);
  await scenario('times are those of the browser', about(local), inZone);
  await scenario('the filtered log can be exported', about(exported));
});

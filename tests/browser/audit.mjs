// Dashboard: the audit log with its filters.

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Api } from './lib/api.mjs';
import { control, filter, rows, selection, signIn } from './lib/dashboard.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';
import { count } from './lib/until.mjs';

/**
 * A zone where it is another day than in UTC, hours away from midnight: what
 * takes one day for the other finds nothing.
 */
const HOUR = new Date().getUTCHours();
const ZONE = HOUR < 11 ? { name: 'Etc/GMT+12', hours: -12 } : { name: 'Etc/GMT-14', hours: 14 };

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
  const agent = page.getByPlaceholder('Agent ID…');
  await filter(page, agent, ` ${client.id} `, ['agentId', client.id]);
  const api = await administrator();
  const { total } = await api.get(`/audit?agentId=${client.id}`);
  const pages = Math.ceil(total / 20);
  await page.getByText(`Page 1 of ${pages} (${total} total)`).waitFor();
  await filter(page, selection(page, 'All Actions'), 'token.issued', ['action', 'token.issued']);
  await page.getByText('Page 1 of 2 (22 total)').waitFor();
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await page.getByText('Page 2 of 2 (22 total)').waitFor();
  await count('the filters hold on the next page', rows(page).getByText('token.issued'), 2);
  await filter(page, selection(page, 'All Outcomes'), 'Failure', ['outcome', 'failure']);
  await page.getByText('No audit events found.').waitFor();
  await filter(page, selection(page, 'All Actions'), 'auth.failed', ['action', 'auth.failed']);
  await page.getByText('Page 1 of 1 (1 total)').waitFor();
  await rows(page)
    .getByText(/^failure$/i)
    .waitFor();
}

async function dated({ page }, client) {
  await signIn(page, scene.admin);
  await page.goto(`/dashboard/audit?agentId=${client.id}`);
  await page.getByText(/^Page 1 of \d+/).waitFor();
  const between = async (from, to) => {
    await page.getByLabel('From date').fill(from);
    await page.getByLabel('To date').fill(to);
    await page.getByLabel('To date').press('Enter');
  };
  await between(day(-1), day(-1));
  await page.getByText('No audit events found.').waitFor();
  await between(day(0), day(0));
  await page.getByText(/^Page 1 of \d+/).waitFor();
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
  await page.goto(`/dashboard/audit?agentId=${client.id}&action=auth.failed`);
  const begun = page.waitForEvent('download');
  await control(page, /export|download|csv/i)
    .first()
    .click();
  const download = await begun;
  assert.match(download.suggestedFilename(), /\.(csv|json|jsonl|ndjson)$/);
  const text = fs.readFileSync(await download.path(), 'utf8');
  assert.ok(text.includes(client.id) && text.includes('auth.failed'), text);
  assert.ok(!text.includes('token.issued'), 'only what the filters admit');
}

suite('audit log', async (scenario) => {
  const client = await populate(await administrator());
  const inZone = { timezoneId: ZONE.name };
  const about = (act) => (stage) => act(stage, client);
  await scenario('newest events first, in pages', about(shown));
  await scenario('filters narrow and stay over pages', about(filtered));
  await scenario('days are those of the browser', about(dated), inZone);
  await scenario('times are those of the browser', about(local), inZone);
  await scenario('the filtered log can be exported', about(exported));
});

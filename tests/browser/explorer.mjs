// Portal: the API explorer asks the server that it comes from.

import assert from 'node:assert/strict';

import { Api } from './lib/api.mjs';
import { scene, suite } from './lib/suite.mjs';
import { answered } from './lib/watch.mjs';

const AGENTS = /^GET \/api\/v1\/agents /;
const INFO = /^GET \/agent-info /;

/** Opens an operation: its method, its path, and what it is about. */
async function open(page, operation) {
  await page.locator('summary').filter({ hasText: operation }).click();
}

/** Sends the opened operation; waits for what the page shows of the answer. */
async function send(page, status) {
  await page.getByRole('button', { name: 'Send request' }).click();
  await page.getByText(status, { exact: true }).filter({ visible: true }).waitFor();
}

async function asks({ page }) {
  const { body } = await Api.token(scene.base, scene.admin, 'agents:read');
  await page.goto('/portal/api-explorer');
  await open(page, AGENTS);
  await page.getByText('Needs a Bearer token with agents:read.').waitFor();
  await send(page, '401');
  await page.getByLabel('Bearer token').fill(body.access_token);
  await page.getByLabel('limit (query)').fill('1');
  await send(page, '200');
  const answer = page.locator('pre').filter({ visible: true });
  const { data, limit } = JSON.parse(await answer.innerText());
  assert.deepEqual([data.length, limit], [1, 1]);
  assert.equal(data[0].email, 'admin@browser.example');

  // It stays for another operation, and in memory alone.
  await open(page, INFO);
  await send(page, '200');
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]),
  );
  assert.ok(!kept.includes(body.access_token), kept);
  await page.reload();
  assert.equal(await page.getByLabel('Bearer token').inputValue(), '', 'gone after a reload');
  await open(page, AGENTS);
  await send(page, '401');
}

/** A form for a token, as the description gives it. */
async function gets({ page }) {
  await page.goto('/api-docs');
  await open(page, /^POST \/api\/v1\/token /);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: scene.admin.id,
    client_secret: scene.admin.secret,
  });
  await page.getByLabel('Media type').selectOption('application/x-www-form-urlencoded');
  await page.getByLabel('Request body').fill(body.toString());
  await send(page, '200');
  const answer = page.locator('pre').filter({ visible: true });
  assert.match(JSON.parse(await answer.innerText()).access_token, /^eyJ/);
}

async function lists({ page }) {
  const description = await (await fetch(`${scene.base}/openapi.json`)).json();
  for (const path of ['/portal/api-explorer', '/api-docs']) {
    await page.goto(path);
    const text = await page.locator('body').textContent();
    const missing = Object.keys(description.paths).filter((one) => !text.includes(one));
    assert.deepEqual(missing, [], path);
  }
}

suite('API explorer', async (scenario) => {
  await scenario('asks with the token that was entered', asks, { tolerate: [answered(401)] });
  await scenario('gets a token', gets);
  await scenario('shows every operation', lists);
});

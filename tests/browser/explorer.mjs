// Portal: the API explorer asks the server that it comes from.

import assert from 'node:assert/strict';

import { Api } from './lib/api.mjs';
import { scene, suite } from './lib/suite.mjs';
import { answered } from './lib/watch.mjs';

/** Opens an operation by method and path. */
async function open(page, operation) {
  const [method, path] = operation;
  const exactly = new RegExp(`${method}\\s*${path}(?![/\\w])`);
  await page.locator('summary, button, a').filter({ hasText: exactly }).first().click();
}

/** Enters the token where the page asks for one. */
async function authorize(page, token) {
  const opener = page.getByRole('button', { name: /^authorize/i }).first();
  const field = page
    .getByLabel(/token|value|authorization/i)
    .filter({ visible: true })
    .first();
  if (!(await field.isVisible())) {
    await opener.click();
  }
  await field.fill(token);
  const use = page.getByRole('button', { name: /^(authorize|use|save|apply)/i }).last();
  if (await use.isVisible()) {
    await use.click();
  }
  const close = page.getByRole('button', { name: /^(close|done)$/i }).first();
  if (await close.isVisible()) {
    await close.click();
  }
}

/** Sends the opened operation; status and text of the answer. */
async function send(page, path) {
  const prepare = page.getByRole('button', { name: /^try it out/i }).filter({ visible: true });
  if ((await prepare.count()) > 0) {
    await prepare.first().click();
  }
  const answer = page.waitForResponse((response) => new URL(response.url()).pathname === path);
  const button = page.getByRole('button', { name: /^(send|execute|try it|run)/i });
  await button.filter({ visible: true }).first().click();
  return answer;
}

async function asks({ page }) {
  const { body } = await Api.token(scene.base, scene.admin, 'agents:read');
  await page.goto('/portal/api-explorer');
  await open(page, ['GET', '/api/v1/agents']);
  assert.equal((await send(page, '/api/v1/agents')).status(), 401, 'without a token');
  await authorize(page, body.access_token);
  const answer = await send(page, '/api/v1/agents');
  assert.equal(answer.status(), 200);
  await page.getByText('admin@browser.example').first().waitFor();

  // It stays for another operation, and in memory alone.
  await open(page, ['GET', '/agent-info']);
  assert.equal((await send(page, '/agent-info')).status(), 200);
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]),
  );
  assert.ok(!kept.includes(body.access_token), kept);
  await page.reload();
  await open(page, ['GET', '/api/v1/agents']);
  assert.equal((await send(page, '/api/v1/agents')).status(), 401, 'gone after a reload');
}

async function lists({ page }) {
  const description = await (await fetch(`${scene.base}/openapi.json`)).json();
  for (const path of ['/portal/api-explorer', '/api-docs']) {
    await page.goto(path, { waitUntil: 'networkidle' });
    const text = await page.locator('body').textContent();
    const missing = Object.keys(description.paths).filter((one) => !text.includes(one));
    assert.deepEqual(missing, [], path);
  }
}

suite('API explorer', async (scenario) => {
  await scenario('asks with the token that was entered', asks, { tolerate: [answered(401)] });
  await scenario('shows every operation', lists);
});

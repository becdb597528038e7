// Portal: the wizard really makes what it says, and the command that a page
// shows gives a token.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { Api } from './lib/api.mjs';
import { control, secretsIn } from './lib/dashboard.mjs';
import { platform, scene, suite } from './lib/suite.mjs';
import { until } from './lib/until.mjs';
import { answered } from './lib/watch.mjs';

const EMAIL = 'screener-001@wizard.example';
/** The buttons that go on, whatever a step calls them. */
const ON = /^(next|continue|sign in|create|register|generate|i have saved)/i;

/** Fills a field whose label says one of these words; a field that is not there is an error. */
async function fill(page, label, value) {
  const field = page.getByRole('main').getByLabel(label).filter({ visible: true }).first();
  const tag = await field.evaluate((element) => element.tagName);
  await (tag === 'SELECT' ? field.selectOption(value) : field.fill(value));
}

/** Presses a button of the step. */
async function press(page, name) {
  await control(page.getByRole('main'), name).filter({ visible: true }).first().click();
}

/** Waits until the page says that a step was done: a text that was not there. */
async function reached(page, what, text) {
  await page.getByRole('main').getByText(text).filter({ visible: true }).first().waitFor();
  return what;
}

async function signInAs(page, { id, secret }) {
  await fill(page, /client id/i, id);
  await fill(page, /client secret/i, secret);
  await press(page, /sign in/i);
}

/** Step 1: an organization of its own; its administrator. */
async function organization(page) {
  await page.goto('/portal/get-started');
  await signInAs(page, scene.platform);
  const slug = 'wizard';
  // The choice between the own organization and a new one, where it is one.
  const choice = page.getByRole('radio', { name: /new organi[sz]ation/i });
  await reached(page, 'the form of the organization', /organi[sz]ation/i);
  if (await choice.isVisible()) {
    await choice.check();
  }
  await fill(page, /^(organi[sz]ation )?name/i, 'Wizard & Co.');
  await fill(page, /slug/i, slug);
  await fill(page, /e-?mail/i, `admin@${slug}.example`);
  await press(page, /create/i);
  return newClient(page);
}

/** Id and secret that the page shows this once. */
async function newClient(page) {
  await until('one secret', async () => (await secretsIn(page)).length === 1);
  const [secret] = await secretsIn(page);
  const text = await page.getByRole('main').innerText();
  const ids = text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
  for (const id of new Set(ids)) {
    if ((await Api.token(scene.base, { id, secret })).status === 200) {
      return { id, secret };
    }
  }
  throw new Error(`the secret is of none of these: ${ids}`);
}

/** Goes on until the step with these words is there. */
async function goOn(page, text) {
  const main = page.getByRole('main');
  const wanted = main.getByText(text).filter({ visible: true }).first();
  await until(`the step ${text}`, async () => {
    if (await wanted.isVisible()) {
      return true;
    }
    await press(page, /^(next|continue)/i).catch(() => {});
    return page.url();
  });
}

async function wizard({ page }) {
  const admin = await organization(page);
  assert.match((await Api.token(scene.base, admin)).body.access_token, /^eyJ/);
  // The page shows the client once and asks for it back.
  await signInAs(page, admin);
  await until('the secret is gone', async () => (await secretsIn(page)).length === 0);
  await goOn(page, /register/i);
  await fill(page, /e-?mail/i, EMAIL);
  await fill(page, /type/i, 'screener');
  await fill(page, /version/i, '1.0.0');
  await fill(page, /capabilit/i, 'resume:read');
  await fill(page, /owner/i, 'wizard-team');
  await fill(page, /environment/i, 'production');
  await press(page, /register|create/i);
  const api = await Api.of(scene.base, admin);
  await until('the agent', async () => (await api.get('/agents')).total === 2);
  const { data } = await api.get('/agents');
  const { agentId, ...made } = data.find(({ email }) => email === EMAIL);
  assert.equal(made.owner, 'wizard-team');
  assert.deepEqual(made.capabilities, ['resume:read']);

  await goOn(page, /credential/i);
  await press(page, /generate/i);
  const client = await newClient(page);
  assert.equal(client.id, agentId);
  await control(page, /copy/i).first().waitFor();
  await snippet(page, client);
  await followed(page, client);
}

/** Step 4: code with address and id, and never the secret. */
async function snippet(page, client) {
  await press(page, /^(next|continue|i have saved)/i);
  const code = page.getByRole('main').locator('pre').filter({ visible: true }).first();
  await code.waitFor();
  const text = await page.getByRole('main').innerText();
  assert.ok(text.includes(client.id) && text.includes(scene.base), text);
  assert.deepEqual(await secretsIn(page), []);
}

/** The command of the portal's first page, run in a shell. */
async function followed(page, client) {
  const command = await commandOf(page);
  const env = {
    PATH: process.env.PATH,
    CLIENT_ID: client.id,
    CLIENT_SECRET: client.secret,
    no_proxy: '*',
  };
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
  const json = stdout.slice(stdout.indexOf('{'), stdout.lastIndexOf('}') + 1);
  const api = new Api(scene.base, JSON.parse(json).access_token);
  assert.equal((await api.get(`/agents/${client.id}`)).email, EMAIL, command);
}

/** The curl command for a token that the first page shows. */
async function commandOf(page) {
  await page.goto('/portal');
  const shown = page.locator('pre').filter({ hasText: /curl/ }).filter({ hasText: /token/ });
  const command = await shown.first().innerText();
  assert.ok(command.includes(scene.base), command);
  // What a reader puts in the place of a name in angle brackets.
  return command
    .replace(/^\$ /gm, '')
    .replace(/<[^>]*id[^>]*>/gi, '$CLIENT_ID')
    .replace(/<[^>]*secret[^>]*>/gi, '$CLIENT_SECRET');
}

async function back({ page }) {
  const operator = await platform();
  const client = await operator.organization('existing', { planTier: 'free' });
  await page.goto('/portal/get-started');
  await signInAs(page, client);
  await goOn(page, /register/i);
  await control(page.getByRole('main'), /^back/i).first().click();
  await reached(page, 'the first step', /organi[sz]ation/i);
}

suite('get started', async (scenario) => {
  const expected = { tolerate: [answered('4\\d\\d')] };
  await scenario('from nothing to a token', wizard, expected);
  await scenario('one can go back', back, expected);
});

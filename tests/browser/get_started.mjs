// Portal: whoever follows its pages literally gets a token in the terminal.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { Api } from './lib/api.mjs';
import { arrived, control, enter, newSecret, secretsIn } from './lib/dashboard.mjs';
import { platform, scene, suite } from './lib/suite.mjs';
import { count } from './lib/until.mjs';

const EMAIL = 'screener-001@wizard.example';
const START = '/portal/get-started';

/** Waits for a step of the wizard; what people are told to do there. */
const step = (page, title) => page.getByRole('heading', { name: title, exact: true }).waitFor();

/** From the first page of the portal to the first step, as its recipe says. */
async function begin(page) {
  await page.goto('/portal');
  const recipe = page.getByRole('region', { name: 'From here to a token' });
  await recipe.getByRole('link', { name: 'Get started' }).click();
  await arrived(page, START);
  await step(page, '1. Setup');
}

/** Step 1: an organization of its own; its administrator. */
async function organization(page) {
  await enter(page, scene.platform);
  await page.getByRole('heading', { name: 'Or a new organization' }).waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Wizard & Co.');
  await page.getByLabel('Slug').fill('wizard');
  await page.getByLabel('E-mail of its administrator').fill('admin@wizard.example');
  await page.getByRole('button', { name: 'Create organization' }).click();
  await step(page, 'The organization was created');
  const [secret, ...more] = await secretsIn(page);
  assert.deepEqual(more, []);
  const id = await page.getByLabel('Client ID').inputValue();
  await page.getByRole('definition').getByText(id).waitFor();
  return { id, secret };
}

/** Step 2: the agent. */
async function agent(page, admin) {
  await step(page, '2. Register an agent');
  assert.deepEqual(await secretsIn(page), [], 'the secret before is gone');
  await page.getByLabel('E-mail').fill(EMAIL);
  await page.getByLabel('Type').selectOption('screener');
  await page.getByLabel('Version').fill('1.0.0');
  await page.getByLabel('Capabilities').fill('resume:read, resume:write');
  await page.getByLabel('Owner').fill('wizard-team');
  await page.getByLabel('Environment').selectOption('production');
  await page.getByRole('button', { name: 'Register' }).click();
  await step(page, '3. Generate a credential');
  const api = await Api.of(scene.base, admin);
  const { data } = await api.get('/agents');
  const { agentId, ...made } = data.find(({ email }) => email === EMAIL);
  assert.equal(made.owner, 'wizard-team');
  assert.deepEqual(made.capabilities, ['resume:read', 'resume:write']);
  return agentId;
}

/** Step 3: its credential. */
async function credential(page, id) {
  await page.getByRole('button', { name: 'Generate credential' }).click();
  const secret = await newSecret(page);
  await page.getByRole('definition').getByText(id).waitFor();
  await control(page, 'Copy').waitFor();
  await control(page, 'I have saved this secret — continue').click();
  return { id, secret };
}

/** Step 4: a command and a program with address and id, never with the secret. */
async function snippet(page, client) {
  await step(page, '4. A token in your terminal');
  assert.deepEqual(await secretsIn(page), []);
  const code = await page.locator('pre').allInnerTexts();
  const program = code.at(-1);
  assert.ok(program.includes(client.id) && program.includes(scene.base), program);
  await follow(code[0], code[1], client);
  await page.getByLabel('Language').selectOption('Python');
  await page.getByText('pip install sentryagent-idp').waitFor();
  const python = await page.locator('pre').last().innerText();
  assert.ok(python.includes(client.id) && python.includes(scene.base), python);
}

async function wizard({ page }) {
  await begin(page);
  const admin = await organization(page);
  // The page shows the client once and asks for it back.
  await enter(page, admin);
  const id = await agent(page, admin);
  const client = await credential(page, id);
  await snippet(page, client);
  // The same commands stand on the first page, for clients of any origin.
  await page.goto('/portal');
  const [variables, command] = await page.locator('pre').allInnerTexts();
  await follow(variables, command, client);
}

/** Does in a shell what the page says, with what the wizard has shown pasted in. */
async function follow(variables, command, { id, secret }) {
  assert.ok(command.startsWith(`curl -s ${scene.base}/api/v1/token`), command);
  const pasted = variables
    .replace('paste the client id', id)
    .replace('paste the client secret', secret);
  assert.doesNotMatch(pasted, /paste/);
  const env = { PATH: process.env.PATH, no_proxy: '*' };
  const { stdout } = await promisify(execFile)('sh', ['-c', `${pasted}\n${command}`], { env });
  const api = new Api(scene.base, JSON.parse(stdout).access_token);
  assert.equal((await api.get(`/agents/${id}`)).email, EMAIL, command);
}

async function back({ page }) {
  const operator = await platform();
  const client = await operator.organization('existing', { planTier: 'free' });
  await page.goto(START);
  await enter(page, client);
  await page.getByRole('heading', { name: 'Your organization' }).waitFor();
  await count('none but this one', page.getByLabel('Slug'), 0);
  await control(page, 'Continue').click();
  await step(page, '2. Register an agent');
  await control(page, 'Back').click();
  await page.getByRole('heading', { name: 'Your organization' }).waitFor();
  // The credential needs an agent; without one that step comes first.
  await page.goto(`${START}?step=3`);
  await step(page, '2. Register an agent');
}

/** The answer that has a secret is there once, whatever is done with it. */
async function reloaded({ page }) {
  await page.goto(START);
  await enter(page, scene.platform);
  await page.getByLabel('Name', { exact: true }).fill('Once');
  await page.getByLabel('Slug').fill('once');
  await page.getByLabel('E-mail of its administrator').fill('admin@once.example');
  await page.getByRole('button', { name: 'Create organization' }).click();
  await step(page, 'The organization was created');
  assert.equal((await secretsIn(page)).length, 1);
  await page.reload();
  await page.getByRole('heading', { name: 'Your organization' }).waitFor();
  assert.deepEqual(await secretsIn(page), []);
}

suite('get started', async (scenario) => {
  await scenario('from the first page to a token in the terminal', wizard);
  await scenario('one can go back', back);
  await scenario('a reload shows no secret', reloaded);
});

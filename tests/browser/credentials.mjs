// Dashboard: credentials of an agent, and what becomes of a secret.

import assert from 'node:assert/strict';

import { Api } from './lib/api.mjs';
import * as dashboard from './lib/dashboard.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';
import { count } from './lib/until.mjs';
import { answered } from './lib/watch.mjs';

const {
  REVOKE,
  ROTATE,
  asked,
  confirmed,
  control,
  credentialsOf,
  newSecret,
  rows,
  secretsIn,
  signIn,
} = dashboard;

const works = async (client) => (await Api.token(scene.base, client)).status === 200;

async function total(api, agentId) {
  return (await api.get(`/agents/${agentId}/credentials`)).total;
}

async function generated({ context, page }) {
  const api = await administrator();
  const { agentId } = await api.agent('generated@credentials.example');
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: scene.base });
  await signIn(page, scene.admin);
  await page.goto(`/dashboard/agents/${agentId}`);
  await control(page, 'View Credentials').click();
  await page.getByText('No credentials found. Generate one above.').waitFor();
  await control(page, 'Generate Credential').click();
  const secret = await newSecret(page);
  await count('the list shows it', rows(page), 1);
  assert.ok(await works({ id: agentId, secret }), 'the secret opens the token endpoint');

  await control(page, 'Copy').click();
  await control(page, 'Copied!').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  await control(page, 'Copy').waitFor();

  // Asks for the list; without scripts the form is sent again, and refused.
  await page.reload();
  await control(page, 'Generate Credential').waitFor();
  await count('no second credential', rows(page), 1);
  assert.deepEqual(await secretsIn(page), []);
  assert.equal(await total(api, agentId), 1);
}

async function dismissed({ page }) {
  const api = await administrator();
  const { agentId } = await api.agent('dismissed@credentials.example');
  await signIn(page, scene.admin);
  await page.goto(credentialsOf(agentId));
  await control(page, 'Generate Credential').click();
  await newSecret(page);
  await control(page, 'I have saved this secret — dismiss').click();
  await page.getByText('New client secret').waitFor({ state: 'hidden' });
  assert.deepEqual(await secretsIn(page), []);
  await count('the list stays', rows(page), 1);
  // Nothing in the history has it either.
  for (let step = 0; step < 2; step += 1) {
    await page.goBack().catch(() => {});
    assert.deepEqual(await secretsIn(page), []);
  }
}

async function rotated({ page }) {
  const api = await administrator();
  const old = await api.client('rotated@credentials.example');
  await signIn(page, scene.admin);
  await page.goto(credentialsOf(old.id));
  await control(page, ROTATE).click();
  const dialog = await asked(page, 'Rotate credential?');
  const warning =
    'The existing secret will be invalidated immediately. ' +
    'You will receive a new secret — store it securely.';
  await dialog.getByText(warning).waitFor();
  assert.doesNotMatch(await dialog.innerText(), /expir/i, 'it never expired');
  await control(dialog, 'Cancel').click();
  assert.ok(await works(old), 'cancelled: the old secret works');

  await confirmed(page, ROTATE, 'Rotate credential?', 'Rotate');
  const secret = await newSecret(page);
  assert.equal(await works(old), false, 'the old secret is dead');
  assert.ok(await works({ id: old.id, secret }), 'the new one works');
  await page.reload();
  assert.deepEqual(await secretsIn(page), []);
  assert.ok(await works({ id: old.id, secret }), 'a reload rotates nothing');
}

async function rotatedWithExpiry({ page }) {
  const api = await administrator();
  const { agentId } = await api.agent('expiring@credentials.example');
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  await api.credential(agentId, { expiresAt });
  await signIn(page, scene.admin);
  await page.goto(credentialsOf(agentId));
  await control(page, ROTATE).click();
  const dialog = await asked(page, 'Rotate credential?');
  await dialog.getByText(/expir/i).first().waitFor();
}

async function revoked({ page }) {
  const api = await administrator();
  const client = await api.client('revoked@credentials.example');
  await signIn(page, scene.admin);
  await page.goto(credentialsOf(client.id));
  await rows(page)
    .getByText(`${client.credentialId.slice(0, 24)}…`)
    .first()
    .waitFor();
  const dialog = await confirmed(page, REVOKE, 'Revoke credential?', 'Revoke');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('status').getByText('Credential revoked.').waitFor();
  await rows(page).getByText('revoked', { exact: true }).waitFor();
  await count('no further actions', control(rows(page), /^(Rotate|Revoke)\b/), 0);
  assert.equal(await works(client), false);
}

async function explained({ page }) {
  const api = await administrator();
  const { agentId } = await api.agent('suspended@credentials.example');
  await api.suspend(agentId);
  await signIn(page, scene.admin);
  await page.goto(credentialsOf(agentId));
  await control(page, 'Generate Credential').click();
  const refusal = 'Credentials can only be generated for active agents.';
  await page.getByRole('alert').getByText(refusal).waitFor();
}

async function forbidden({ page }) {
  const api = await administrator();
  const reader = await api.client('reader@credentials.example');
  await signIn(page, reader);
  const answer = await page.goto(credentialsOf(scene.admin.id));
  assert.equal(answer.status(), 403);
  await page.getByText('You do not have permission to perform this action.').waitFor();
  // The audit log needs a scope that it has not either.
  assert.equal((await page.goto('/dashboard/audit')).status(), 403);
  await page.getByText('You do not have permission to perform this action.').waitFor();
}

suite('credentials', async (scenario) => {
  await scenario('a generated secret is shown once', generated);
  await scenario('a dismissed secret is nowhere', dismissed);
  await scenario('a rotation asks, then ends the old secret', rotated);
  await scenario('a rotation says that it removes the expiry', rotatedWithExpiry);
  await scenario('a revocation asks, then ends the secret', revoked);
  await scenario('a refusal is explained', explained, { tolerate: [answered(400)] });
  await scenario('who may not is told so', forbidden, { tolerate: [answered(403)] });
});

// What people do on the pages, found by roles, labels and texts alone.

import assert from 'node:assert/strict';

/** The page routes that need a session. */
export const PROTECTED = [
  '/dashboard/agents',
  '/dashboard/audit',
  '/dashboard/health',
  '/dashboard/usage',
];

/** A button or a link: both are the same to who uses them. */
export function control(scope, name) {
  // Patterns are never exact.
  const named = { name, exact: true };
  return scope.getByRole('button', named).or(scope.getByRole('link', named));
}

/** Rows of the tables of a page without their heads. */
export const rows = (page) => page.getByRole('row').filter({ has: page.getByRole('cell') });

/** What a selection offers. */
export const optionsOf = (field) => field.getByRole('option').allTextContents();

/** Waits until the browser is at a path, whatever the query says. */
export const arrived = (page, path) => page.waitForURL((url) => url.pathname === path);

/** Fills in the form of the login page. */
export async function enter(page, { id, secret }) {
  await page.getByLabel('Client ID').fill(id);
  await page.getByLabel('Client Secret').fill(secret);
  await page.getByRole('button', { name: 'Sign In' }).click();
}

/** Signs in and waits for the list of agents. */
export async function signIn(page, client) {
  await page.goto('/dashboard/login');
  await enter(page, client);
  await arrived(page, '/dashboard/agents');
}

export async function signOut(page) {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await arrived(page, '/dashboard/login');
}

/** Requires that a protected page leads to the login page. */
export async function redirected(page, path) {
  await page.goto(path);
  await page.waitForURL((url) => url.pathname.endsWith('/login'));
  await page.getByRole('button', { name: 'Sign In' }).waitFor();
}

/**
 * Sets the filter with this label and waits until the URL carries it. Enter
 * sends what was typed; a selection is sent by a script, without scripts by
 * the button.
 */
export async function filter(page, label, value, [parameter, carried], { scripts = true } = {}) {
  const field = page.getByLabel(label, { exact: true });
  const tag = await field.evaluate((element) => element.tagName);
  if (tag !== 'SELECT') {
    await field.fill(value);
    await field.press('Enter');
  } else {
    await field.selectOption({ label: value });
    if (!scripts) {
      await page.getByRole('button', { name: 'Apply', exact: true }).click();
    }
  }
  await page.waitForURL((url) => url.searchParams.get(parameter)?.trim() === carried);
}

/** The dialog, or without scripts the page, that asks before something is done. */
export async function asked(page, title, scripts = true) {
  const question = scripts ? page.getByRole('dialog') : page.locator('body');
  await question.getByText(title, { exact: true }).first().waitFor();
  return question;
}

/** Presses `action`, then says yes with `yes` to the question `title`. */
export async function confirmed(page, action, title, yes, { scripts = true, scope = page } = {}) {
  await control(scope, action).click();
  const question = await asked(page, title, scripts);
  await question.getByRole('button', { name: yes, exact: true }).click();
  return question;
}

const SECRET = /sk_live_[0-9a-f]{64}/g;

/** All secrets in the source of the page as it is now. */
export async function secretsIn(page) {
  return [...new Set((await page.content()).match(SECRET) ?? [])];
}

/** The one secret that the page shows after making it. */
export async function newSecret(page) {
  await page.getByText('New client secret — copy it now. It will not be shown again.').waitFor();
  const secrets = await secretsIn(page);
  assert.equal(secrets.length, 1, 'exactly one secret is shown');
  return secrets[0];
}

/** What can be done with the only credential of the page; its id follows. */
export const ROTATE = /^Rotate\b/;
export const REVOKE = /^Revoke\b/;

export const credentialsOf = (agentId) => `/dashboard/agents/${agentId}/credentials`;

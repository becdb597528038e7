// Portal: what is switched off is told, and is no error.

import { signIn } from './lib/dashboard.mjs';
import { scene, suite } from './lib/suite.mjs';
import { count } from './lib/until.mjs';
import { answered } from './lib/watch.mjs';

async function told(page, path, text) {
  await page.goto(path);
  await page.getByText(text).first().waitFor();
  await count('no error box', page.getByRole('alert'), 0);
}

async function marketplace({ page }) {
  const text = 'The Agent Marketplace is not enabled on this instance.';
  await told(page, '/portal/marketplace', text);
}

async function analytics({ page }) {
  await signIn(page, scene.admin);
  await told(page, '/portal/analytics', 'Analytics is not enabled on this instance.');
}

suite('portal without features', async (scenario) => {
  const expected = { tolerate: [answered(404)] };
  await scenario('the marketplace', marketplace, expected);
  await scenario('analytics', analytics, expected);
});

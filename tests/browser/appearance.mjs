// Every page at two widths and in two schemes: what it looks like, whether it
// fits, what axe finds. The pictures stay in target/screenshots.

import assert from 'node:assert/strict';
import path from 'node:path';

import { accessible, background, fits } from './lib/accessibility.mjs';
import { Api } from './lib/api.mjs';
import { asked, control, credentialsOf, newSecret, signIn } from './lib/dashboard.mjs';
import * as pages from './lib/pages.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';
import { answered } from './lib/watch.mjs';

const WIDTHS = { 1280: { width: 1280, height: 800 }, 375: { width: 375, height: 812 } };
const SCHEMES = ['light', 'dark'];
const LIGHT = 'rgb(248, 250, 252)';
const LONG = 'a-very-long-address-of-an-agent-that-nobody-would-choose@appearance.example';

async function populate() {
  const api = await administrator();
  const more = { isPublic: true, capabilities: ['resume:read', 'candidates:write'] };
  const client = await api.client(LONG, more);
  const suspended = await api.agent('suspended@appearance.example');
  await api.suspend(suspended.agentId);
  const gone = await api.agent('gone@appearance.example');
  await api.send('DELETE', `/agents/${gone.agentId}`);
  for (let number = 0; number < 20; number += 1) {
    await Api.token(scene.base, client);
  }
  await Api.token(scene.base, { ...client, secret: `sk_live_${'0'.repeat(64)}` });
  return client.id;
}

/** Takes the picture of a page and judges it. */
async function judge(page, name, width, scheme) {
  const title = `${name}-${width}-${scheme}`;
  const file = path.join(scene.screenshots, `${title}.png`);
  await page.screenshot({ path: file, fullPage: true, animations: 'disabled' });
  await fits(page, title);
  await accessible(page, title);
  if (scheme === 'light') {
    assert.equal(await background(page), LIGHT, title);
  } else {
    assert.notEqual(await background(page), LIGHT, title);
  }
}

/** Visits pages in one width, both schemes; all findings are told together. */
async function visit(page, places, width) {
  const failures = [];
  for (const [name, address] of Object.entries(places)) {
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      try {
        await pages.reach(page, address);
        await judge(page, name, width, colorScheme);
      } catch (error) {
        failures.push(`${name}: ${error.message}`);
      }
    }
  }
  assert.ok(failures.length === 0, failures.join('\n\n'));
}

/** States that no address leads to: a question, a new secret, an error. */
async function states(page, agentId, width) {
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.goto(`/dashboard/agents/${agentId}`);
    await control(page, 'Decommission Agent').click();
    await asked(page, `Decommission agent ${LONG}?`);
    await judge(page, 'question', width, scheme);
    await page.goto(credentialsOf(agentId));
    await control(page, 'Generate Credential').click();
    await newSecret(page);
    await judge(page, 'new-secret', width, scheme);
    await page.goto('/dashboard/agents?status=decommissioned&page=9');
    await judge(page, 'empty', width, scheme);
    await page.goto('/portal/no-such-page');
    await judge(page, 'not-found', width, scheme);
  }
}

suite('appearance', async (scenario) => {
  const agentId = await populate();
  for (const [width, viewport] of Object.entries(WIDTHS)) {
    const options = { viewport, tolerate: [answered(404)] };
    await scenario(
      `open pages at ${width} pixels`,
      ({ page }) => visit(page, pages.open(agentId), width),
      options,
    );
    await scenario(
      `pages of a session at ${width} pixels`,
      async ({ page }) => {
        await signIn(page, scene.admin);
        await visit(page, pages.signedIn(agentId), width);
      },
      options,
    );
    await scenario(
      `questions, secrets and errors at ${width} pixels`,
      async ({ page }) => {
        await signIn(page, scene.admin);
        await states(page, agentId, width);
      },
      options,
    );
  }
});

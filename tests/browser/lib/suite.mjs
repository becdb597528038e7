// A script: one browser, a fresh context per scenario.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { DESKTOP } from './accessibility.mjs';
import { Api, PLATFORM } from './api.mjs';
import { packages } from './packages.mjs';
import { watch } from './watch.mjs';

const PATIENCE = 15_000;

/** What the test that calls the script prepared; README.md has the members. */
export const scene = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

/** The API as the administrator of the organization. */
export const administrator = () => Api.of(scene.base, scene.admin);

/** The API as the administrator of the platform. */
export const platform = () => Api.of(scene.base, scene.platform, PLATFORM);

function launch() {
  const { chromium } = packages('playwright-core');
  // A container has no user name spaces to build the browser's sandbox of, and
  // little shared memory.
  const args = ['--no-sandbox', '--disable-dev-shm-usage'];
  return chromium.launch({ executablePath: process.env.AGENTIDP_TEST_CHROMIUM, args });
}

/** Runs `scenarios`, which calls its argument once for each scenario. */
export function suite(title, scenarios) {
  test(title, async (t) => {
    const browser = await launch();
    try {
      await scenarios(async (name, act, options) => {
        await t.test(name, () => run(browser, name, act, options));
      });
    } finally {
      await browser.close();
    }
  });
}

/**
 * Options: `tolerate`, patterns of messages that are expected; everything else
 * is for the context.
 */
async function run(browser, name, act, { tolerate = [], ...options } = {}) {
  const context = await browser.newContext({
    baseURL: scene.base,
    viewport: DESKTOP,
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  try {
    const problems = await watch(context, scene.base, tolerate);
    const page = await context.newPage();
    try {
      await act({ context, page, browser });
    } catch (error) {
      await show(page, name);
      console.error(problems.join('\n'));
      throw error;
    }
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

/** Leaves behind what the browser showed when a scenario failed. */
async function show(page, name) {
  const folder = path.join(scene.screenshots, 'failures');
  const file = path.join(folder, `${name.replace(/[^a-z0-9]+/gi, '-')}.png`);
  try {
    const text = await page.locator('body').innerText();
    console.error(`${name}: at ${page.url()}, see ${file}\n${text.slice(0, 2000)}`);
    await page.screenshot({ path: file, fullPage: true });
  } catch (error) {
    console.error(`${name}: the page cannot be shown: ${error.message}`);
  }
}

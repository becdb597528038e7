// What every page owes to everybody, at every width and in both schemes.

import assert from 'node:assert/strict';
import path from 'node:path';

import { packages } from './packages.mjs';

/** The window of every scenario. */
export const DESKTOP = { width: 1280, height: 800 };
const NARROW = { width: 375, height: 812 };
const SEVERE = ['serious', 'critical'];
const LIGHT = 'rgb(248, 250, 252)';

/** Rules whose answer depends on colours. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/**
 * Takes the pictures `<name>-<width>-<scheme>.png` of a page and judges it:
 * nothing is wider than the window, axe finds nothing severe.
 */
export async function judge(page, name, folder) {
  for (const viewport of [NARROW, DESKTOP]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const title = `${name}-${viewport.width}-${colorScheme}`;
      const file = path.join(folder, `${title}.png`);
      // Else the top bar is in the midst of the picture.
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: file, fullPage: true, animations: 'disabled' });
      const isLight = colorScheme === 'light';
      await accessible(page, title, isLight ? null : OF_COLOURS);
      assert.equal((await background(page)) === LIGHT, isLight, title);
    }
    await fits(page, `${name}-${viewport.width}`);
  }
}

/** Requires that axe finds nothing severe, by all its rules or some. */
async function accessible(page, name, rules) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) {
    await page.evaluate(packages('axe-core').source);
  }
  // Style sheets are not fetched once more for rules about orientation.
  const options = { preload: false, resultTypes: ['violations'] };
  if (rules) {
    options.runOnly = { type: 'rule', values: rules };
  }
  const { violations } = await page.evaluate(
    (chosen) => globalThis.axe.run(document, chosen),
    options,
  );
  const severe = violations.filter(({ impact }) => SEVERE.includes(impact));
  const found = severe.map(({ id, impact, nodes }) => ({
    id,
    impact,
    where: nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`),
  }));
  assert.deepEqual(found, [], name);
}

/** Requires that the document is no wider than the window. */
async function fits(page, name) {
  const { needed, available, widest } = await page.evaluate(() => {
    const available = document.documentElement.clientWidth;
    const beyond = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > available + 1,
    );
    return {
      available,
      needed: document.documentElement.scrollWidth,
      widest: beyond.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)),
    };
  });
  assert.ok(needed <= available, `${name}: ${needed} of ${available} pixels: ${widest.join('\n')}`);
}

/** Colour behind the text, as the browser computed it. */
function background(page) {
  return page.evaluate(() => {
    const transparent = 'rgba(0, 0, 0, 0)';
    const of = (element) => getComputedStyle(element).backgroundColor;
    const own = of(document.body);
    return own === transparent ? of(document.documentElement) : own;
  });
}

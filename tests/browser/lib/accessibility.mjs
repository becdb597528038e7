// What every page owes to everybody, at every width and in both schemes.

import assert from 'node:assert/strict';

import { packages } from './packages.mjs';

const SEVERE = ['serious', 'critical'];

/** Requires that axe finds nothing serious. */
export async function accessible(page, name) {
  await page.evaluate(packages('axe-core').source);
  // Style sheets are not fetched once more for rules about orientation.
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { preload: false }),
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
export async function fits(page, name) {
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
export function background(page) {
  return page.evaluate(() => {
    const transparent = 'rgba(0, 0, 0, 0)';
    const of = (element) => getComputedStyle(element).backgroundColor;
    const own = of(document.body);
    return own === transparent ? of(document.documentElement) : own;
  });
}

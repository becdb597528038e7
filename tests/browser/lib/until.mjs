// Waiting for what a page is about to show.

const PATIENCE = 15_000;
const POLL = 50;

/** Asks again and again until the answer is true; fails with what came last. */
export async function until(what, holds) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const found = await holds();
    if (found === true) {
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${PATIENCE / 1000} s; last: ${JSON.stringify(found)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

/** Waits until a locator matches this many elements. */
export function count(what, locator, expected) {
  return until(what, async () => {
    const found = await locator.count();
    return found === expected || found;
  });
}

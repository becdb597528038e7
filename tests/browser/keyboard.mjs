// Everything can be reached and used with the keyboard alone.

import assert from 'node:assert/strict';

import { arrived, asked, control, credentialsOf, signIn } from './lib/dashboard.mjs';
import { administrator, scene, suite } from './lib/suite.mjs';

const PAGES = ['/dashboard/agents', '/dashboard/audit', '/dashboard/health', '/dashboard/usage'];
const PORTAL = ['/portal', '/portal/pricing', '/portal/sdks', '/portal/marketplace'];

/** Numbers what a keyboard has to reach, in the order of the document. */
const mark = () => {
  const interactive =
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const reachable = [...document.querySelectorAll(interactive)].filter(
    (element) =>
      element.checkVisibility({ visibilityProperty: true }) &&
      !element.matches(':disabled, [tabindex="-1"], input[type=radio]:not(:checked)'),
  );
  reachable.forEach((element, index) => {
    element.dataset.order = index;
  });
  return reachable.map((element) => element.outerHTML.slice(0, 100));
};

/** Where the focus is, and whether one can see that. */
const focus = () => {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  return {
    order: element.dataset.order === undefined ? null : Number(element.dataset.order),
    visible: (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none',
  };
};

/** Presses Tab through a page: every control once, in order, visibly. */
async function tabThrough(page, path) {
  await page.goto(path);
  const wanted = await page.evaluate(mark);
  assert.ok(wanted.length > 0, path);
  const order = [];
  // Fields of dates take several steps each.
  for (let step = 0; step < wanted.length + 40; step += 1) {
    await page.keyboard.press('Tab');
    const { order: at, visible } = await page.evaluate(focus);
    if (at === null) {
      continue;
    }
    assert.ok(visible, `${path}: the focus cannot be seen on ${wanted[at]}`);
    if (order.includes(at) && at !== order.at(-1)) {
      break;
    }
    if (at !== order.at(-1)) {
      order.push(at);
    }
  }
  const missed = wanted.filter((_, index) => !order.includes(index));
  assert.deepEqual(missed, [], `${path}: not reached`);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
    `${path}: out of order`,
  );
}

async function signsIn({ page }) {
  await page.goto('/dashboard/login');
  await page.getByLabel('Client ID').focus();
  await page.keyboard.type(scene.admin.id);
  await page.keyboard.press('Tab');
  await page.keyboard.type(scene.admin.secret);
  await page.keyboard.press('Enter');
  await arrived(page, '/dashboard/agents');
}

async function reaches({ page }, agentId) {
  await tabThrough(page, '/dashboard/login');
  await signIn(page, scene.admin);
  for (const path of [
    ...PAGES,
    `/dashboard/agents/${agentId}`,
    credentialsOf(agentId),
    ...PORTAL,
    '/portal/get-started',
    '/portal/analytics',
    '/portal/settings/tier',
  ]) {
    await tabThrough(page, path);
  }
}

async function trapped({ page }, agentId) {
  await signIn(page, scene.admin);
  await page.goto(`/dashboard/agents/${agentId}`);
  const opener = control(page, 'Suspend Agent');
  await opener.focus();
  await page.keyboard.press('Enter');
  const dialog = await asked(page, 'Suspend agent keys@keyboard.example?');
  const buttons = new Set();
  for (const key of [...Array(8).fill('Tab'), ...Array(8).fill('Shift+Tab')]) {
    const place = await dialog.evaluate((element) => {
      const { activeElement } = document;
      const inside = element.contains(activeElement);
      // Between the last and the first control the browser itself has it.
      return {
        inside: inside || activeElement === document.body,
        text: inside && activeElement.innerText,
      };
    });
    assert.ok(place.inside, 'the focus stays in the dialog');
    buttons.add(place.text);
    await page.keyboard.press(key);
  }
  assert.ok(buttons.has('Cancel') && buttons.has('Suspend'), [...buttons].join());
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  const isBack = await opener.evaluate((element) => element === document.activeElement);
  assert.ok(isBack, 'the focus is back where it came from');
}

async function suspends({ page }, agentId) {
  const api = await administrator();
  await signIn(page, scene.admin);
  await page.goto(`/dashboard/agents/${agentId}`);
  await control(page, 'Suspend Agent').focus();
  await page.keyboard.press('Enter');
  const dialog = await asked(page, 'Suspend agent keys@keyboard.example?');
  await dialog.getByRole('button', { name: 'Suspend', exact: true }).focus();
  await page.keyboard.press('Space');
  await control(page, 'Reactivate Agent').waitFor();
  assert.equal(await api.status(agentId), 'suspended');
}

suite('keyboard', async (scenario) => {
  const { id } = await (await administrator()).client('keys@keyboard.example');
  const about = (act) => (stage) => act(stage, id);
  await scenario('signs in', signsIn);
  await scenario('Tab reaches everything in order and is seen', about(reaches));
  await scenario('a dialog keeps the focus, Escape closes it', about(trapped));
  await scenario('a question is answered', about(suspends));
});

// What the scripts share: packages, checks, the end of a script.

import dns from 'node:dns';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The packages lie below target/, found from the interpreter on.
const { resolve } = createRequire(process.env.AGENTIDP_TEST_NODE ?? process.execPath);

// The server listens on 127.0.0.1; `localhost` is ::1 first on some machines.
dns.setDefaultResultOrder('ipv4first');

/** A package of package.json. */
export const load = (name) => import(pathToFileURL(resolve(name)));

/** Prints `what` as fulfilled, or fails with what was found instead. */
export function check(holds, what, found = '') {
  if (!holds) {
    throw new Error(`${what}; found: ${JSON.stringify(found)}`);
  }
  console.log(`ok ${what}`);
}

/** Requires that `promise` is rejected; with what. */
export async function rejected(promise, what) {
  try {
    await promise;
  } catch (error) {
    console.log(`ok ${what} (${error.name}: ${error.code ?? error.message})`);
    return error;
  }
  throw new Error(`${what}: it was not`);
}

/** A URL on this machine; no other is ever asked. */
export function local(text) {
  const url = new URL(text);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    throw new Error(`${text} is not on this machine`);
  }
  return url;
}

/** Runs the checks of a script; the exit code tells whether all of them hold. */
export async function run(checks) {
  try {
    await checks();
    console.log('all checks passed');
  } catch (error) {
    console.error('FAILED', error);
    process.exitCode = 1;
  }
}

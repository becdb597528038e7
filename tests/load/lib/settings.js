// Settings of a run, all from the environment; an empty value counts as unset.

/** Text of a variable, or the fallback. */
function text(name, fallback) {
  const value = (__ENV[name] || '').trim();
  return value === '' ? fallback : value;
}

/** A variable as a number of at least `least`, or the fallback. */
function number(name, fallback, least) {
  const value = text(name, undefined);
  if (value === undefined) {
    return fallback;
  }
  if (!/^\d+(\.\d+)?$/.test(value) || Number(value) < least) {
    throw new Error(`${name} must be a number of at least ${least}`);
  }
  return Number(value);
}

/** Base URL of the deployment, without a trailing slash. */
function baseUrl() {
  const url = text('LOAD_BASE_URL', 'http://localhost:3000');
  // A password in it would end up in messages and results.
  if (!/^https?:\/\/[^\s@"\\]+$/.test(url)) {
    throw new Error('LOAD_BASE_URL must be an http or https URL without a user name');
  }
  return url.replace(/\/+$/, '');
}

/** Where requests go. */
export const base = baseUrl();

/** Seconds in which the users start, and in which they stop. */
export const ramp = number('LOAD_RAMP_SECONDS', 30, 1);

/** Seconds with all users. */
export const hold = number('LOAD_HOLD_SECONDS', 120, 1);

/** Folder that takes the result files; without it none are written. */
export const results = text('LOAD_RESULTS', undefined);

const organization = text('LOAD_ORGANIZATION', 'new');
if (organization !== 'new' && organization !== 'own') {
  throw new Error("LOAD_ORGANIZATION must be 'new' or 'own'");
}

/** `true` if a run makes an organization of its own, `false` if it uses the caller's. */
export const ownOrganization = organization === 'new';

// The tokens of the set-up are not renewed, and live for an hour.
const longest = 1800;
if (2 * ramp + hold > longest) {
  throw new Error(`ramp, hold and ramp must not last more than ${longest} seconds together`);
}

/** Virtual users; `standard` unless the environment says otherwise. */
export function usersOr(standard) {
  return Math.ceil(number('LOAD_USERS', standard, 1));
}

/** Mean seconds from an answer to the user's next request, likewise. */
export function thinkOr(standard) {
  return number('LOAD_THINK_SECONDS', standard, 0);
}

/** Id and secret of the client that prepares the run. Never printed. */
export function administrator() {
  const id = text('LOAD_CLIENT_ID', undefined);
  const secret = text('LOAD_CLIENT_SECRET', undefined);
  if (id === undefined || secret === undefined) {
    throw new Error('LOAD_CLIENT_ID and LOAD_CLIENT_SECRET must name an administrator');
  }
  return { id, secret };
}

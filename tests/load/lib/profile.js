// Course of a scenario: users, ramps, think time, thresholds.

import { sleep } from 'k6';
import exec from 'k6/execution';

import { hold, ramp } from './settings.js';

/** Failed requests must stay below this share. */
const FAILED = 0.001;

/** Seconds from the end of an overload to the first request of the probe. */
const PAUSE = 5;

/** Name of the probe after an overload. */
const RECOVERY = 'recovery';

/** The probe: as few users as not to be a load. */
const PROBE = { users: 10, seconds: 15, think: 0.5 };

/**
 * Options of k6 for a scenario `{ name, users, think, p95, overload }`.
 *
 * `think` is the mean time in seconds from an answer to the user's next request,
 * `p95` the limit in milliseconds. With `overload` the limit holds for a probe that
 * follows the load, not for the load itself; the share of failures holds for both.
 */
export function optionsOf(scenario) {
  const { name, users, p95, overload } = scenario;
  const scenarios = { [name]: load(users) };
  const thresholds = {
    [`http_req_duration{scenario:${name}}`]: overload ? [] : [`p(95)<${p95}`],
    [`http_req_failed{scenario:${name}}`]: [`rate<${FAILED}`],
    [`checks{scenario:${name}}`]: [`rate>${1 - FAILED}`],
    // Without a single request the others would hold.
    [`http_reqs{scenario:${name}}`]: ['count>0'],
    'http_reqs{phase:hold}': ['count>0'],
  };
  if (overload) {
    scenarios[RECOVERY] = {
      executor: 'constant-vus',
      startTime: `${2 * ramp + hold + PAUSE}s`,
      vus: PROBE.users,
      duration: `${PROBE.seconds}s`,
    };
    thresholds[`http_req_duration{scenario:${RECOVERY}}`] = [`p(95)<${p95}`];
    thresholds[`http_req_failed{scenario:${RECOVERY}}`] = [`rate<${FAILED}`];
    thresholds[`checks{scenario:${RECOVERY}}`] = [`rate>${1 - FAILED}`];
    thresholds[`http_reqs{scenario:${RECOVERY}}`] = ['count>0'];
  }
  return {
    scenarios,
    thresholds,
    summaryTrendStats: ['min', 'avg', 'med', 'p(95)', 'p(99)', 'max'],
    setupTimeout: '30m',
    teardownTimeout: '2m',
    userAgent: 'agentidp-load',
  };
}

/** Users come within the ramp, stay, and go within the ramp. */
function load(users) {
  return {
    executor: 'ramping-vus',
    startVUs: 0,
    stages: [
      { duration: `${ramp}s`, target: users },
      { duration: `${hold}s`, target: users },
      { duration: `${ramp}s`, target: 0 },
    ],
    // Users who wait for an answer then are not among the probe.
    gracefulRampDown: `${PAUSE}s`,
    gracefulStop: '0s',
  };
}

/** Tags of the request that is about to be sent. */
export function tags() {
  if (exec.scenario.name === RECOVERY) {
    return { phase: RECOVERY };
  }
  const elapsed = (Date.now() - exec.scenario.startTime) / 1000;
  if (elapsed < ramp) {
    return { phase: 'ramp-up' };
  }
  return { phase: elapsed < ramp + hold ? 'hold' : 'ramp-down' };
}

/** Waits between half and one and a half of the think time, so that users do not march in step. */
export function think(scenario) {
  const mean = exec.scenario.name === RECOVERY ? PROBE.think : scenario.think;
  if (mean > 0) {
    sleep(mean * (0.5 + Math.random()));
  }
}

/** The entry of a list that belongs to the current virtual user alone, if there are enough. */
export function mine(list) {
  return list[(exec.vu.idInTest - 1) % list.length];
}

// What is kept of a run: a record for people and for `cargo xtask load`, and the
// summary of k6.

import { hold, ramp, results } from './settings.js';

/** Files and text that k6 writes at the end of a scenario. */
export function summaryOf(scenario, data) {
  // What the preparation has returned holds secrets.
  const { setup_data: prepared, ...summary } = data;
  if (!prepared) {
    return { stdout: `${scenario.name}: not run, the preparation failed\n` };
  }
  const record = recordOf(scenario, summary, prepared);
  const written = { stdout: `${textOf(record)}\n` };
  if (results !== undefined) {
    written[`${results}/${scenario.name}.json`] = `${JSON.stringify(record)}\n`;
    written[`${results}/${scenario.name}.k6.json`] = `${JSON.stringify(summary, null, 2)}\n`;
  }
  return written;
}

/** A flat record; times in milliseconds, rates per second. */
function recordOf(scenario, summary, prepared) {
  const { name, users, think, p95, overload } = scenario;
  const value = (metric, key) => {
    const found = summary.metrics[metric];
    return found === undefined ? 0 : found.values[key] || 0;
  };
  const duration = (key) => rounded(value(`http_req_duration{scenario:${name}}`, key));
  const broken = brokenOf(summary.metrics);
  return {
    scenario: name,
    serverVersion: prepared.version,
    finishedAt: new Date().toISOString(),
    users,
    thinkSeconds: think,
    offeredPerSecond: think > 0 ? rounded(users / think) : null,
    rampSeconds: ramp,
    holdSeconds: hold,
    requests: value(`http_reqs{scenario:${name}}`, 'count'),
    perSecond: rounded(value('http_reqs{phase:hold}', 'count') / hold),
    p50Ms: duration('med'),
    p95Ms: duration('p(95)'),
    p99Ms: duration('p(99)'),
    failedShare: value(`http_req_failed{scenario:${name}}`, 'rate'),
    p95LimitMs: p95,
    recoveryP95Ms: overload
      ? rounded(value('http_req_duration{scenario:recovery}', 'p(95)'))
      : null,
    held: broken.length === 0,
    broken,
  };
}

/** The thresholds that did not hold. */
function brokenOf(metrics) {
  return Object.entries(metrics).flatMap(([metric, { thresholds }]) =>
    Object.entries(thresholds || {})
      .filter(([, { ok }]) => !ok)
      .map(([condition]) => `${metric} ${condition}`),
  );
}

function rounded(value) {
  return Math.round(value * 1000) / 1000;
}

/** The record for the terminal. */
function textOf(record) {
  const offered =
    record.offeredPerSecond === null
      ? 'as much as they get'
      : `${record.offeredPerSecond}/s offered`;
  const lines = [
    `${record.scenario}: ${record.users} users, ${offered}, ${record.perSecond}/s while held, ` +
      `${record.requests} requests`,
    `  p50 ${record.p50Ms} ms, p95 ${record.p95Ms} ms, p99 ${record.p99Ms} ms, ` +
      `failed ${(record.failedShare * 100).toFixed(3)} %`,
  ];
  if (record.recoveryP95Ms !== null) {
    lines.push(`  afterwards p95 ${record.recoveryP95Ms} ms`);
  }
  lines.push(record.held ? '  all thresholds held' : `  NOT HELD: ${record.broken.join('; ')}`);
  return lines.join('\n');
}

// Token issuance beyond nominal load: 1,000 users who never pause. No more
// requests may fail than otherwise, and afterwards the server must be as quick as before.

import { issueToken, prepareClients } from './lib/issuance.js';
import { closeOrganization } from './lib/preparation.js';
import { optionsOf } from './lib/profile.js';
import { usersOr } from './lib/settings.js';
import { summaryOf } from './lib/summary.js';

const scenario = { name: 'saturation', users: usersOr(1000), think: 0, p95: 100, overload: true };

export const options = optionsOf(scenario);

export function setup() {
  return prepareClients(scenario);
}

export default function (prepared) {
  issueToken(scenario, prepared);
}

export function teardown(prepared) {
  closeOrganization(prepared);
}

export function handleSummary(data) {
  return summaryOf(scenario, data);
}

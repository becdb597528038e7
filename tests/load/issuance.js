// Token issuance: 1,000 users, each with a client of its own, get tokens.

import { issueToken, prepareClients } from './lib/issuance.js';
import { closeOrganization } from './lib/preparation.js';
import { optionsOf } from './lib/profile.js';
import { thinkOr, usersOr } from './lib/settings.js';
import { summaryOf } from './lib/summary.js';

const scenario = { name: 'issuance', users: usersOr(1000), think: thinkOr(2), p95: 100 };

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

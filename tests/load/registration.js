// Agent registration: 100 users register agents, each under a new e-mail address.

import { check } from 'k6';
import exec from 'k6/execution';

import { registrationRequest, send } from './lib/api.js';
import { closeOrganization, email, openOrganization } from './lib/preparation.js';
import { optionsOf, tags, think } from './lib/profile.js';
import { thinkOr, usersOr } from './lib/settings.js';
import { summaryOf } from './lib/summary.js';

const scenario = { name: 'registration', users: usersOr(100), think: thinkOr(1), p95: 200 };

export const options = optionsOf(scenario);

export function setup() {
  return openOrganization();
}

export default function (organization) {
  const who = `${exec.vu.idInTest}-${exec.vu.iterationInScenario}`;
  const request = registrationRequest(email(organization.run, who), organization.token);
  const response = send(request, tags());
  check(response, {
    'the agent is active': (answer) => answer.status === 201 && answer.json('status') === 'active',
  });
  think(scenario);
}

export function teardown(organization) {
  closeOrganization(organization);
}

export function handleSummary(data) {
  return summaryOf(scenario, data);
}

// Credential rotation: 50 users, each an agent that replaces its own secret.

import { check } from 'k6';

import { rotationRequest, send } from './lib/api.js';
import { closeOrganization, openOrganization, registerClients } from './lib/preparation.js';
import { mine, optionsOf, tags, think } from './lib/profile.js';
import { thinkOr, usersOr } from './lib/settings.js';
import { summaryOf } from './lib/summary.js';

const scenario = { name: 'rotation', users: usersOr(50), think: thinkOr(5), p95: 200 };

export const options = optionsOf(scenario);

export function setup() {
  const organization = openOrganization();
  return { ...organization, clients: registerClients(organization, scenario.users) };
}

export default function (prepared) {
  const { id, credentialId, token } = mine(prepared.clients);
  const response = send(rotationRequest(id, credentialId, token), tags());
  check(response, {
    'there is a new secret': (answer) =>
      answer.status === 200 && Boolean(answer.json('clientSecret')),
  });
  think(scenario);
}

export function teardown(prepared) {
  closeOrganization(prepared);
}

export function handleSummary(data) {
  return summaryOf(scenario, data);
}

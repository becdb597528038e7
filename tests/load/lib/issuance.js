// What token issuance and its overload have in common.

import { check } from 'k6';

import { send, tokenRequest } from './api.js';
import { openOrganization, registerClients } from './preparation.js';
import { mine, tags, think } from './profile.js';

/** A client for each user. */
export function prepareClients(scenario) {
  const organization = openOrganization();
  const clients = registerClients(organization, scenario.users);
  // Every user gets a copy of all: one text per client takes less than half the memory
  // of an object.
  return { ...organization, clients: clients.map(({ id, secret }) => `${id}:${secret}`) };
}

/** A user's client gets a token. */
export function issueToken(scenario, prepared) {
  const [id, secret] = mine(prepared.clients).split(':');
  const response = send(tokenRequest({ id, secret }), tags());
  check(response, {
    'there is a token': (answer) => answer.status === 200 && Boolean(answer.json('access_token')),
  });
  think(scenario);
}

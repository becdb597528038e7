// What a run needs before its first virtual user starts, and what ends it. Happens
// in k6's setup and teardown, whose requests count in no threshold.

import {
  credentialRequest,
  deletionRequest,
  organizationRequest,
  registrationRequest,
  sendAll,
  sendOne,
  serverVersion,
  tokenRequest,
} from './api.js';
import { administrator, ownOrganization } from './settings.js';

/** Scopes that registering agents and giving them credentials needs. */
const REGISTRAR = 'agents:read agents:write';

/**
 * The organization of the run, with a token of its administrator: a new one unless
 * the environment says that the client's own is to be used.
 */
export function openOrganization() {
  // E-mail addresses and slugs are never free again, so every run has its own.
  const run = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  const opened = { run, version: serverVersion() };
  if (!ownOrganization) {
    return { ...opened, token: tokenOf(administrator(), REGISTRAR) };
  }
  const platform = tokenOf(administrator(), 'admin:orgs');
  const organization = sendOne(organizationRequest(`load-${run}`, email(run, 'admin'), platform));
  const admin = { id: organization.admin.clientId, secret: organization.admin.clientSecret };
  return {
    ...opened,
    platform,
    id: organization.organizationId,
    token: tokenOf(admin, REGISTRAR),
  };
}

/** Deletes the organization if the run has made it; with it all its clients and tokens end. */
export function closeOrganization(organization) {
  if (organization.id !== undefined) {
    sendOne(deletionRequest(organization.id, organization.platform));
  }
}

/**
 * Registers agents with a credential each. Each has obtained a token once: the
 * server has verified its secret with bcrypt and remembers it.
 */
export function registerClients(organization, count) {
  const { run, token } = organization;
  const numbers = Array.from({ length: count }, (_, index) => index);
  const agents = sendAll(
    numbers.map((number) => registrationRequest(email(run, `client-${number}`), token)),
  );
  const credentials = sendAll(agents.map((agent) => credentialRequest(agent.agentId, token)));
  const clients = credentials.map((credential) => ({
    id: credential.clientId,
    secret: credential.clientSecret,
    credentialId: credential.credentialId,
  }));
  const tokens = sendAll(clients.map((client) => tokenRequest(client)));
  return clients.map((client, index) => ({ ...client, token: tokens[index].access_token }));
}

/** An e-mail address that nobody else has. */
export function email(run, who) {
  return `load-${run}-${who}@load.example.com`;
}

/** An access token. */
function tokenOf(client, scope) {
  return sendOne(tokenRequest(client, scope)).access_token;
}

// Every page there is; the question before a payment is in portal.mjs.

import assert from 'node:assert/strict';

import { credentialsOf } from './dashboard.mjs';

/** Pages that a script completes out of the description of the API. */
const EXPLORERS = ['/portal/api-explorer', '/api-docs'];

/** Opens a page, which must be there, not lead elsewhere, and be complete. */
export async function reach(page, address) {
  const answer = await page.goto(address);
  assert.equal(answer.status(), 200, address);
  const { pathname } = new URL(page.url());
  assert.equal(pathname, new URL(address, page.url()).pathname);
  if (EXPLORERS.includes(pathname)) {
    await page.getByLabel('Bearer token').waitFor();
  }
}

/** Pages that anybody sees: name and address. */
export const open = (publicAgent) => ({
  login: '/dashboard/login',
  'portal-login': '/portal/login',
  portal: '/portal',
  'portal-pricing': '/portal/pricing',
  'portal-sdks': '/portal/sdks',
  'portal-api-explorer': '/portal/api-explorer',
  'portal-get-started': '/portal/get-started',
  'portal-get-started-snippet': `/portal/get-started?step=4&agent=${publicAgent}`,
  'portal-marketplace': '/portal/marketplace',
  'portal-marketplace-agent': `/portal/marketplace/${publicAgent}`,
  'api-docs': '/api-docs',
});

/** Pages that need a session: name and address. */
export const signedIn = (agentId, credentialId) => ({
  agents: '/dashboard/agents',
  agent: `/dashboard/agents/${agentId}`,
  'agent-question': `/dashboard/agents/${agentId}/decommission`,
  'agent-suspend': `/dashboard/agents/${agentId}/suspend`,
  credentials: credentialsOf(agentId),
  'credential-rotate': `${credentialsOf(agentId)}/${credentialId}/rotate`,
  'credential-revoke': `${credentialsOf(agentId)}/${credentialId}/revoke`,
  audit: '/dashboard/audit',
  health: '/dashboard/health',
  usage: '/dashboard/usage',
  'portal-analytics': '/portal/analytics',
  'portal-tier': '/portal/settings/tier',
  'portal-get-started-signed-in': '/portal/get-started',
  'portal-get-started-agent': '/portal/get-started?step=2',
  'portal-get-started-credential': `/portal/get-started?step=3&agent=${agentId}`,
});

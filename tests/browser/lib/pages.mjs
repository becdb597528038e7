// Every page there is.

import assert from 'node:assert/strict';

import { credentialsOf } from './dashboard.mjs';

/** Opens a page, which must be there and not lead elsewhere. */
export async function reach(page, path) {
  const answer = await page.goto(path, { waitUntil: 'networkidle' });
  assert.equal(answer.status(), 200, path);
  assert.equal(new URL(page.url()).pathname, path);
}

/** Pages that anybody sees: name and path. */
export const open = (publicAgent) => ({
  login: '/dashboard/login',
  'portal-login': '/portal/login',
  portal: '/portal',
  'portal-pricing': '/portal/pricing',
  'portal-sdks': '/portal/sdks',
  'portal-api-explorer': '/portal/api-explorer',
  'portal-get-started': '/portal/get-started',
  'portal-marketplace': '/portal/marketplace',
  'portal-marketplace-agent': `/portal/marketplace/${publicAgent}`,
});

/** Pages that need a session: name and path. */
export const signedIn = (agentId) => ({
  agents: '/dashboard/agents',
  agent: `/dashboard/agents/${agentId}`,
  credentials: credentialsOf(agentId),
  audit: '/dashboard/audit',
  health: '/dashboard/health',
  usage: '/dashboard/usage',
  'portal-analytics': '/portal/analytics',
  'portal-tier': '/portal/settings/tier',
  'portal-get-started-signed-in': '/portal/get-started',
});

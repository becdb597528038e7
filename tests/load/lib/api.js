// The requests of the API that scenarios and their preparation send.
//
// Every request has a `name` tag with the route instead of the path: metrics and
// results know routes, not ids.

import http from 'k6/http';

import { base } from './settings.js';

const PREFIX = '/api/v1';

/** A request for a token, for `send` and `sendAll`. */
export function tokenRequest(client, scope) {
  const body = {
    grant_type: 'client_credentials',
    client_id: client.id,
    client_secret: client.secret,
  };
  if (scope !== undefined) {
    body.scope = scope;
  }
  return { method: 'POST', route: '/token', path: '/token', body, expected: 200 };
}

/** A registration of an agent under this e-mail address. */
export function registrationRequest(email, token) {
  const body = JSON.stringify({
    email,
    agentType: 'custom',
    version: '1.0.0',
    capabilities: ['load:test'],
    owner: 'load test',
    deploymentEnv: 'development',
  });
  return { method: 'POST', route: '/agents', path: '/agents', body, token, expected: 201 };
}

/** A new credential of an agent. */
export function credentialRequest(agentId, token) {
  return {
    method: 'POST',
    route: '/agents/:agentId/credentials',
    path: `/agents/${agentId}/credentials`,
    body: null,
    token,
    expected: 201,
  };
}

/** A new secret for an agent's credential. */
export function rotationRequest(agentId, credentialId, token) {
  return {
    method: 'POST',
    route: '/agents/:agentId/credentials/:credentialId/rotate',
    path: `/agents/${agentId}/credentials/${credentialId}/rotate`,
    body: null,
    token,
    expected: 200,
  };
}

/** A new organization with an administrator of this e-mail address. */
export function organizationRequest(slug, adminEmail, token) {
  const body = JSON.stringify({ name: `Load test ${slug}`, slug, adminEmail });
  const path = '/organizations';
  return { method: 'POST', route: path, path, body, token, expected: 201 };
}

/** The end of an organization. */
export function deletionRequest(organizationId, token) {
  return {
    method: 'DELETE',
    route: '/organizations/:orgId',
    path: `/organizations/${organizationId}`,
    body: null,
    token,
    expected: 204,
  };
}

/** Parameters of k6 for a request; another status than the expected one counts as failed. */
function parameters(request, tags) {
  const headers = {};
  if (request.token !== undefined) {
    headers.Authorization = `Bearer ${request.token}`;
  }
  if (typeof request.body === 'string') {
    headers['Content-Type'] = 'application/json';
  }
  return {
    headers,
    tags: { name: nameOf(request), ...tags },
    responseCallback: http.expectedStatuses(request.expected),
    timeout: '60s',
  };
}

/** Sends one request of a scenario; another status than the expected one is logged. */
export function send(request, tags) {
  const url = `${base}${PREFIX}${request.path}`;
  const response = http.request(request.method, url, request.body, parameters(request, tags));
  // k6 itself logs requests without an answer.
  if (response.status !== request.expected && response.status !== 0) {
    console.warn(`${nameOf(request)}: status ${response.status} ${codeOf(response)}`);
  }
  return response;
}

/** Sends requests of the preparation, a few at a time; returns their JSON answers in order. */
export function sendAll(requests) {
  const batch = requests.map((request) => ({
    method: request.method,
    url: `${base}${PREFIX}${request.path}`,
    body: request.body,
    params: parameters(request, {}),
  }));
  return http.batch(batch).map((response, index) => answer(response, requests[index]));
}

/** Sends one request of the preparation; returns its JSON answer. */
export function sendOne(request) {
  return sendAll([request])[0];
}

/** JSON of an answer; fails if the status is another than the expected one. */
function answer(response, request) {
  if (response.status !== request.expected) {
    throw unexpected(nameOf(request), response);
  }
  return request.expected === 204 ? null : response.json();
}

/** Why the preparation cannot go on; without the body, which may hold a secret. */
function unexpected(what, response) {
  const reason =
    response.status === 0
      ? `no answer (${response.error})`
      : `status ${response.status} ${codeOf(response)}`;
  return new Error(`${what} at ${base}: ${reason}`);
}

/** Method and route of a request. */
function nameOf(request) {
  return `${request.method} ${PREFIX}${request.route}`;
}

/** The machine-readable code of an error answer. */
function codeOf(response) {
  try {
    return response.json('code') || '';
  } catch {
    return '';
  }
}

/** Version of the server. */
export function serverVersion() {
  const name = 'GET /health';
  const response = http.get(`${base}/health`, { tags: { name } });
  if (response.status !== 200 && response.status !== 207) {
    throw unexpected(name, response);
  }
  return response.json('version');
}

// The API, to prepare what pages show and to see what they really did.

import assert from 'node:assert/strict';

export const TENANT = 'agents:read agents:write tokens:read audit:read';
export const PLATFORM = `admin:orgs ${TENANT}`;

/** The API of a server, as an agent with a token. */
export class Api {
  constructor(base, token) {
    this.base = base;
    this.token = token;
  }

  /** Signs in as a client. */
  static async of(base, client, scope = TENANT) {
    const answer = await Api.token(base, client, scope);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return new Api(base, answer.body.access_token);
  }

  /** Asks for a token; status and body of the answer. */
  static async token(base, { id, secret }, scope) {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
    });
    if (scope) {
      body.set('scope', scope);
    }
    const answer = await fetch(`${base}/api/v1/token`, { method: 'POST', body });
    return { status: answer.status, body: await answer.json() };
  }

  /** Sends a request that must succeed; its body. */
  async send(method, path, json) {
    const headers = { authorization: `Bearer ${this.token}` };
    if (json !== undefined) {
      headers['content-type'] = 'application/json';
    }
    const body = json === undefined ? undefined : JSON.stringify(json);
    const answer = await fetch(`${this.base}/api/v1${path}`, { method, headers, body });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  get(path) {
    return this.send('GET', path);
  }

  /** Registers an agent. */
  agent(email, more = {}) {
    return this.send('POST', '/agents', {
      email,
      agentType: 'screener',
      version: '1.0.0',
      capabilities: ['resume:read'],
      owner: 'talent-team',
      deploymentEnv: 'production',
      ...more,
    });
  }

  /** Generates a credential of an agent; its id, and the client it makes. */
  async credential(agentId, body = {}) {
    const made = await this.send('POST', `/agents/${agentId}/credentials`, body);
    return { credentialId: made.credentialId, id: made.clientId, secret: made.clientSecret };
  }

  /** Registers an agent with a credential. */
  async client(email, more = {}) {
    const { agentId } = await this.agent(email, more);
    return this.credential(agentId);
  }

  /** Creates an organization; its id, and its first administrator as client. */
  async organization(slug, more = {}) {
    const body = { name: slug, slug, adminEmail: `admin@${slug}.example`, ...more };
    const made = await this.send('POST', '/organizations', body);
    const { clientId: id, clientSecret: secret } = made.admin;
    return { organizationId: made.organizationId, id, secret };
  }

  async status(agentId) {
    return (await this.get(`/agents/${agentId}`)).status;
  }

  suspend(agentId) {
    return this.send('PATCH', `/agents/${agentId}`, { status: 'suspended' });
  }
}

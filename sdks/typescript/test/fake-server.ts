import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

import { AgentIdPClient } from '../src/index.js';

export const CLIENT_ID = 'a1b2c3d4-0000-4000-8000-000000000001';
export const SECRET = `sk_live_${'5ec2e7'.repeat(10)}abcd`;

/** A request as the server got it. */
export interface Received {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What the server answers; texts are sent as they are, everything else as JSON. */
export interface Reply {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Decides on the answer; `undefined` lets the request wait for ever. */
export type Handler = (request: Received) => Reply | undefined | Promise<Reply | undefined>;

/** A server on a free port of this machine that notes what it gets. */
export class FakeServer {
  readonly received: Received[] = [];
  /** Base URL of the server. */
  url = '';
  /** Answers the API, the token endpoint excepted. */
  api: Handler = () => ({ body: {} });
  /** Answers the token endpoint: `token-1`, `token-2` … by default. */
  token: Handler = () => ({ body: token(`token-${this.tokenRequests.length}`) });
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Starts a server that ends with the test. */
  static async start(test: TestContext): Promise<FakeServer> {
    const fake = new FakeServer();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    test.after(() => fake.stop());
    fake.url = `http://127.0.0.1:${(fake.#server.address() as AddressInfo).port}`;
    return fake;
  }

  /** Ends the server; nobody listens on its port any more. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  get tokenRequests(): Received[] {
    return this.received.filter(({ url }) => url === '/api/v1/token');
  }

  get apiRequests(): Received[] {
    return this.received.filter(({ url }) => url !== '/api/v1/token');
  }

  client(settings: { scopes?: string[]; timeoutMs?: number } = {}): AgentIdPClient {
    return new AgentIdPClient({
      baseUrl: this.url,
      clientId: CLIENT_ID,
      clientSecret: SECRET,
      ...settings,
    });
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) {
      chunks.push(chunk as Buffer);
    }
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body: Buffer.concat(chunks).toString() };
    this.received.push(request);
    const reply = await (url === '/api/v1/token' ? this.token : this.api)(request);
    if (reply === undefined) {
      return;
    }
    const { status = 200, body, headers: extra = {} } = reply;
    response.writeHead(status, { 'Content-Type': 'application/json', ...extra });
    response.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
  }
}

/** An answer of the token endpoint. */
export function token(value: string, expiresIn = 3600): Record<string, unknown> {
  return {
    access_token: value,
    token_type: 'Bearer',
    expires_in: expiresIn,
    scope: 'agents:read',
  };
}

/** An error answer of the API. */
export function failure(
  status: number,
  code: string,
  details?: Record<string, unknown>,
  headers?: Record<string, string>,
): Reply {
  const body = { code, message: `Message of ${code}.`, ...(details && { details }) };
  return { status, body, ...(headers && { headers }) };
}

/** A promise and its resolution. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

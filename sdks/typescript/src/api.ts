import { AgentIdPError, invalidResponse } from './errors.js';
import type { ApiAnswer, ApiRequest, HttpTransport } from './http.js';
import type { TokenManager } from './token-manager.js';

/** Methods that may be repeated without a second effect. */
const IDEMPOTENT: readonly ApiRequest['method'][] = ['GET', 'DELETE'];

/** Calls the API as the client's agent. */
export class ApiTransport {
  readonly #http: HttpTransport;
  readonly #tokens: TokenManager;

  constructor(http: HttpTransport, tokens: TokenManager) {
    this.#http = http;
    this.#tokens = tokens;
  }

  /** Token manager that the calls are authorized by. */
  get tokens(): TokenManager {
    return this.#tokens;
  }

  /** A call that is answered with an object. */
  async fetch<T extends object>(request: ApiRequest): Promise<T> {
    return objectOf<T>(await this.#authorized(request));
  }

  /** A call whose answer says nothing. */
  async run(request: ApiRequest): Promise<void> {
    await this.#authorized(request);
  }

  /** A call without a token that is answered with an object. */
  async fetchPublic<T extends object>(request: ApiRequest): Promise<T> {
    return objectOf<T>(await this.#http.send(request));
  }

  async #authorized(request: ApiRequest): Promise<ApiAnswer> {
    const token = await this.#tokens.getToken();
    try {
      return await this.#http.send(request, token);
    } catch (error) {
      if (!(error instanceof AgentIdPError && error.httpStatus === 401)) {
        throw error;
      }
      this.#tokens.invalidate(token);
      if (!IDEMPOTENT.includes(request.method)) {
        throw error;
      }
    }
    return this.#http.send(request, await this.#tokens.getToken());
  }
}

function objectOf<T extends object>({ status, body }: ApiAnswer): T {
  if (typeof body !== 'object' || body === null) {
    throw invalidResponse(status, 'The server answered without the expected JSON object.');
  }
  return body as unknown as T;
}

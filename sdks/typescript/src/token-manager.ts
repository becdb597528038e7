import { invalidArgument, invalidResponse, isObject } from './errors.js';
import { HttpTransport, path } from './http.js';
import type { ApiAnswer } from './http.js';
import type { Token } from './models/index.js';

/** A cached token is used while at least this much of its life remains. */
const MIN_REST_MS = 60_000;

/** What RFC 6750 allows in a header; anything else would end up in error texts. */
const BEARER_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** Options of a {@link TokenManager}. */
export interface TokenManagerOptions {
  /** Time limit of a request in milliseconds; 30000 by default. */
  timeoutMs?: number;
}

interface CachedToken {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly usableUntil: number;
}

/**
 * Gets access tokens with client credentials and keeps the last one in memory. One
 * request runs at a time; callers that wait for it share its result, also its
 * failure. Can be used alone.
 */
export class TokenManager {
  readonly #http: HttpTransport;
  readonly #clientId: string;
  readonly #clientSecret: string;
  readonly #scope: string;
  #cached: CachedToken | undefined;
  #pending: Promise<string> | undefined;

  /**
   * @param baseUrl - origin of the server, e.g. `http://localhost:3000`
   * @param clientId - id of the agent
   * @param clientSecret - secret of one of its credentials
   * @param scope - scopes separated by spaces; empty for the server's default
   * @param options - further settings
   * @throws {@link AgentIdPError} `INVALID_ARGUMENT` for settings that cannot work
   */
  constructor(
    baseUrl: string,
    clientId: string,
    clientSecret: string,
    scope: string,
    options: TokenManagerOptions = {},
  ) {
    for (const [name, value] of Object.entries({ clientId, clientSecret })) {
      if (typeof value !== 'string' || value === '') {
        throw invalidArgument(`${name} must not be empty.`);
      }
    }
    this.#http = new HttpTransport(baseUrl, options.timeoutMs);
    this.#clientId = clientId;
    this.#clientSecret = clientSecret;
    this.#scope = scope;
  }

  /**
   * The cached access token, or a new one if less than 60 s of its life remain.
   *
   * @returns the JWT
   * @throws {@link AgentIdPError} when no token is granted; nothing is cached then
   */
  async getToken(): Promise<string> {
    if (this.#cached !== undefined && Date.now() <= this.#cached.usableUntil) {
      return this.#cached.value;
    }
    return (this.#pending ??= this.#renew());
  }

  /** Forgets the cached token: the next call fetches a new one. */
  clearCache(): void {
    this.#cached = undefined;
    this.#pending = undefined;
  }

  /**
   * Forgets one token that the server refused, unless a newer one is cached already.
   *
   * @param token - the refused access token
   */
  invalidate(token: string): void {
    if (this.#cached?.value === token) {
      this.#cached = undefined;
    }
  }

  /**
   * Requests a token, past the cache.
   *
   * @param scope - scopes separated by spaces; those of this manager by default
   * @param nonce - repeated in the ID token
   * @returns the answer of the token endpoint
   * @throws {@link AgentIdPError} when no token is granted
   */
  async issue(scope: string = this.#scope, nonce?: string): Promise<Token> {
    const answer = await this.#http.send({
      method: 'POST',
      path: path`/token`,
      form: {
        grant_type: 'client_credentials',
        client_id: this.#clientId,
        client_secret: this.#clientSecret,
        scope: scope === '' ? undefined : scope,
        nonce,
      },
    });
    return tokenOf(answer);
  }

  #renew(): Promise<string> {
    const begin = Date.now();
    const pending: Promise<string> = this.issue()
      .then(({ accessToken, expiresIn }) => {
        // After a clearCache() in between the token may be of an old secret.
        if (this.#pending === pending) {
          const usableUntil = begin + expiresIn * 1000 - MIN_REST_MS;
          this.#cached = { value: accessToken, usableUntil };
        }
        return accessToken;
      })
      .finally(() => {
        if (this.#pending === pending) {
          this.#pending = undefined;
        }
      });
    return pending;
  }
}

function tokenOf({ status, body }: ApiAnswer): Token {
  const answer = isObject(body) ? body : {};
  const { access_token, token_type, expires_in, scope, id_token } = answer;
  if (typeof access_token !== 'string' || !BEARER_TOKEN.test(access_token)) {
    throw invalidResponse(status, 'The answer of the token endpoint has no usable access_token.');
  }
  if (typeof expires_in !== 'number' || typeof token_type !== 'string') {
    throw invalidResponse(status, 'The answer of the token endpoint lacks expires_in or token_type.');
  }
  return {
    accessToken: access_token,
    tokenType: token_type,
    expiresIn: expires_in,
    scope: typeof scope === 'string' ? scope : '',
    ...(typeof id_token === 'string' ? { idToken: id_token } : {}),
  };
}

import type { ApiTransport } from '../api.js';
import { path } from '../http.js';
import type { Introspection } from '../models/index.js';

/** Introspection and revocation of tokens: with `tokens:read`, or of an own token. */
export class TokenClient {
  readonly #api: ApiTransport;

  /** @internal */
  constructor(api: ApiTransport) {
    this.#api = api;
  }

  /**
   * Asks what a token is worth (RFC 7662).
   *
   * @param token - the access token in question
   * @returns its claims, or only `active: false` when the API would not accept it
   * @throws {@link AgentIdPError} e.g. `FORBIDDEN`
   */
  async introspectToken(token: string): Promise<Introspection> {
    const answer = await this.#api.fetch<IntrospectionAnswer>({
      method: 'POST',
      path: path`/token/introspect`,
      form: { token },
    });
    return introspectionOf(answer);
  }

  /**
   * Revokes a token of the calling agent (RFC 7009). Also succeeds for tokens that
   * are revoked, expired or unknown.
   *
   * @param token - the access token to revoke
   * @returns nothing
   * @throws {@link AgentIdPError} e.g. `AUTHORIZATION_ERROR` for a token of another agent
   */
  async revokeToken(token: string): Promise<void> {
    await this.#api.run({ method: 'POST', path: path`/token/revoke`, form: { token } });
    this.#api.tokens.invalidate(token);
  }
}

/** The answer of the server, whose names are those of the standard. */
interface IntrospectionAnswer
  extends Omit<Introspection, 'clientId' | 'tokenType' | 'organizationId'> {
  client_id?: string;
  token_type?: string;
  organization_id?: string;
}

function introspectionOf(answer: IntrospectionAnswer): Introspection {
  const { client_id, token_type, organization_id, ...others } = answer;
  return {
    ...others,
    ...(client_id === undefined ? {} : { clientId: client_id }),
    ...(token_type === undefined ? {} : { tokenType: token_type }),
    ...(organization_id === undefined ? {} : { organizationId: organization_id }),
  };
}

import type { IssueTokenRequest, Token } from '../models/index.js';
import type { TokenManager } from '../token-manager.js';

/** Explicit token requests, for tokens that are handed to other programs. */
export class OAuth2Client {
  readonly #tokens: TokenManager;

  /** @internal */
  constructor(tokens: TokenManager) {
    this.#tokens = tokens;
  }

  /**
   * Issues a token for the client's agent. It is neither taken from nor put into the
   * cache that the other calls use.
   *
   * @param request - options; the scopes of the client by default
   * @returns the token
   * @throws {@link AgentIdPError} e.g. `VALIDATION_ERROR` for a scope outside the grant,
   * `UNAUTHORIZED`, `AGENT_SUSPENDED`
   */
  async issueToken(request: IssueTokenRequest = {}): Promise<Token> {
    return this.#tokens.issue(request.scope, request.nonce);
  }
}

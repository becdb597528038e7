import type { ApiTransport } from '../api.js';
import { path } from '../http.js';
import type {
  CreateDelegationRequest,
  DelegationChain,
  DelegationVerification,
} from '../models/index.js';

/** Delegation of scopes between agents of one organization. */
export class DelegationClient {
  readonly #api: ApiTransport;

  /** @internal */
  constructor(api: ApiTransport) {
    this.#api = api;
  }

  /**
   * Delegates scopes of the caller's token. Each call makes a new chain.
   *
   * @param request - what to delegate, to whom and for how long
   * @returns the chain with the token that the delegatee shows
   * @throws {@link AgentIdPError} e.g. `SCOPE_EXCEEDS_DELEGATOR`, `CROSS_TENANT_DELEGATION`,
   * `AGENT_NOT_FOUND`
   */
  async createDelegation(request: CreateDelegationRequest): Promise<DelegationChain> {
    return this.#api.fetch({ method: 'POST', path: path`/oauth2/token/delegate`, json: request });
  }

  /**
   * Verifies a delegation token. Compare `delegateeAgentId` of the result with the
   * authenticated id of whoever presented the token.
   *
   * @param delegationToken - what the delegatee showed
   * @returns whether the delegation holds, and what it covers
   * @throws {@link AgentIdPError} e.g. `VALIDATION_ERROR`
   */
  async verifyDelegation(delegationToken: string): Promise<DelegationVerification> {
    return this.#api.fetch({
      method: 'POST',
      path: path`/oauth2/token/verify-delegation`,
      json: { delegationToken },
    });
  }

  /**
   * Revokes a delegation, with effect at once. Repeating it does no harm.
   *
   * @param chainId - id of the chain
   * @returns nothing
   * @throws {@link AgentIdPError} e.g. `DELEGATION_NOT_FOUND`, `AUTHORIZATION_ERROR`
   */
  async revokeDelegation(chainId: string): Promise<void> {
    return this.#api.run({ method: 'DELETE', path: path`/oauth2/token/delegate/${chainId}` });
  }
}

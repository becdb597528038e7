import type { ApiTransport } from '../api.js';
import { path } from '../http.js';
import type { ListPublicAgentsParams, Page, PublicAgentCard } from '../models/index.js';

/** The public agents of all organizations. No token is sent. */
export class MarketplaceClient {
  readonly #api: ApiTransport;

  /** @internal */
  constructor(api: ApiTransport) {
    this.#api = api;
  }

  /**
   * Searches public agents, last published first.
   *
   * @param params - filters and page
   * @returns one page of cards
   * @throws {@link AgentIdPError} e.g. `VALIDATION_ERROR`, `NOT_FOUND` where the
   * marketplace is switched off
   */
  async listPublicAgents(params: ListPublicAgentsParams = {}): Promise<Page<PublicAgentCard>> {
    return this.#api.fetchPublic({
      method: 'GET',
      path: path`/marketplace/agents`,
      query: { ...params },
    });
  }

  /**
   * Reads the card of one public agent, with its DID document.
   *
   * @param agentId - id of the agent
   * @returns the card
   * @throws {@link AgentIdPError} e.g. `AGENT_NOT_FOUND`
   */
  async getPublicAgent(agentId: string): Promise<PublicAgentCard> {
    return this.#api.fetchPublic({ method: 'GET', path: path`/marketplace/agents/${agentId}` });
  }
}

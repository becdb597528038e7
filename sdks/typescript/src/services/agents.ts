import type { ApiTransport } from '../api.js';
import { path } from '../http.js';
import type {
  Agent,
  ListAgentsParams,
  Page,
  RegisterAgentRequest,
  UpdateAgentRequest,
} from '../models/index.js';

/** The agents of the caller's organization. */
export class AgentRegistryClient {
  readonly #api: ApiTransport;

  /** @internal */
  constructor(api: ApiTransport) {
    this.#api = api;
  }

  /**
   * Registers an agent. Needs `agents:write`.
   *
   * @param request - the new agent
   * @returns the agent with its id
   * @throws {@link AgentIdPError} e.g. `VALIDATION_ERROR`, `AGENT_ALREADY_EXISTS`,
   * `FREE_TIER_LIMIT_EXCEEDED`
   */
  async registerAgent(request: RegisterAgentRequest): Promise<Agent> {
    return this.#api.fetch({ method: 'POST', path: path`/agents`, json: request });
  }

  /**
   * Lists agents, newest first, decommissioned ones included. Needs `agents:read`.
   *
   * @param params - filters and page
   * @returns one page of agents
   * @throws {@link AgentIdPError} e.g. `VALIDATION_ERROR`
   */
  async listAgents(params: ListAgentsParams = {}): Promise<Page<Agent>> {
    return this.#api.fetch({ method: 'GET', path: path`/agents`, query: { ...params } });
  }

  /**
   * Reads one agent. Needs `agents:read`.
   *
   * @param agentId - id of the agent
   * @returns the agent
   * @throws {@link AgentIdPError} e.g. `AGENT_NOT_FOUND`
   */
  async getAgent(agentId: string): Promise<Agent> {
    return this.#api.fetch({ method: 'GET', path: path`/agents/${agentId}` });
  }

  /**
   * Changes an agent; what the request leaves out stays. Needs `agents:write`.
   *
   * @param agentId - id of the agent
   * @param request - at least one change
   * @returns the changed agent
   * @throws {@link AgentIdPError} e.g. `AGENT_NOT_FOUND`, `AGENT_DECOMMISSIONED`
   */
  async updateAgent(agentId: string, request: UpdateAgentRequest): Promise<Agent> {
    return this.#api.fetch({ method: 'PATCH', path: path`/agents/${agentId}`, json: request });
  }

  /**
   * Decommissions an agent for good: its credentials are revoked and its tokens end.
   * Needs `agents:write`.
   *
   * @param agentId - id of the agent
   * @returns nothing
   * @throws {@link AgentIdPError} e.g. `AGENT_NOT_FOUND`, `AGENT_ALREADY_DECOMMISSIONED`
   */
  async decommissionAgent(agentId: string): Promise<void> {
    return this.#api.run({ method: 'DELETE', path: path`/agents/${agentId}` });
  }
}

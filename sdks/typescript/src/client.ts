import { ApiTransport } from './api.js';
import { HttpTransport } from './http.js';
import type { Scope } from './models/index.js';
import { AgentRegistryClient } from './services/agents.js';
import { AuditClient } from './services/audit.js';
import { CredentialClient } from './services/credentials.js';
import { DelegationClient } from './services/delegation.js';
import { MarketplaceClient } from './services/marketplace.js';
import { OAuth2Client } from './services/oauth2.js';
import { TokenClient } from './services/tokens.js';
import { TokenManager } from './token-manager.js';

/** Scopes that a client asks for without a setting. */
export const DEFAULT_SCOPES: readonly Scope[] = [
  'agents:read',
  'agents:write',
  'tokens:read',
  'audit:read',
];

/** Settings of an {@link AgentIdPClient}. */
export interface AgentIdPClientConfig {
  /** Origin of the server, e.g. `http://localhost:3000`; `/api/v1` is added. */
  baseUrl: string;
  /** Id of the agent that the client speaks for. */
  clientId: string;
  /** Secret of one of its credentials. */
  clientSecret: string;
  /**
   * Scopes to ask for, all of them in the agent's `allowedScopes`. The four of
   * {@link DEFAULT_SCOPES} by default; an empty list asks for the server's default.
   */
  scopes?: readonly Scope[];
  /** Time limit of each request in milliseconds; 30000 by default. */
  timeoutMs?: number;
}

/**
 * Client of an AgentIdP server, for any number of parallel calls. It gets, keeps and
 * renews its access token by itself.
 */
export class AgentIdPClient {
  /** Origin of the server. */
  readonly baseUrl: string;
  /** Registry of agents. */
  readonly agents: AgentRegistryClient;
  /** Credentials of agents. */
  readonly credentials: CredentialClient;
  /** Introspection and revocation of tokens. */
  readonly tokens: TokenClient;
  /** Audit log. */
  readonly audit: AuditClient;
  /** Explicit token requests. */
  readonly oauth2: OAuth2Client;
  /** Public agents. */
  readonly marketplace: MarketplaceClient;
  /** Delegation between agents. */
  readonly delegation: DelegationClient;
  readonly #tokenManager: TokenManager;

  /**
   * @param config - where the server is and whom the client speaks for
   * @throws {@link AgentIdPError} `INVALID_ARGUMENT` for settings that cannot work
   */
  constructor(config: AgentIdPClientConfig) {
    const { baseUrl, clientId, clientSecret, timeoutMs } = config;
    const scope = (config.scopes ?? DEFAULT_SCOPES).join(' ');
    const http = new HttpTransport(baseUrl, timeoutMs);
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    this.#tokenManager = new TokenManager(http.baseUrl, clientId, clientSecret, scope, options);
    const api = new ApiTransport(http, this.#tokenManager);
    this.baseUrl = http.baseUrl;
    this.agents = new AgentRegistryClient(api);
    this.credentials = new CredentialClient(api);
    this.tokens = new TokenClient(api);
    this.audit = new AuditClient(api);
    this.oauth2 = new OAuth2Client(this.#tokenManager);
    this.marketplace = new MarketplaceClient(api);
    this.delegation = new DelegationClient(api);
  }

  /** Forgets the cached token: the next call fetches a new one. */
  clearTokenCache(): void {
    this.#tokenManager.clearCache();
  }
}

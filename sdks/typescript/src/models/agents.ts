import type { OpenEnum } from './json.js';
import type { PageParams } from './page.js';

/** What an agent does. */
export type AgentType = OpenEnum<
  | 'screener'
  | 'classifier'
  | 'orchestrator'
  | 'extractor'
  | 'summarizer'
  | 'router'
  | 'monitor'
  | 'custom'
>;

/** Where an agent runs. */
export type DeploymentEnv = OpenEnum<'development' | 'staging' | 'production'>;

/** Life-cycle state of an agent; `decommissioned` is final. */
export type AgentStatus = OpenEnum<'active' | 'suspended' | 'decommissioned'>;

/** OAuth 2.0 scope that a token may carry. */
export type Scope = OpenEnum<
  | 'openid'
  | 'agents:read'
  | 'agents:write'
  | 'tokens:read'
  | 'audit:read'
  | 'webhooks:read'
  | 'webhooks:write'
  | 'admin:orgs'
>;

/** An agent of the caller's organization. Times are ISO 8601 in UTC. */
export interface Agent {
  /** Immutable UUID; also its OAuth 2.0 `client_id` and the `sub` of its tokens. */
  agentId: string;
  /** Organization that owns the record. */
  organizationId: string;
  /** Unique address, immutable. */
  email: string;
  /** What it does. */
  agentType: AgentType;
  /** Its version, e.g. `1.4.2`. */
  version: string;
  /** What it can do, normally `resource:action`. */
  capabilities: string[];
  /** Developer or team that answers for it. */
  owner: string;
  /** Where it runs. */
  deploymentEnv: DeploymentEnv;
  /** Life-cycle state. */
  status: AgentStatus;
  /** Grant: scopes that its tokens may carry. */
  allowedScopes: Scope[];
  /** Whether it is listed in the marketplace. */
  isPublic: boolean;
  /** When it was registered. */
  createdAt: string;
  /** When it was last changed. */
  updatedAt: string;
  /** `did:web` identifier, once generated. */
  did?: string;
  /** When the identifier was generated. */
  didCreatedAt?: string;
  /** When it became public for the first time. */
  publishedAt?: string;
}

/** A new agent. Its organization is that of the caller. */
export interface RegisterAgentRequest {
  /** Unique over the whole installation, at most 254 characters. */
  email: string;
  /** What it does. */
  agentType: AgentType;
  /** At most 64 characters, e.g. `1.4.2`. */
  version: string;
  /** At most 100 entries, normally `resource:action`; may be empty. */
  capabilities: string[];
  /** 1 to 128 characters. */
  owner: string;
  /** Where it runs. */
  deploymentEnv: DeploymentEnv;
  /** `["agents:read"]` by default. */
  allowedScopes?: Scope[];
  /** `false` by default. */
  isPublic?: boolean;
}

/** Changes to an agent: what is left out stays, arrays are replaced as a whole. */
export interface UpdateAgentRequest {
  /** What it does. */
  agentType?: AgentType;
  /** At most 64 characters, e.g. `1.4.2`. */
  version?: string;
  /** At most 100 entries. */
  capabilities?: string[];
  /** 1 to 128 characters. */
  owner?: string;
  /** Where it runs. */
  deploymentEnv?: DeploymentEnv;
  /** Suspension ends all tokens of the agent; decommissioning is final. */
  status?: AgentStatus;
  /** Holds for tokens issued afterwards. */
  allowedScopes?: Scope[];
  /** Whether it is listed in the marketplace. */
  isPublic?: boolean;
}

/** Filters of the list of agents; all that are given hold together. */
export interface ListAgentsParams extends PageParams {
  /** Exactly this owner. */
  owner?: string;
  /** Exactly this type. */
  agentType?: AgentType;
  /** Exactly this state; all states without it. */
  status?: AgentStatus;
}

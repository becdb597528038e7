import type { Scope } from './agents.js';

/** What to delegate, and to whom. */
export interface CreateDelegationRequest {
  /** An active agent of the same organization, not the caller. */
  delegateeAgentId: string;
  /** 1 to 50 scopes that the caller's token holds; never `admin:orgs`. */
  scopes: Scope[];
  /** Lifetime in seconds, 60 to 86400. */
  ttlSeconds: number;
}

/** A delegation of scopes from one agent to another. Times are ISO 8601 in UTC. */
export interface DelegationChain {
  /** Id of the chain; `chainId` elsewhere. */
  id: string;
  /** Organization of both agents. */
  tenantId: string;
  /** Agent that delegates. */
  delegatorAgentId: string;
  /** Agent that receives. */
  delegateeAgentId: string;
  /** Delegated scopes. */
  scopes: Scope[];
  /** What the delegatee shows. Keep it out of logs. */
  delegationToken: string;
  /** HMAC-SHA256 of the token, hexadecimal. */
  signature?: string;
  /** Lifetime in seconds. */
  ttlSeconds: number;
  /** Begin. */
  issuedAt: string;
  /** End. */
  expiresAt: string;
  /** When it was revoked; `null` if it is not. */
  revokedAt?: string | null;
  /** When the chain was made. */
  createdAt: string;
}

/**
 * Result of a verification. For an unknown chain or a wrong signature `scopes` is
 * empty and everything else `null`. Who presented the token is not checked: compare
 * `delegateeAgentId` with the authenticated id of the presenter.
 */
export interface DelegationVerification {
  /** Whether the delegation holds now. */
  valid: boolean;
  /** Id of the chain. */
  chainId: string | null;
  /** Agent that delegated. */
  delegatorAgentId: string | null;
  /** Agent that received. */
  delegateeAgentId: string | null;
  /** Delegated scopes. */
  scopes: Scope[];
  /** Begin. */
  issuedAt: string | null;
  /** End. */
  expiresAt: string | null;
  /** When it was revoked; `null` if it is not. */
  revokedAt?: string | null;
}

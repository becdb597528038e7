import type { AgentType, DeploymentEnv } from './agents.js';
import type { JsonObject } from './json.js';
import type { PageParams } from './page.js';

/** What everybody may know about a public agent. */
export interface PublicAgentCard {
  /** UUID of the agent. */
  agentId: string;
  /** What it does. */
  agentType: AgentType;
  /** Its version. */
  version: string;
  /** What it can do. */
  capabilities: string[];
  /** The publisher. */
  owner: string;
  /** Where it runs. */
  deploymentEnv: DeploymentEnv;
  /** `did:web` identifier; `null` if it has none. */
  did?: string | null;
  /** Its DID document in short; `null` in lists and if it has none. */
  didDocument?: MinimalDidDocument | null;
  /** When it was first made public, ISO 8601 in UTC. */
  publishedAt: string;
}

/** The part of a DID document (W3C DID Core) that identifies and authenticates. */
export interface MinimalDidDocument {
  /** JSON-LD contexts. */
  '@context': string[];
  /** DID of the agent. */
  id: string;
  /** DID of the installation. */
  controller: string;
  /** Public keys. */
  verificationMethod: VerificationMethod[];
  /** DID URLs of the keys that authenticate it. */
  authentication: string[];
}

/** A public key of a DID document. */
export interface VerificationMethod {
  /** DID URL of the key. */
  id: string;
  /** Kind of the key, e.g. `JsonWebKey2020`. */
  type: string;
  /** DID that controls the key. */
  controller: string;
  /** Public key, RFC 7517. */
  publicKeyJwk: JsonObject;
}

/** Filters of the marketplace; all that are given hold together. */
export interface ListPublicAgentsParams extends PageParams {
  /** Words that all occur in owner, capabilities or type; at most 256 characters. */
  q?: string;
  /** Exactly one of the capabilities. */
  capability?: string;
  /** Exactly the owner. */
  publisher?: string;
}

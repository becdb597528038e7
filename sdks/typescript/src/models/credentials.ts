import type { OpenEnum } from './json.js';
import type { PageParams } from './page.js';

/** State of a credential; expiry does not change it. */
export type CredentialStatus = OpenEnum<'active' | 'revoked'>;

/** A credential of an agent, without its secret. Times are ISO 8601 in UTC. */
export interface Credential {
  /** Immutable UUID, survives rotation. */
  credentialId: string;
  /** The id of the agent. */
  clientId: string;
  /** `active` or `revoked`. */
  status: CredentialStatus;
  /** When it was generated; rotation leaves it alone. */
  createdAt: string;
  /** When it expires; `null` if never. */
  expiresAt?: string | null;
  /** When it was revoked; `null` if it is not. */
  revokedAt?: string | null;
}

/** A credential with its secret, which is shown this one time only. */
export interface CredentialWithSecret extends Credential {
  /** `sk_live_` and 64 hexadecimal characters. Keep it out of logs. */
  clientSecret: string;
}

/** Options of generation and rotation. */
export interface CredentialRequest {
  /**
   * Expiry in the future, ISO 8601. Without it the credential does not expire;
   * rotation without it removes an expiry set before.
   */
  expiresAt?: string;
}

/** Filters of the list of credentials. */
export interface ListCredentialsParams extends PageParams {
  /** Exactly this state. */
  status?: CredentialStatus;
}

/** An issued access token. */
export interface Token {
  /** JWT of the profile RFC 9068. Keep it out of logs. */
  accessToken: string;
  /** `Bearer`. */
  tokenType: string;
  /** Lifetime in seconds. */
  expiresIn: number;
  /** Granted scopes, separated by spaces. */
  scope: string;
  /** ID token, when the scope `openid` was granted. */
  idToken?: string;
}

/** Options of an explicit token request. */
export interface IssueTokenRequest {
  /**
   * Scopes separated by spaces, all of them in the agent's `allowedScopes`. The
   * scopes of the client by default; an empty text asks for the server's default.
   */
  scope?: string;
  /** 1 to 255 characters, repeated in the ID token. */
  nonce?: string;
}

/**
 * What the server knows about a token (RFC 7662). Only `active` is there for a
 * token that the API would not accept.
 */
export interface Introspection {
  /** Whether the API would accept the token now. */
  active: boolean;
  /** Issuer. */
  iss?: string;
  /** Audience. */
  aud?: string;
  /** Agent that the token speaks for. */
  sub?: string;
  /** Client that it was issued to; equals `sub`. */
  clientId?: string;
  /** Scopes, separated by spaces. */
  scope?: string;
  /** `Bearer`. */
  tokenType?: string;
  /** Issued at, Unix seconds. */
  iat?: number;
  /** Expires at, Unix seconds. */
  exp?: number;
  /** Id of the token. */
  jti?: string;
  /** Organization of the agent. */
  organizationId?: string;
}

package agentidp

import "fmt"

// Token is the answer of the token endpoint (RFC 6749 section 5.1). Printing it
// does not show the tokens.
type Token struct {
	// AccessToken is the JWT to send as Bearer token.
	AccessToken string `json:"access_token"`
	// TokenType is Bearer.
	TokenType string `json:"token_type"`
	// ExpiresIn is the lifetime in seconds.
	ExpiresIn int64 `json:"expires_in"`
	// Scope lists the granted scopes, separated by spaces.
	Scope string `json:"scope"`
	// IDToken is the OpenID Connect ID token; empty unless openid was granted.
	IDToken string `json:"id_token,omitempty"`
}

// String describes the token without its value.
func (t Token) String() string {
	return fmt.Sprintf("Token{TokenType: %q, ExpiresIn: %d, Scope: %q, AccessToken: %s}",
		t.TokenType, t.ExpiresIn, t.Scope, redacted)
}

// GoString is String, for the verb %#v.
func (t Token) GoString() string { return t.String() }

// Format writes String for every verb, so that none shows the tokens.
func (t Token) Format(state fmt.State, _ rune) { writeText(state, t.String()) }

// IssueTokenRequest holds the options of an explicit token request. Zero values
// are left out.
type IssueTokenRequest struct {
	// Scope lists the scopes, separated by single spaces; empty means the scope
	// of the client's configuration.
	Scope string
	// Nonce is echoed in the ID token.
	Nonce string
}

// Introspection tells what a token is worth (RFC 7662 section 2.2). Only Active
// is set for a token that the API would not accept.
type Introspection struct {
	// Active tells whether the API would accept the token now.
	Active bool `json:"active"`
	// Iss is the issuer.
	Iss string `json:"iss,omitempty"`
	// Aud is the audience.
	Aud string `json:"aud,omitempty"`
	// Sub is the agent.
	Sub string `json:"sub,omitempty"`
	// ClientID is the OAuth client, the same as Sub.
	ClientID string `json:"client_id,omitempty"`
	// Scope lists the scopes, separated by spaces.
	Scope string `json:"scope,omitempty"`
	// TokenType is Bearer.
	TokenType string `json:"token_type,omitempty"`
	// Iat is the time of issue in Unix seconds.
	Iat int64 `json:"iat,omitempty"`
	// Exp is the time of expiry in Unix seconds.
	Exp int64 `json:"exp,omitempty"`
	// Jti is the id of the token.
	Jti string `json:"jti,omitempty"`
	// OrganizationID is the organization of the agent.
	OrganizationID string `json:"organization_id,omitempty"`
}

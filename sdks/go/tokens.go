package agentidp

import (
	"context"
	"net/http"
	"net/url"
)

// TokenServiceClient introspects and revokes access tokens. Tokens of the
// caller need no scope, others tokens:read.
type TokenServiceClient struct{ transport *transport }

// IntrospectToken tells whether a token is active, and its claims if so.
func (c *TokenServiceClient) IntrospectToken(ctx context.Context, token string) (*Introspection, error) {
	return fetch[Introspection](ctx, c.transport, tokenRequest("introspect", token))
}

// RevokeToken ends a token of the caller. A token that has already ended is no
// error. The client drops the token if it is the one in its cache.
func (c *TokenServiceClient) RevokeToken(ctx context.Context, token string) error {
	if err := c.transport.call(ctx, tokenRequest("revoke", token), nil); err != nil {
		return err
	}
	c.transport.tokens.invalidate(token)
	return nil
}

func tokenRequest(action, token string) request {
	return request{method: http.MethodPost, path: []string{"token", action}, form: url.Values{"token": {token}}}
}

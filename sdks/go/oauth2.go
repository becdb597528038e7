package agentidp

import "context"

// OAuth2Client issues tokens explicitly. Calls of the other groups need none:
// they fetch their token themselves.
type OAuth2Client struct{ transport *transport }

// IssueToken requests a new token with the client's credential, e.g. with other
// scopes or for an ID token. The result is not cached. The request may be nil.
func (c *OAuth2Client) IssueToken(ctx context.Context, req *IssueTokenRequest) (*Token, error) {
	if req == nil {
		req = &IssueTokenRequest{}
	}
	tokens := c.transport.tokens
	return tokens.issue(ctx, firstOf(req.Scope, tokens.scope), req.Nonce)
}

package agentidp

import (
	"context"
	"net/http"
)

// CredentialsClient manages the credentials of agents. It needs the scope
// agents:write, or none for the caller's own credentials.
type CredentialsClient struct{ transport *transport }

// GenerateCredential makes a credential for an active agent and returns its
// secret, once. The options may be nil. Not idempotent: each call makes a new
// credential.
func (c *CredentialsClient) GenerateCredential(ctx context.Context, agentID string, req *CredentialRequest) (*CredentialWithSecret, error) {
	return c.issue(ctx, []string{"agents", agentID, "credentials"}, req)
}

// ListCredentials returns a page of an agent's credentials, newest first,
// without secrets. The parameters may be nil.
func (c *CredentialsClient) ListCredentials(ctx context.Context, agentID string, params *ListCredentialsParams) (*Page[Credential], error) {
	if params == nil {
		params = &ListCredentialsParams{}
	}
	query := pageQuery(params.Page, params.Limit)
	setText(query, "status", params.Status)
	return fetch[Page[Credential]](ctx, c.transport, request{
		method: http.MethodGet, path: []string{"agents", agentID, "credentials"}, query: query,
	})
}

// RotateCredential replaces the secret of a credential; the old one stops
// working at once. The options may be nil, which also removes an expiry.
func (c *CredentialsClient) RotateCredential(ctx context.Context, agentID, credentialID string, req *CredentialRequest) (*CredentialWithSecret, error) {
	return c.issue(ctx, []string{"agents", agentID, "credentials", credentialID, "rotate"}, req)
}

// RevokeCredential revokes a credential for good.
func (c *CredentialsClient) RevokeCredential(ctx context.Context, agentID, credentialID string) error {
	return c.transport.call(ctx, request{
		method: http.MethodDelete, path: []string{"agents", agentID, "credentials", credentialID},
	}, nil)
}

func (c *CredentialsClient) issue(ctx context.Context, path []string, req *CredentialRequest) (*CredentialWithSecret, error) {
	if req == nil {
		req = &CredentialRequest{}
	}
	return fetch[CredentialWithSecret](ctx, c.transport, request{method: http.MethodPost, path: path, json: req})
}

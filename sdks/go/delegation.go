package agentidp

import (
	"context"
	"net/http"
)

// DelegationClient lets agents of an organization delegate scopes to each
// other. Its calls need a token, but no particular scope.
type DelegationClient struct{ transport *transport }

// CreateDelegation delegates scopes of the caller's token for a limited time.
// Not idempotent: each call makes a new chain.
func (c *DelegationClient) CreateDelegation(ctx context.Context, req CreateDelegationRequest) (*DelegationChain, error) {
	return fetch[DelegationChain](ctx, c.transport, request{
		method: http.MethodPost, path: []string{"oauth2", "token", "delegate"}, json: req,
	})
}

// VerifyDelegation tells whether a delegation token holds. A token that does
// not is no error but a result with Valid false.
func (c *DelegationClient) VerifyDelegation(ctx context.Context, delegationToken string) (*DelegationVerification, error) {
	return fetch[DelegationVerification](ctx, c.transport, request{
		method: http.MethodPost, path: []string{"oauth2", "token", "verify-delegation"},
		json: map[string]string{"delegationToken": delegationToken},
	})
}

// RevokeDelegation ends a delegation at once. Revoking it again is no error.
func (c *DelegationClient) RevokeDelegation(ctx context.Context, chainID string) error {
	return c.transport.call(ctx, request{
		method: http.MethodDelete, path: []string{"oauth2", "token", "delegate", chainID},
	}, nil)
}

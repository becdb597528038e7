package agentidp

import (
	"fmt"
	"time"
)

// CreateDelegationRequest describes a delegation to another agent of the same
// organization.
type CreateDelegationRequest struct {
	// DelegateeAgentID is the agent that receives the scopes.
	DelegateeAgentID string `json:"delegateeAgentId"`
	// Scopes are a subset of the scopes of the caller's token.
	Scopes []string `json:"scopes"`
	// TTLSeconds is the lifetime in seconds, 60 to 86400.
	TTLSeconds int `json:"ttlSeconds"`
}

// DelegationChain is a delegation with its token. Printing it does not show the
// token.
type DelegationChain struct {
	// ID is the id of the chain.
	ID string `json:"id"`
	// TenantID is the organization of both agents.
	TenantID string `json:"tenantId"`
	// DelegatorAgentID is the agent that gave the scopes.
	DelegatorAgentID string `json:"delegatorAgentId"`
	// DelegateeAgentID is the agent that received them.
	DelegateeAgentID string `json:"delegateeAgentId"`
	// Scopes are the delegated scopes.
	Scopes []string `json:"scopes"`
	// DelegationToken is what the delegatee presents; opaque for clients.
	DelegationToken string `json:"delegationToken"`
	// Signature is the last part of the token.
	Signature string `json:"signature,omitempty"`
	// TTLSeconds is the lifetime in seconds.
	TTLSeconds int `json:"ttlSeconds"`
	// IssuedAt is the start of the lifetime.
	IssuedAt time.Time `json:"issuedAt"`
	// ExpiresAt is the end of the lifetime.
	ExpiresAt time.Time `json:"expiresAt"`
	// RevokedAt is the time of the revocation, nil for none.
	RevokedAt *time.Time `json:"revokedAt,omitempty"`
	// CreatedAt is the time of the creation.
	CreatedAt time.Time `json:"createdAt"`
}

// String describes the delegation without its token.
func (d DelegationChain) String() string {
	return fmt.Sprintf("DelegationChain{ID: %q, DelegatorAgentID: %q, DelegateeAgentID: %q, Scopes: %q, DelegationToken: %s}",
		d.ID, d.DelegatorAgentID, d.DelegateeAgentID, d.Scopes, redacted)
}

// GoString is String, for the verb %#v.
func (d DelegationChain) GoString() string { return d.String() }

// Format writes String for every verb, so that none shows the token.
func (d DelegationChain) Format(state fmt.State, _ rune) { writeText(state, d.String()) }

// DelegationVerification is the result of a verification. Only Valid, which is
// then false, is set for a token that the server does not know.
type DelegationVerification struct {
	// Valid tells whether the delegation holds now.
	Valid bool `json:"valid"`
	// ChainID is the id of the chain.
	ChainID string `json:"chainId"`
	// DelegatorAgentID is the agent that gave the scopes.
	DelegatorAgentID string `json:"delegatorAgentId"`
	// DelegateeAgentID is the agent that received them. Compare it with the
	// authenticated id of whoever presents the token.
	DelegateeAgentID string `json:"delegateeAgentId"`
	// Scopes are the delegated scopes.
	Scopes []string `json:"scopes"`
	// IssuedAt is the start of the lifetime.
	IssuedAt *time.Time `json:"issuedAt"`
	// ExpiresAt is the end of the lifetime.
	ExpiresAt *time.Time `json:"expiresAt"`
	// RevokedAt is the time of the revocation, nil for none.
	RevokedAt *time.Time `json:"revokedAt,omitempty"`
}

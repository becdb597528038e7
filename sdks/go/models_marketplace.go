package agentidp

import "time"

// PublicAgent is the marketplace card of an agent.
type PublicAgent struct {
	// AgentID is the id of the agent.
	AgentID string `json:"agentId"`
	// AgentType is the kind of the agent.
	AgentType AgentType `json:"agentType"`
	// Version is the semantic version of the agent's software.
	Version string `json:"version"`
	// Capabilities are normally of the form resource:action.
	Capabilities []string `json:"capabilities"`
	// Owner is the publisher.
	Owner string `json:"owner"`
	// DeploymentEnv is where the agent runs.
	DeploymentEnv DeploymentEnv `json:"deploymentEnv"`
	// DID is the decentralized identifier; empty when there is none.
	DID string `json:"did,omitempty"`
	// DIDDocument belongs to DID; nil in lists.
	DIDDocument *DIDDocument `json:"didDocument,omitempty"`
	// PublishedAt is the time at which the agent first became public.
	PublishedAt time.Time `json:"publishedAt"`
}

// DIDDocument is the minimal DID document of an agent (W3C DID Core).
type DIDDocument struct {
	// Context lists the JSON-LD contexts.
	Context []string `json:"@context"`
	// ID is the DID of the agent.
	ID string `json:"id"`
	// Controller is the DID of the installation.
	Controller string `json:"controller"`
	// VerificationMethod holds the public keys.
	VerificationMethod []VerificationMethod `json:"verificationMethod"`
	// Authentication refers to the keys for authentication.
	Authentication []string `json:"authentication"`
}

// VerificationMethod is a public key of a DID document.
type VerificationMethod struct {
	// ID is the DID URL of the key.
	ID string `json:"id"`
	// Type is JsonWebKey2020.
	Type string `json:"type"`
	// Controller is the DID that controls the key.
	Controller string `json:"controller"`
	// PublicKeyJWK is the key as a JWK (RFC 7517).
	PublicKeyJWK map[string]any `json:"publicKeyJwk"`
}

// ListPublicAgentsParams searches and pages the marketplace. Zero values are
// left out.
type ListPublicAgentsParams struct {
	// Q holds words that must all occur in owner, capabilities or kind.
	Q string
	// Capability selects by one capability, exactly.
	Capability string
	// Publisher selects by owner, exactly.
	Publisher string
	// Page is the number of the page, from 1.
	Page int
	// Limit is the number of entries of a page, 1 to 100.
	Limit int
}

package agentidp

import (
	"encoding/json"
	"time"
)

// AgentType is the kind of an agent. Other values than the constants may occur.
type AgentType string

// Known kinds of agents.
const (
	AgentTypeScreener     AgentType = "screener"
	AgentTypeClassifier   AgentType = "classifier"
	AgentTypeOrchestrator AgentType = "orchestrator"
	AgentTypeExtractor    AgentType = "extractor"
	AgentTypeSummarizer   AgentType = "summarizer"
	AgentTypeRouter       AgentType = "router"
	AgentTypeMonitor      AgentType = "monitor"
	AgentTypeCustom       AgentType = "custom"
)

// DeploymentEnv is where an agent runs. Other values than the constants may
// occur.
type DeploymentEnv string

// Known environments.
const (
	DeploymentEnvDevelopment DeploymentEnv = "development"
	DeploymentEnvStaging     DeploymentEnv = "staging"
	DeploymentEnvProduction  DeploymentEnv = "production"
)

// AgentStatus is the state of an agent's life cycle. Other values than the
// constants may occur.
type AgentStatus string

// Known states.
const (
	// AgentStatusActive: the agent may obtain tokens.
	AgentStatusActive AgentStatus = "active"
	// AgentStatusSuspended: no tokens until the agent is active again.
	AgentStatusSuspended AgentStatus = "suspended"
	// AgentStatusDecommissioned: retired for good.
	AgentStatusDecommissioned AgentStatus = "decommissioned"
)

// Agent is the registered identity of an AI agent.
type Agent struct {
	// AgentID is the id, at the same time the OAuth client id and the subject
	// of the agent's tokens.
	AgentID string `json:"agentId"`
	// OrganizationID is the organization that the agent belongs to.
	OrganizationID string `json:"organizationId"`
	// Email is the unique address of the agent.
	Email string `json:"email"`
	// AgentType is the kind of the agent.
	AgentType AgentType `json:"agentType"`
	// Version is the semantic version of the agent's software.
	Version string `json:"version"`
	// Capabilities are normally of the form resource:action.
	Capabilities []string `json:"capabilities"`
	// Owner is the team or developer responsible.
	Owner string `json:"owner"`
	// DeploymentEnv is where the agent runs.
	DeploymentEnv DeploymentEnv `json:"deploymentEnv"`
	// Status is the state of the life cycle.
	Status AgentStatus `json:"status"`
	// AllowedScopes is the grant: the scopes that tokens of the agent may carry.
	AllowedScopes []string `json:"allowedScopes"`
	// IsPublic tells whether the agent is listed in the marketplace.
	IsPublic bool `json:"isPublic"`
	// CreatedAt is the time of the registration.
	CreatedAt time.Time `json:"createdAt"`
	// UpdatedAt is the time of the last change.
	UpdatedAt time.Time `json:"updatedAt"`
	// DID is the decentralized identifier; empty when there is none.
	DID string `json:"did,omitempty"`
	// DIDCreatedAt is the time at which DID was made.
	DIDCreatedAt *time.Time `json:"didCreatedAt,omitempty"`
	// PublishedAt is the time at which the agent first became public.
	PublishedAt *time.Time `json:"publishedAt,omitempty"`
}

// RegisterAgentRequest describes a new agent. The organization is that of the
// caller.
type RegisterAgentRequest struct {
	// Email is the unique address of the agent.
	Email string
	// AgentType is the kind of the agent.
	AgentType AgentType
	// Version is the semantic version of the agent's software.
	Version string
	// Capabilities may be empty.
	Capabilities []string
	// Owner is the team or developer responsible.
	Owner string
	// DeploymentEnv is where the agent runs.
	DeploymentEnv DeploymentEnv
	// AllowedScopes is the grant; nil means the default of the server,
	// agents:read.
	AllowedScopes []string
	// IsPublic lists the agent in the marketplace.
	IsPublic bool
}

// MarshalJSON writes the request with its wire names.
func (r RegisterAgentRequest) MarshalJSON() ([]byte, error) {
	capabilities := r.Capabilities
	if capabilities == nil {
		capabilities = []string{}
	}
	fields := map[string]any{
		"email":         r.Email,
		"agentType":     r.AgentType,
		"version":       r.Version,
		"capabilities":  capabilities,
		"owner":         r.Owner,
		"deploymentEnv": r.DeploymentEnv,
		"isPublic":      r.IsPublic,
	}
	setList(fields, "allowedScopes", r.AllowedScopes)
	return json.Marshal(fields)
}

// UpdateAgentRequest names the changes to an agent. Nil fields stay as they
// are; lists are replaced as a whole, by an empty list too.
type UpdateAgentRequest struct {
	// AgentType is the kind of the agent.
	AgentType *AgentType
	// Version is the semantic version of the agent's software.
	Version *string
	// Capabilities replace the present ones.
	Capabilities []string
	// Owner is the team or developer responsible.
	Owner *string
	// DeploymentEnv is where the agent runs.
	DeploymentEnv *DeploymentEnv
	// Status suspends, reactivates or decommissions the agent.
	Status *AgentStatus
	// AllowedScopes replace the present grant.
	AllowedScopes []string
	// IsPublic lists the agent in the marketplace or hides it.
	IsPublic *bool
}

// MarshalJSON writes the fields that are set, with their wire names.
func (r UpdateAgentRequest) MarshalJSON() ([]byte, error) {
	fields := map[string]any{}
	setPointer(fields, "agentType", r.AgentType)
	setPointer(fields, "version", r.Version)
	setList(fields, "capabilities", r.Capabilities)
	setPointer(fields, "owner", r.Owner)
	setPointer(fields, "deploymentEnv", r.DeploymentEnv)
	setPointer(fields, "status", r.Status)
	setList(fields, "allowedScopes", r.AllowedScopes)
	setPointer(fields, "isPublic", r.IsPublic)
	return json.Marshal(fields)
}

// setList and setPointer tell absent from empty, which the tag option omitempty
// cannot do for lists.
func setList(fields map[string]any, name string, value []string) {
	if value != nil {
		fields[name] = value
	}
}

func setPointer[T any](fields map[string]any, name string, value *T) {
	if value != nil {
		fields[name] = *value
	}
}

// ListAgentsParams filters and pages the list of agents. Zero values are left
// out.
type ListAgentsParams struct {
	// Page is the number of the page, from 1.
	Page int
	// Limit is the number of entries of a page, 1 to 100.
	Limit int
	// Owner selects by owner, exactly.
	Owner string
	// AgentType selects by kind.
	AgentType AgentType
	// Status selects by state; without it decommissioned agents are included.
	Status AgentStatus
}

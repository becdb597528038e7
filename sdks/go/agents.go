package agentidp

import (
	"context"
	"net/http"
)

// AgentsClient is the agent registry. Reading needs the scope agents:read,
// writing agents:write.
type AgentsClient struct{ transport *transport }

// RegisterAgent registers an agent in the caller's organization. It makes no
// credential. Not idempotent: an address that is taken gives
// AGENT_ALREADY_EXISTS.
func (c *AgentsClient) RegisterAgent(ctx context.Context, req RegisterAgentRequest) (*Agent, error) {
	return fetch[Agent](ctx, c.transport, request{method: http.MethodPost, path: []string{"agents"}, json: req})
}

// ListAgents returns a page of the organization's agents, newest first. The
// parameters may be nil.
func (c *AgentsClient) ListAgents(ctx context.Context, params *ListAgentsParams) (*Page[Agent], error) {
	if params == nil {
		params = &ListAgentsParams{}
	}
	query := pageQuery(params.Page, params.Limit)
	setText(query, "owner", params.Owner)
	setText(query, "agentType", params.AgentType)
	setText(query, "status", params.Status)
	return fetch[Page[Agent]](ctx, c.transport, request{method: http.MethodGet, path: []string{"agents"}, query: query})
}

// GetAgent returns one agent, also a decommissioned one.
func (c *AgentsClient) GetAgent(ctx context.Context, agentID string) (*Agent, error) {
	return fetch[Agent](ctx, c.transport, request{method: http.MethodGet, path: []string{"agents", agentID}})
}

// UpdateAgent changes the fields that are set in the request.
func (c *AgentsClient) UpdateAgent(ctx context.Context, agentID string, req UpdateAgentRequest) (*Agent, error) {
	return fetch[Agent](ctx, c.transport, request{method: http.MethodPatch, path: []string{"agents", agentID}, json: req})
}

// DecommissionAgent retires an agent for good: its credentials are revoked and
// its tokens end.
func (c *AgentsClient) DecommissionAgent(ctx context.Context, agentID string) error {
	return c.transport.call(ctx, request{method: http.MethodDelete, path: []string{"agents", agentID}}, nil)
}

package agentidp

import (
	"context"
	"net/http"
)

// MarketplaceClient reads the public catalogue of agents. Its calls send no
// token.
type MarketplaceClient struct{ transport *transport }

// ListPublicAgents returns a page of the public agents of all organizations,
// last published first. The parameters may be nil.
func (c *MarketplaceClient) ListPublicAgents(ctx context.Context, params *ListPublicAgentsParams) (*Page[PublicAgent], error) {
	if params == nil {
		params = &ListPublicAgentsParams{}
	}
	query := pageQuery(params.Page, params.Limit)
	setText(query, "q", params.Q)
	setText(query, "capability", params.Capability)
	setText(query, "publisher", params.Publisher)
	return fetch[Page[PublicAgent]](ctx, c.transport, request{
		method: http.MethodGet, path: []string{"marketplace", "agents"}, query: query, anonymous: true,
	})
}

// GetPublicAgent returns the card of one public agent with its DID document.
func (c *MarketplaceClient) GetPublicAgent(ctx context.Context, agentID string) (*PublicAgent, error) {
	return fetch[PublicAgent](ctx, c.transport, request{
		method: http.MethodGet, path: []string{"marketplace", "agents", agentID}, anonymous: true,
	})
}

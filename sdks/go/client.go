package agentidp

import "fmt"

// AgentIdPClient gives access to the service groups of the API. It is safe for
// concurrent use; one client per agent is enough for a process.
type AgentIdPClient struct {
	// Agents is the agent registry.
	Agents *AgentsClient
	// Credentials manages the credentials of agents.
	Credentials *CredentialsClient
	// Tokens introspects and revokes access tokens.
	Tokens *TokenServiceClient
	// Audit reads the audit log of the organization.
	Audit *AuditClient
	// OAuth2 issues tokens explicitly.
	OAuth2 *OAuth2Client
	// Marketplace reads the public catalogue; its calls send no token.
	Marketplace *MarketplaceClient
	// Delegation creates, verifies and revokes delegations between agents.
	Delegation *DelegationClient

	transport *transport
}

// NewAgentIdPClient returns a client for the configuration. It sends nothing:
// the first call fetches the first token.
func NewAgentIdPClient(config AgentIdPClientConfig) *AgentIdPClient {
	sender := newSender(config.BaseURL, config.Timeout, config.HTTPClient)
	t := &transport{
		sender: sender,
		tokens: newTokenManager(sender, config.ClientID, config.ClientSecret, config.scope()),
	}
	return &AgentIdPClient{
		Agents:      &AgentsClient{t},
		Credentials: &CredentialsClient{t},
		Tokens:      &TokenServiceClient{t},
		Audit:       &AuditClient{t},
		OAuth2:      &OAuth2Client{t},
		Marketplace: &MarketplaceClient{t},
		Delegation:  &DelegationClient{t},
		transport:   t,
	}
}

// ClearTokenCache drops the cached token: the next call fetches a new one,
// e.g. after the client's own grant was changed.
func (c *AgentIdPClient) ClearTokenCache() { c.transport.tokens.ClearCache() }

// String describes the client without secret and token.
func (c *AgentIdPClient) String() string {
	return fmt.Sprintf("AgentIdPClient{BaseURL: %q, ClientID: %q, ClientSecret: %s}",
		c.transport.sender.baseURL, c.transport.tokens.clientID, redacted)
}

// GoString is String, for the verb %#v.
func (c *AgentIdPClient) GoString() string { return c.String() }

// Format writes String for every verb, so that none shows the secret.
func (c *AgentIdPClient) Format(state fmt.State, _ rune) { writeText(state, c.String()) }

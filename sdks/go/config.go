package agentidp

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// DefaultScope is requested when a configuration names no scope: the four base
// scopes.
const DefaultScope = "agents:read agents:write tokens:read audit:read"

// DefaultTimeout limits one request when a configuration sets no timeout.
const DefaultTimeout = 30 * time.Second

const redacted = "[REDACTED]"

// AgentIdPClientConfig configures a client. BaseURL, ClientID and ClientSecret
// are required. Printing a configuration does not show the secret.
type AgentIdPClientConfig struct {
	// BaseURL is the origin of the server, e.g. "http://localhost:3000". The
	// client adds /api/v1; trailing slashes are dropped.
	BaseURL string
	// ClientID is the id of the agent that the client acts for.
	ClientID string
	// ClientSecret is the secret of one of the agent's credentials.
	ClientSecret string `json:"-"`
	// Scope lists the scopes of the tokens, separated by single spaces; empty
	// means DefaultScope. The server grants nothing beyond the allowed scopes
	// of the agent: a request for more fails with invalid_scope.
	Scope string
	// NoScope requests tokens without the scope parameter, so that the server
	// chooses. Scope is then ignored.
	NoScope bool
	// Timeout limits each request; zero means DefaultTimeout.
	Timeout time.Duration
	// HTTPClient sends the requests; nil means a client of its own with the
	// default transport. Redirects are refused unless the given client has a
	// CheckRedirect, because a followed redirect could carry a secret away.
	HTTPClient *http.Client `json:"-"`
}

// String describes the configuration without the secret.
func (c AgentIdPClientConfig) String() string {
	return fmt.Sprintf("AgentIdPClientConfig{BaseURL: %q, ClientID: %q, ClientSecret: %s, Scope: %q}",
		c.BaseURL, c.ClientID, redacted, c.scope())
}

// GoString is String, for the verb %#v.
func (c AgentIdPClientConfig) GoString() string { return c.String() }

// Format writes String for every verb, so that none shows the secret.
func (c AgentIdPClientConfig) Format(state fmt.State, _ rune) { writeText(state, c.String()) }

func (c AgentIdPClientConfig) scope() string {
	switch {
	case c.NoScope:
		return ""
	case c.Scope == "":
		return DefaultScope
	default:
		return c.Scope
	}
}

// writeText serves the Format methods; fmt offers no way to report a failure.
func writeText(state fmt.State, text string) { _, _ = io.WriteString(state, text) }

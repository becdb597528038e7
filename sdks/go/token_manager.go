package agentidp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// renewBefore is the rest of a token's lifetime in which it is not used any
// more.
const renewBefore = 60 * time.Second

// TokenManager fetches access tokens and keeps the last one in memory until
// less than 60 seconds of its lifetime remain. It is safe for concurrent use:
// callers that need a token at the same time share one request.
type TokenManager struct {
	sender       *sender
	clientID     string
	clientSecret string
	scope        string
	now          func() time.Time

	mu      sync.Mutex
	token   string
	renewAt time.Time
	flight  *flight
}

// flight is one token request and the callers that wait for it. token and err
// are written before done is closed.
type flight struct {
	done  chan struct{}
	token string
	err   error
}

// NewTokenManager returns a manager for one client that works without an
// AgentIdPClient. The scope is sent as it is; an empty one leaves the choice
// to the server.
func NewTokenManager(baseURL, clientID, clientSecret, scope string) *TokenManager {
	return newTokenManager(newSender(baseURL, DefaultTimeout, nil), clientID, clientSecret, scope)
}

func newTokenManager(s *sender, clientID, clientSecret, scope string) *TokenManager {
	return &TokenManager{sender: s, clientID: clientID, clientSecret: clientSecret, scope: scope, now: time.Now}
}

// GetToken returns a token that is valid for at least 60 seconds, from the
// cache or from the server. The request goes on when this caller's context
// ends, so that others who wait for it still get their token. A failure is not
// remembered.
func (m *TokenManager) GetToken(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	m.mu.Lock()
	if m.token != "" && !m.now().After(m.renewAt) {
		defer m.mu.Unlock()
		return m.token, nil
	}
	current := m.flight
	if current == nil {
		current = &flight{done: make(chan struct{})}
		m.flight = current
		go m.renew(context.WithoutCancel(ctx), current)
	}
	m.mu.Unlock()

	select {
	case <-current.done:
		return current.token, current.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// ClearCache drops the cached token and the result of a request under way: the
// next GetToken asks the server.
func (m *TokenManager) ClearCache() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.token, m.flight = "", nil
}

// invalidate drops the cached token if it is the given one. After a 401 this
// keeps the token that another caller may have fetched in the meantime.
func (m *TokenManager) invalidate(token string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.token == token {
		m.token = ""
	}
}

// renew makes the request of a flight and ends it. The lifetime is counted
// from before the request, so that its duration is on the safe side.
func (m *TokenManager) renew(ctx context.Context, current *flight) {
	started := m.now()
	issued, err := m.issue(ctx, m.scope, "")

	m.mu.Lock()
	defer m.mu.Unlock()
	defer close(current.done)
	if err != nil {
		current.err = err
	} else {
		current.token = issued.AccessToken
	}
	if m.flight != current {
		return // cleared while under way
	}
	m.flight = nil
	if err == nil {
		m.token = issued.AccessToken
		m.renewAt = started.Add(time.Duration(issued.ExpiresIn)*time.Second - renewBefore)
	}
}

// issue requests a token; the cache is not involved. Without id or secret
// nothing is sent.
func (m *TokenManager) issue(ctx context.Context, scope, nonce string) (*Token, error) {
	if m.clientID == "" || m.clientSecret == "" {
		return nil, invalidArgument("The client id and the client secret must not be empty.")
	}
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {m.clientID},
		"client_secret": {m.clientSecret},
	}
	setText(form, "scope", scope)
	setText(form, "nonce", nonce)
	token := new(Token)
	if err := m.sender.send(ctx, request{method: http.MethodPost, path: []string{"token"}, form: form}, "", token); err != nil {
		return nil, err
	}
	if token.AccessToken == "" {
		return nil, invalidResponse(http.StatusOK, errors.New("the answer holds no access token"))
	}
	return token, nil
}

// String describes the manager without secret and token.
func (m *TokenManager) String() string {
	return fmt.Sprintf("TokenManager{BaseURL: %q, ClientID: %q, ClientSecret: %s}",
		m.sender.baseURL, m.clientID, redacted)
}

// GoString is String, for the verb %#v.
func (m *TokenManager) GoString() string { return m.String() }

// Format writes String for every verb, so that none shows the secret.
func (m *TokenManager) Format(state fmt.State, _ rune) { writeText(state, m.String()) }

package agentidp

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that the test moves.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(1_800_000_000, c.nanoseconds.Load()) }

func (c *clock) advance(d time.Duration) { c.nanoseconds.Add(int64(d)) }

func (s *stub) manager(c *clock) *TokenManager {
	m := NewTokenManager(s.URL+"/", testID, testSecret, "agents:read audit:read")
	m.now = c.now
	return m
}

func wantToken(t *testing.T, m *TokenManager, want string) {
	t.Helper()
	got, err := m.GetToken(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "token", got, want)
}

func TestTokenRequest(t *testing.T) {
	server := newStub(t, nil)
	wantToken(t, server.manager(&clock{}), "token-1")
	form := server.tokenRequests()[0].form(t)
	equal(t, "form", form.Encode(), "client_id="+testID+"&client_secret="+testSecret+
		"&grant_type=client_credentials&scope=agents%3Aread+audit%3Aread")
	equal(t, "authorization", server.tokenRequests()[0].authorization, "")
}

func TestScopesOfTheConfiguration(t *testing.T) {
	cases := map[string]struct {
		change func(*AgentIdPClientConfig)
		want   []string
	}{
		"default": {func(*AgentIdPClientConfig) {}, []string{"agents:read agents:write tokens:read audit:read"}},
		"given":   {func(c *AgentIdPClientConfig) { c.Scope = "audit:read" }, []string{"audit:read"}},
		"none":    {func(c *AgentIdPClientConfig) { c.NoScope = true }, nil},
	}
	for name, c := range cases {
		c := c
		t.Run(name, func(t *testing.T) {
			server := newStub(t, always(http.StatusNoContent, ""))
			config := server.config()
			c.change(&config)
			if err := NewAgentIdPClient(config).Agents.DecommissionAgent(context.Background(), testID); err != nil {
				t.Fatal(err)
			}
			got := server.tokenRequests()[0].form(t)["scope"]
			equal(t, "parameters", len(got), len(c.want))
			if len(got) == 1 {
				equal(t, "scope", got[0], c.want[0])
			}
		})
	}
}

func TestTokenIsUsedWhile60SecondsRemain(t *testing.T) {
	server, c := newStub(t, nil), &clock{}
	m := server.manager(c)
	wantToken(t, m, "token-1")
	c.advance(3540 * time.Second)
	wantToken(t, m, "token-1")
	c.advance(time.Nanosecond)
	wantToken(t, m, "token-2")
	equal(t, "requests", len(server.tokenRequests()), 2)
}

func TestShortLivedTokenIsNotReused(t *testing.T) {
	server := newStub(t, nil)
	server.issue = func(w http.ResponseWriter, _ int) { answer(w, 200, `{"access_token":"short","expires_in":59}`) }
	m := server.manager(&clock{})
	wantToken(t, m, "short")
	wantToken(t, m, "short")
	equal(t, "requests", len(server.tokenRequests()), 2)
}

func TestClearTokenCache(t *testing.T) {
	server := newStub(t, always(200, `{}`))
	client := server.client()
	for i := 0; i < 2; i++ {
		if _, err := client.Agents.GetAgent(context.Background(), testID); err != nil {
			t.Fatal(err)
		}
		client.ClearTokenCache()
	}
	equal(t, "requests", len(server.tokenRequests()), 2)
	equal(t, "second call", server.apiCalls()[1].authorization, "Bearer token-2")
}

func TestFailureIsNotCached(t *testing.T) {
	server := newStub(t, nil)
	server.issue = func(w http.ResponseWriter, number int) {
		switch number {
		case 1:
			answer(w, 401, `{"error":"invalid_client","error_description":"Client authentication failed."}`)
		case 2:
			answer(w, 200, `{"token_type":"Bearer"}`)
		default:
			issueToken(w, number)
		}
	}
	m := server.manager(&clock{})
	_, err := m.GetToken(context.Background())
	refused := wantAPIError(t, err)
	equal(t, "code", refused.Code, "invalid_client")
	equal(t, "message", refused.Message, "Client authentication failed.")
	equal(t, "status", refused.HTTPStatus, 401)
	_, err = m.GetToken(context.Background())
	equal(t, "code", wantAPIError(t, err).Code, CodeInvalidResponse)
	wantToken(t, m, "token-3")
}

// gate lets a test hold token requests back.
type gate struct {
	entered chan struct{}
	release chan struct{}
}

func newGate(server *stub) *gate {
	g := &gate{entered: make(chan struct{}, 16), release: make(chan struct{})}
	server.issue = func(w http.ResponseWriter, number int) {
		g.entered <- struct{}{}
		<-g.release
		issueToken(w, number)
	}
	return g
}

func TestParallelCallersShareOneRequest(t *testing.T) {
	server := newStub(t, nil)
	g := newGate(server)
	m := server.manager(&clock{})
	results := make(chan string, 50)
	var wait sync.WaitGroup
	for i := 0; i < 50; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			token, err := m.GetToken(context.Background())
			if err != nil {
				token = err.Error()
			}
			results <- token
		}()
	}
	<-g.entered
	close(g.release)
	wait.Wait()
	close(results)
	for token := range results {
		equal(t, "token", token, "token-1")
	}
	equal(t, "requests", len(server.tokenRequests()), 1)
}

func TestCancelledCallerDoesNotFailTheOthers(t *testing.T) {
	server := newStub(t, nil)
	g := newGate(server)
	m := server.manager(&clock{})
	first, cancel := context.WithCancel(context.Background())
	cancelled := make(chan error)
	go func() {
		_, err := m.GetToken(first)
		cancelled <- err
	}()
	<-g.entered // the request of the first caller is under way
	other := make(chan string)
	go func() {
		token, _ := m.GetToken(context.Background())
		other <- token
	}()
	cancel()
	if err := <-cancelled; err != context.Canceled {
		t.Errorf("got %v, want the context error", err)
	}
	close(g.release)
	equal(t, "token", <-other, "token-1")
	equal(t, "requests", len(server.tokenRequests()), 1)
}

func TestClearDuringARequestDropsItsResult(t *testing.T) {
	server := newStub(t, nil)
	g := newGate(server)
	m := server.manager(&clock{})
	before := make(chan string)
	go func() {
		token, _ := m.GetToken(context.Background())
		before <- token
	}()
	<-g.entered
	m.ClearCache()
	close(g.release)
	equal(t, "waiting caller", <-before, "token-1")
	wantToken(t, m, "token-2")
}

func TestIssueToken(t *testing.T) {
	server := newStub(t, nil)
	server.issue = func(w http.ResponseWriter, _ int) {
		answer(w, 200, `{"access_token":"a","token_type":"Bearer","expires_in":3600,"scope":"openid","id_token":"i"}`)
	}
	client := server.client()
	token, err := client.OAuth2.IssueToken(context.Background(), &IssueTokenRequest{Scope: "openid", Nonce: "n"})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "token", *token, Token{AccessToken: "a", TokenType: "Bearer", ExpiresIn: 3600, Scope: "openid", IDToken: "i"})
	if _, err := client.OAuth2.IssueToken(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	requests := server.tokenRequests()
	equal(t, "requests", len(requests), 2)
	equal(t, "scope", requests[0].form(t).Get("scope"), "openid")
	equal(t, "nonce", requests[0].form(t).Get("nonce"), "n")
	equal(t, "scope of the configuration", requests[1].form(t).Get("scope"), DefaultScope)
	equal(t, "no nonce", requests[1].form(t).Has("nonce"), false)
}

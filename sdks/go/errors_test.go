package agentidp

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func wantAPIError(t *testing.T, err error) *AgentIdPError {
	t.Helper()
	var apiErr *AgentIdPError
	if !errors.As(err, &apiErr) {
		t.Fatalf("got %v (%T), want an *AgentIdPError", err, err)
	}
	return apiErr
}

func getAgentError(t *testing.T, handler http.HandlerFunc) *AgentIdPError {
	t.Helper()
	_, err := newStub(t, handler).client().Agents.GetAgent(context.Background(), testID)
	return wantAPIError(t, err)
}

func TestErrorBodies(t *testing.T) {
	cases := map[string]struct {
		status              int
		body, code, message string
	}{
		"envelope":         {404, `{"code":"AGENT_NOT_FOUND","message":"No such agent."}`, "AGENT_NOT_FOUND", "No such agent."},
		"both forms":       {400, `{"error":"invalid_scope","error_description":"d","code":"VALIDATION_ERROR","message":"m"}`, "VALIDATION_ERROR", "m"},
		"OAuth alone":      {400, `{"error":"invalid_scope","error_description":"Not granted."}`, "invalid_scope", "Not granted."},
		"no JSON":          {502, `<html>Bad gateway</html>`, CodeHTTPError, "The server answered with HTTP status 502."},
		"JSON, no object":  {500, `"oops"`, CodeHTTPError, "The server answered with HTTP status 500."},
		"foreign members":  {500, `{"code":{},"message":[],"details":"x"}`, CodeHTTPError, "The server answered with HTTP status 500."},
		"no body":          {503, ``, CodeHTTPError, "The server answered with HTTP status 503."},
		"redirect refused": {301, ``, CodeHTTPError, "The server answered with HTTP status 301."},
	}
	for name, c := range cases {
		c := c
		t.Run(name, func(t *testing.T) {
			got := getAgentError(t, always(c.status, c.body))
			equal(t, "code", got.Code, c.code)
			equal(t, "message", got.Message, c.message)
			equal(t, "status", got.HTTPStatus, c.status)
			if _, ok := got.RetryAfter(); ok {
				t.Error("a wait without Retry-After")
			}
		})
	}
}

func TestDetailsAreKept(t *testing.T) {
	got := getAgentError(t, always(403, `{"code":"FORBIDDEN","message":"m","details":{"requiredScopes":["agents:read"]}}`))
	scopes, ok := got.Details["requiredScopes"].([]any)
	if !ok || len(scopes) != 1 || scopes[0] != "agents:read" {
		t.Errorf("details %v", got.Details)
	}
	if !strings.Contains(got.Error(), "FORBIDDEN") || !strings.Contains(got.Error(), "403") {
		t.Errorf("text %q", got.Error())
	}
}

func TestRateLimitIsNotRetriedAndTellsTheWait(t *testing.T) {
	server := newStub(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "17")
		answer(w, 429, `{"code":"RATE_LIMIT_EXCEEDED","message":"m"}`)
	})
	_, err := server.client().Agents.GetAgent(context.Background(), testID)
	got := wantAPIError(t, err)
	equal(t, "code", got.Code, "RATE_LIMIT_EXCEEDED")
	equal(t, "detail", got.Details["retryAfter"], any(17))
	wait, ok := got.RetryAfter()
	equal(t, "told", ok, true)
	equal(t, "wait", wait, 17*time.Second)
	equal(t, "calls", len(server.apiCalls()), 1)
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 3, 28, 9, 0, 0, 500_000_000, time.UTC)
	cases := map[string]struct {
		seconds int
		ok      bool
	}{
		"5":                             {5, true},
		"Sat, 28 Mar 2026 09:00:30 GMT": {30, true},
		"Sat, 28 Mar 2026 08:00:00 GMT": {0, true},
		"soon":                          {0, false},
		"-1":                            {0, false},
		"":                              {0, false},
	}
	for value, want := range cases {
		seconds, ok := retryAfterSeconds(value, now)
		equal(t, value, seconds, want.seconds)
		equal(t, value, ok, want.ok)
	}
}

func TestServerErrorIsNotRetried(t *testing.T) {
	server := newStub(t, always(500, `{"code":"INTERNAL_SERVER_ERROR","message":"m"}`))
	_, err := server.client().Agents.GetAgent(context.Background(), testID)
	equal(t, "code", wantAPIError(t, err).Code, "INTERNAL_SERVER_ERROR")
	equal(t, "calls", len(server.apiCalls()), 1)
}

func TestUnreadableSuccess(t *testing.T) {
	for _, body := range []string{`<html>`, ``, `null`, `{"isPublic":"x"}`} {
		got := getAgentError(t, always(http.StatusOK, body))
		equal(t, body, got.Code, CodeInvalidResponse)
		equal(t, body, got.HTTPStatus, http.StatusOK)
	}
}

func TestNetworkFailure(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	client := NewAgentIdPClient(AgentIdPClientConfig{BaseURL: server.URL, ClientID: testID, ClientSecret: testSecret})
	_, err := client.Agents.GetAgent(context.Background(), testID)
	got := wantAPIError(t, err)
	equal(t, "code", got.Code, CodeNetworkError)
	equal(t, "status", got.HTTPStatus, 0)
	if errors.Unwrap(got) == nil {
		t.Error("no cause")
	}
}

func TestAnswerThatBreaksOff(t *testing.T) {
	got := getAgentError(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		answer(w, http.StatusOK, `{"agentId":`)
	})
	equal(t, "code", got.Code, CodeNetworkError)
}

func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	server := newStub(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	config := server.config()
	client := NewAgentIdPClient(config)
	if _, err := client.transport.tokens.GetToken(context.Background()); err != nil {
		t.Fatal(err)
	}
	client.transport.sender.timeout = 20 * time.Millisecond
	_, err := client.Agents.GetAgent(context.Background(), testID)
	got := wantAPIError(t, err)
	equal(t, "code", got.Code, CodeNetworkError)
	if !errors.Is(got, context.DeadlineExceeded) {
		t.Errorf("cause %v", errors.Unwrap(got))
	}
}

func TestContextErrorsAreReturned(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	release := make(chan struct{})
	server := newStub(t, func(http.ResponseWriter, *http.Request) { cancel(); <-release })
	defer close(release)
	client := server.client()
	if _, err := client.Agents.GetAgent(ctx, testID); err != context.Canceled {
		t.Errorf("cancelled under way: got %v", err)
	}
	if _, err := client.Agents.GetAgent(ctx, testID); err != context.Canceled {
		t.Errorf("cancelled before: got %v", err)
	}
	expired, stop := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer stop()
	if _, err := client.Marketplace.GetPublicAgent(expired, testID); err != context.DeadlineExceeded {
		t.Errorf("expired: got %v", err)
	}
}

func TestIdsThatAddressAnotherResourceAreRefused(t *testing.T) {
	server := newStub(t, always(http.StatusNoContent, ""))
	for _, id := range []string{"", ".", ".."} {
		got := wantAPIError(t, server.client().Agents.DecommissionAgent(context.Background(), id))
		equal(t, "code", got.Code, CodeInvalidArgument)
	}
	equal(t, "calls", len(server.apiCalls()), 0)
}

func TestEmptyCredentialsAreRefused(t *testing.T) {
	server := newStub(t, always(http.StatusOK, `{}`))
	withoutID, withoutSecret := server.config(), server.config()
	withoutID.ClientID, withoutSecret.ClientSecret = "", ""
	for _, config := range []AgentIdPClientConfig{withoutID, withoutSecret} {
		client := NewAgentIdPClient(config)
		_, err := client.Agents.GetAgent(context.Background(), testID)
		equal(t, "call", wantAPIError(t, err).Code, CodeInvalidArgument)
		_, err = client.OAuth2.IssueToken(context.Background(), nil)
		equal(t, "explicit token", wantAPIError(t, err).Code, CodeInvalidArgument)
	}
	equal(t, "token requests", len(server.tokenRequests()), 0)
}

func TestUnusableBaseURL(t *testing.T) {
	for _, baseURL := range []string{"", "localhost", "http://", "http://a b", ":", "ftp://host", "http://user:pass@host", "http://h?q=1", "http://h#f"} {
		client := NewAgentIdPClient(AgentIdPClientConfig{BaseURL: baseURL})
		_, err := client.Marketplace.GetPublicAgent(context.Background(), testID)
		equal(t, baseURL, wantAPIError(t, err).Code, CodeInvalidArgument)
	}
}

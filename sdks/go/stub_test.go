package agentidp

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
)

const (
	testID     = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
	testSecret = "sk_live_do-not-show"
)

// exchange is a request that the stub received.
type exchange struct {
	method, target, authorization, contentType, userAgent string
	body                                                  []byte
}

func (e exchange) form(t *testing.T) url.Values {
	t.Helper()
	if e.contentType != "application/x-www-form-urlencoded" {
		t.Fatalf("content type %q is not a form", e.contentType)
	}
	values, err := url.ParseQuery(string(e.body))
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// stub is a server that issues token-1, token-2 and so on, and answers all
// other calls with the handler.
type stub struct {
	*httptest.Server
	mu      sync.Mutex
	tokens  []exchange
	calls   []exchange
	handler http.HandlerFunc
	// issue, if set, answers the token request with the given number, from 1.
	issue func(w http.ResponseWriter, number int)
}

func newStub(t *testing.T, handler http.HandlerFunc) *stub {
	t.Helper()
	s := &stub{handler: handler}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *stub) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	received := exchange{
		method: r.Method, target: r.RequestURI, body: body,
		authorization: r.Header.Get("Authorization"),
		contentType:   r.Header.Get("Content-Type"),
		userAgent:     r.Header.Get("User-Agent"),
	}
	s.mu.Lock()
	isToken := r.RequestURI == "/api/v1/token"
	if isToken {
		s.tokens = append(s.tokens, received)
	} else {
		s.calls = append(s.calls, received)
	}
	number, issue := len(s.tokens), s.issue
	s.mu.Unlock()
	switch {
	case !isToken:
		s.handler(w, r)
	case issue != nil:
		issue(w, number)
	default:
		issueToken(w, number)
	}
}

func issueToken(w http.ResponseWriter, number int) {
	answer(w, http.StatusOK, fmt.Sprintf(
		`{"access_token":"token-%d","token_type":"Bearer","expires_in":3600,"scope":"agents:read"}`, number))
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// always answers every call alike.
func always(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, status, body) }
}

func (s *stub) tokenRequests() []exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]exchange(nil), s.tokens...)
}

func (s *stub) apiCalls() []exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]exchange(nil), s.calls...)
}

func (s *stub) config() AgentIdPClientConfig {
	return AgentIdPClientConfig{BaseURL: s.URL, ClientID: testID, ClientSecret: testSecret}
}

func (s *stub) client() *AgentIdPClient { return NewAgentIdPClient(s.config()) }

// sameJSON compares the meaning of two JSON texts.
func sameJSON(t *testing.T, got []byte, want string) {
	t.Helper()
	var gotValue, wantValue any
	if err := json.Unmarshal(got, &gotValue); err != nil {
		t.Fatalf("not JSON: %q", got)
	}
	if err := json.Unmarshal([]byte(want), &wantValue); err != nil {
		t.Fatal(err)
	}
	gotText, _ := json.Marshal(gotValue)
	wantText, _ := json.Marshal(wantValue)
	if string(gotText) != string(wantText) {
		t.Errorf("got %s, want %s", gotText, wantText)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

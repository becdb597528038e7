package agentidp

import (
	"context"
	"net/http"
	"testing"
)

const unauthorizedBody = `{"code":"UNAUTHORIZED","message":"Token has expired."}`

// refuseFirst refuses token-1 and accepts every later token.
func refuseFirst(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") == "Bearer token-1" {
		answer(w, http.StatusUnauthorized, unauthorizedBody)
		return
	}
	answer(w, http.StatusOK, `{}`)
}

// A refused token is dropped. Only an idempotent call fetches a new one and is
// repeated; after another call the next one does.
func TestRefusedToken(t *testing.T) {
	for _, op := range operations() {
		op := op
		if op.anonymous {
			continue
		}
		t.Run(op.name, func(t *testing.T) {
			server := newStub(t, refuseFirst)
			client := server.client()
			tokens := 1
			err := op.call(context.Background(), client)
			if op.method == http.MethodGet || op.method == http.MethodDelete {
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "calls", len(server.apiCalls()), 2)
				equal(t, "repetition", server.apiCalls()[1].authorization, "Bearer token-2")
				tokens = 2
			} else {
				equal(t, "code", wantAPIError(t, err).Code, "UNAUTHORIZED")
				equal(t, "calls", len(server.apiCalls()), 1)
			}
			equal(t, "token requests", len(server.tokenRequests()), tokens)
			if _, err := client.Agents.GetAgent(context.Background(), testID); err != nil {
				t.Errorf("the next call fails: %v", err)
			}
			equal(t, "token requests after the next call", len(server.tokenRequests()), 2)
		})
	}
}

func TestSecondRefusalIsReturned(t *testing.T) {
	server := newStub(t, always(http.StatusUnauthorized, unauthorizedBody))
	_, err := server.client().Agents.GetAgent(context.Background(), testID)
	equal(t, "status", wantAPIError(t, err).HTTPStatus, http.StatusUnauthorized)
	equal(t, "calls", len(server.apiCalls()), 2)
	equal(t, "token requests", len(server.tokenRequests()), 2)
}

func TestAnonymousRefusalIsReturned(t *testing.T) {
	server := newStub(t, always(http.StatusUnauthorized, unauthorizedBody))
	_, err := server.client().Marketplace.GetPublicAgent(context.Background(), testID)
	equal(t, "status", wantAPIError(t, err).HTTPStatus, http.StatusUnauthorized)
	equal(t, "calls", len(server.apiCalls()), 1)
	equal(t, "token requests", len(server.tokenRequests()), 0)
}

func TestRenewalThatFails(t *testing.T) {
	server := newStub(t, refuseFirst)
	server.issue = func(w http.ResponseWriter, number int) {
		if number == 1 {
			issueToken(w, number)
			return
		}
		answer(w, http.StatusForbidden, `{"code":"AGENT_SUSPENDED","message":"m"}`)
	}
	_, err := server.client().Agents.GetAgent(context.Background(), testID)
	equal(t, "idempotent call", wantAPIError(t, err).Code, "AGENT_SUSPENDED")

	server.mu.Lock()
	server.tokens = nil
	server.mu.Unlock()
	_, err = server.client().Credentials.GenerateCredential(context.Background(), testID, nil)
	equal(t, "other call", wantAPIError(t, err).Code, "UNAUTHORIZED")
}

// A late refusal of an old token must not drop the token that replaced it.
func TestRefusalOfAnOldTokenKeepsTheNewOne(t *testing.T) {
	server := newStub(t, nil)
	m := server.manager(&clock{})
	wantToken(t, m, "token-1")
	m.invalidate("token-1")
	wantToken(t, m, "token-2")
	m.invalidate("token-1")
	wantToken(t, m, "token-2")
}

func TestRevokedOwnTokenIsNotUsedAgain(t *testing.T) {
	server := newStub(t, always(http.StatusOK, `{}`))
	client := server.client()
	ctx := context.Background()
	if err := client.Tokens.RevokeToken(ctx, "of somebody else"); err != nil {
		t.Fatal(err)
	}
	if err := client.Tokens.RevokeToken(ctx, "token-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Agents.GetAgent(ctx, testID); err != nil {
		t.Fatal(err)
	}
	calls := server.apiCalls()
	equal(t, "second call", calls[1].authorization, "Bearer token-1")
	equal(t, "third call", calls[2].authorization, "Bearer token-2")
}

// A redirect would carry secret and token to another address.
func TestRedirectsAreNotFollowed(t *testing.T) {
	target := newStub(t, always(http.StatusOK, `{}`))
	server := newStub(t, nil)
	server.issue = func(w http.ResponseWriter, _ int) {
		w.Header().Set("Location", target.URL+"/api/v1/token")
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	config := server.config()
	config.HTTPClient = &http.Client{}
	_, err := NewAgentIdPClient(config).Agents.GetAgent(context.Background(), testID)
	equal(t, "status", wantAPIError(t, err).HTTPStatus, http.StatusTemporaryRedirect)
	equal(t, "requests at the target", len(target.tokenRequests()), 0)
}

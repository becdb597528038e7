package agentidp

import (
	"context"
	"net/http"
	"testing"
	"time"
)

const agentJSON = `{"agentId":"` + testID + `","organizationId":"org","email":"a@b.example",
	"agentType":"navigator","version":"1.4.2","capabilities":["resume:read"],"owner":"team",
	"deploymentEnv":"moon","status":"asleep","allowedScopes":["agents:read","agents:fly"],"isPublic":true,
	"createdAt":"2026-03-28T09:00:00.000Z","updatedAt":"2026-03-28T09:00:01.000Z",
	"publishedAt":"2026-03-28T09:00:02.000Z","did":"did:web:x:agents:y","didCreatedAt":"2026-03-28T09:00:03.000Z",
	"futureField":{"a":1}}`

func second(n int) time.Time { return time.Date(2026, 3, 28, 9, 0, n, 0, time.UTC) }

// Unknown members are ignored and unknown values of enumerations kept.
func TestAgentOfANewerServerIsDecoded(t *testing.T) {
	server := newStub(t, always(http.StatusOK, `{"data":[`+agentJSON+`],"total":41,"page":3,"limit":20,"next":"x"}`))
	page, err := server.client().Agents.ListAgents(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "total", page.Total, 41)
	equal(t, "page", page.Page, 3)
	equal(t, "limit", page.Limit, 20)
	if len(page.Data) != 1 {
		t.Fatalf("%d agents", len(page.Data))
	}
	agent := page.Data[0]
	equal(t, "id", agent.AgentID, testID)
	equal(t, "organization", agent.OrganizationID, "org")
	equal(t, "type", agent.AgentType, "navigator")
	equal(t, "environment", agent.DeploymentEnv, "moon")
	equal(t, "status", agent.Status, "asleep")
	equal(t, "scope", agent.AllowedScopes[1], "agents:fly")
	equal(t, "public", agent.IsPublic, true)
	equal(t, "created", agent.CreatedAt, second(0))
	equal(t, "updated", agent.UpdatedAt, second(1))
	equal(t, "published", *agent.PublishedAt, second(2))
	equal(t, "DID", agent.DID, "did:web:x:agents:y")
	equal(t, "DID created", *agent.DIDCreatedAt, second(3))
}

func TestCredentialWithSecretIsDecoded(t *testing.T) {
	server := newStub(t, always(http.StatusCreated, `{"credentialId":"c1","clientId":"`+testID+`","status":"active",
		"clientSecret":"`+testSecret+`","createdAt":"2026-03-28T09:00:00.000Z","expiresAt":"2026-03-28T09:00:05.000Z","revokedAt":null}`))
	credential, err := server.client().Credentials.GenerateCredential(context.Background(), testID, nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "id", credential.CredentialID, "c1")
	equal(t, "client id", credential.ClientID, testID)
	equal(t, "secret", credential.ClientSecret, testSecret)
	equal(t, "expires", *credential.ExpiresAt, second(5))
	if credential.RevokedAt != nil {
		t.Errorf("revoked at %v", credential.RevokedAt)
	}
}

func TestIntrospectionIsDecoded(t *testing.T) {
	server := newStub(t, always(http.StatusOK, `{"active":true,"iss":"https://idp","aud":"https://idp","sub":"s",
		"client_id":"s","scope":"agents:read","token_type":"Bearer","iat":1,"exp":3601,"jti":"j","organization_id":"o"}`))
	got, err := server.client().Tokens.IntrospectToken(context.Background(), "x")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "introspection", *got, Introspection{Active: true, Iss: "https://idp", Aud: "https://idp", Sub: "s",
		ClientID: "s", Scope: "agents:read", TokenType: "Bearer", Iat: 1, Exp: 3601, Jti: "j", OrganizationID: "o"})
}

func TestInactiveIntrospectionHasNothingElse(t *testing.T) {
	server := newStub(t, always(http.StatusOK, `{"active":false}`))
	got, err := server.client().Tokens.IntrospectToken(context.Background(), "x")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "introspection", *got, Introspection{})
}

func TestAuditEventIsDecoded(t *testing.T) {
	server := newStub(t, always(http.StatusOK, `{"eventId":"e","organizationId":"o","sequence":7,
		"timestamp":"2026-03-28T09:00:00.000Z","action":"agent.cloned","outcome":"success","agentId":"a",
		"ipAddress":"0.0.0.0","userAgent":"unknown","metadata":{"owner":"team"},"previousHash":"p","hash":"h"}`))
	event, err := server.client().Audit.GetAuditEvent(context.Background(), "e")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "sequence", event.Sequence, 7)
	equal(t, "timestamp", event.Timestamp, second(0))
	equal(t, "action", event.Action, "agent.cloned")
	equal(t, "outcome", event.Outcome, AuditOutcomeSuccess)
	equal(t, "metadata", event.Metadata["owner"], any("team"))
	equal(t, "hash", event.PreviousHash+event.Hash, "ph")
}

func TestPublicAgentIsDecodedWithItsDocument(t *testing.T) {
	server := newStub(t, always(http.StatusOK, `{"agentId":"a","agentType":"router","version":"1.0.0","capabilities":[],
		"owner":"team","deploymentEnv":"production","did":"did:web:x","publishedAt":"2026-03-28T09:00:00.000Z",
		"didDocument":{"@context":["https://www.w3.org/ns/did/v1"],"id":"did:web:x","controller":"did:web:h",
		"verificationMethod":[{"id":"did:web:x#key-1","type":"JsonWebKey2020","controller":"did:web:x",
		"publicKeyJwk":{"kty":"EC","crv":"P-256"}}],"authentication":["did:web:x#key-1"]}}`))
	agent, err := server.client().Marketplace.GetPublicAgent(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "published", agent.PublishedAt, second(0))
	equal(t, "context", agent.DIDDocument.Context[0], "https://www.w3.org/ns/did/v1")
	equal(t, "key", agent.DIDDocument.VerificationMethod[0].PublicKeyJWK["crv"], any("P-256"))
}

func TestDelegationIsDecoded(t *testing.T) {
	server := newStub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/oauth2/token/delegate" {
			answer(w, http.StatusCreated, `{"id":"c","tenantId":"o","delegatorAgentId":"a","delegateeAgentId":"b",
				"scopes":["agents:read"],"delegationToken":"c.1.2.s","signature":"s","ttlSeconds":60,"revokedAt":null,
				"issuedAt":"2026-03-28T09:00:00.000Z","expiresAt":"2026-03-28T09:00:59.000Z","createdAt":"2026-03-28T09:00:00.000Z"}`)
			return
		}
		answer(w, http.StatusOK, `{"valid":false,"chainId":null,"delegatorAgentId":null,"delegateeAgentId":null,
			"scopes":[],"issuedAt":null,"expiresAt":null}`)
	})
	chain, err := server.client().Delegation.CreateDelegation(context.Background(), CreateDelegationRequest{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "token", chain.DelegationToken, "c.1.2.s")
	equal(t, "expires", chain.ExpiresAt, second(59))

	verification, err := server.client().Delegation.VerifyDelegation(context.Background(), "unknown.1.2.s")
	if err != nil {
		t.Fatal(err)
	}
	if verification.Valid || verification.ChainID != "" || len(verification.Scopes) != 0 || verification.ExpiresAt != nil {
		t.Errorf("an unknown token gives %+v", *verification)
	}
}

package agentidp

import (
	"context"
	"net/http"
	"testing"
	"time"
)

var (
	day     = time.Date(2026, 3, 28, 10, 0, 0, 123456789, time.FixedZone("CET", 3600))
	dayWire = "2026-03-28T09:00:00.123Z"
)

// operation is one call and the request that it must become.
type operation struct {
	name   string
	call   func(ctx context.Context, c *AgentIdPClient) error
	method string
	target string
	// json or form is the expected body; both empty mean no body.
	json      string
	form      string
	status    int
	anonymous bool
}

const (
	agentTarget      = "/api/v1/agents/" + testID
	credentialTarget = agentTarget + "/credentials"
)

func operations() []operation {
	var all []operation
	for _, group := range [][]operation{
		agentOperations(), credentialOperations(), tokenOperations(), auditOperations(),
		marketplaceOperations(), delegationOperations(),
	} {
		all = append(all, group...)
	}
	return all
}

func agentOperations() []operation {
	return []operation{
		{name: "RegisterAgent", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Agents.RegisterAgent(ctx, RegisterAgentRequest{
				Email: "a@b.example", AgentType: AgentTypeScreener, Version: "1.0.0", Owner: "team",
				DeploymentEnv: DeploymentEnvStaging, AllowedScopes: []string{"agents:read"}, IsPublic: true,
			})
			return err
		}, method: "POST", target: "/api/v1/agents", status: 201,
			json: `{"email":"a@b.example","agentType":"screener","version":"1.0.0","capabilities":[],"owner":"team",
				"deploymentEnv":"staging","allowedScopes":["agents:read"],"isPublic":true}`},
		{name: "ListAgents", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Agents.ListAgents(ctx, nil)
			return err
		}, method: "GET", target: "/api/v1/agents"},
		{name: "ListAgents with filter", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Agents.ListAgents(ctx, &ListAgentsParams{
				Page: 2, Limit: 50, Owner: "a&b c", AgentType: AgentTypeCustom, Status: AgentStatusActive})
			return err
		}, method: "GET", target: "/api/v1/agents?agentType=custom&limit=50&owner=a%26b+c&page=2&status=active"},
		{name: "GetAgent", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Agents.GetAgent(ctx, testID)
			return err
		}, method: "GET", target: agentTarget},
		{name: "GetAgent with an id that needs escaping", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Agents.GetAgent(ctx, "a/../b?c")
			return err
		}, method: "GET", target: "/api/v1/agents/a%2F..%2Fb%3Fc"},
		{name: "UpdateAgent", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Agents.UpdateAgent(ctx, testID, UpdateAgentRequest{
				Status: Ptr(AgentStatusSuspended), Capabilities: []string{}, IsPublic: Ptr(false)})
			return err
		}, method: "PATCH", target: agentTarget, json: `{"status":"suspended","capabilities":[],"isPublic":false}`},
		{name: "DecommissionAgent", call: func(ctx context.Context, c *AgentIdPClient) error {
			return c.Agents.DecommissionAgent(ctx, testID)
		}, method: "DELETE", target: agentTarget, status: 204},
	}
}

func credentialOperations() []operation {
	return []operation{
		{name: "GenerateCredential", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Credentials.GenerateCredential(ctx, testID, nil)
			return err
		}, method: "POST", target: credentialTarget, json: `{}`, status: 201},
		{name: "ListCredentials", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Credentials.ListCredentials(ctx, testID, nil)
			return err
		}, method: "GET", target: credentialTarget},
		{name: "ListCredentials with filter", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Credentials.ListCredentials(ctx, testID, &ListCredentialsParams{Limit: 1, Status: CredentialStatusRevoked})
			return err
		}, method: "GET", target: credentialTarget + "?limit=1&status=revoked"},
		{name: "RotateCredential", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Credentials.RotateCredential(ctx, testID, "cred", &CredentialRequest{ExpiresAt: &day})
			return err
		}, method: "POST", target: credentialTarget + "/cred/rotate", json: `{"expiresAt":"` + dayWire + `"}`},
		{name: "RevokeCredential", call: func(ctx context.Context, c *AgentIdPClient) error {
			return c.Credentials.RevokeCredential(ctx, testID, "cred")
		}, method: "DELETE", target: credentialTarget + "/cred", status: 204},
	}
}

func tokenOperations() []operation {
	return []operation{
		{name: "IntrospectToken", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Tokens.IntrospectToken(ctx, "a+b=")
			return err
		}, method: "POST", target: "/api/v1/token/introspect", form: "token=a%2Bb%3D"},
		{name: "RevokeToken", call: func(ctx context.Context, c *AgentIdPClient) error {
			return c.Tokens.RevokeToken(ctx, "abc")
		}, method: "POST", target: "/api/v1/token/revoke", form: "token=abc"},
	}
}

func auditOperations() []operation {
	return []operation{
		{name: "QueryAuditLog", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Audit.QueryAuditLog(ctx, nil)
			return err
		}, method: "GET", target: "/api/v1/audit"},
		{name: "QueryAuditLog with filter", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Audit.QueryAuditLog(ctx, &QueryAuditLogParams{AgentID: testID, Action: AuditActionTokenIssued,
				Outcome: AuditOutcomeFailure, FromDate: &day, ToDate: &day})
			return err
		}, method: "GET", target: "/api/v1/audit?action=token.issued&agentId=" + testID +
			"&fromDate=2026-03-28T09%3A00%3A00.123Z&outcome=failure&toDate=2026-03-28T09%3A00%3A00.123Z"},
		{name: "GetAuditEvent", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Audit.GetAuditEvent(ctx, testID)
			return err
		}, method: "GET", target: "/api/v1/audit/" + testID},
	}
}

func marketplaceOperations() []operation {
	return []operation{
		{name: "ListPublicAgents", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Marketplace.ListPublicAgents(ctx, nil)
			return err
		}, method: "GET", target: "/api/v1/marketplace/agents", anonymous: true},
		{name: "ListPublicAgents with filter", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Marketplace.ListPublicAgents(ctx, &ListPublicAgentsParams{Q: "ü", Capability: "a:b", Publisher: "p"})
			return err
		}, method: "GET", target: "/api/v1/marketplace/agents?capability=a%3Ab&publisher=p&q=%C3%BC", anonymous: true},
		{name: "GetPublicAgent", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Marketplace.GetPublicAgent(ctx, testID)
			return err
		}, method: "GET", target: "/api/v1/marketplace/agents/" + testID, anonymous: true},
	}
}

func delegationOperations() []operation {
	return []operation{
		{name: "CreateDelegation", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Delegation.CreateDelegation(ctx, CreateDelegationRequest{
				DelegateeAgentID: testID, Scopes: []string{"agents:read"}, TTLSeconds: 600})
			return err
		}, method: "POST", target: "/api/v1/oauth2/token/delegate", status: 201,
			json: `{"delegateeAgentId":"` + testID + `","scopes":["agents:read"],"ttlSeconds":600}`},
		{name: "VerifyDelegation", call: func(ctx context.Context, c *AgentIdPClient) error {
			_, err := c.Delegation.VerifyDelegation(ctx, "a.1.2.b")
			return err
		}, method: "POST", target: "/api/v1/oauth2/token/verify-delegation", json: `{"delegationToken":"a.1.2.b"}`},
		{name: "RevokeDelegation", call: func(ctx context.Context, c *AgentIdPClient) error {
			return c.Delegation.RevokeDelegation(ctx, testID)
		}, method: "DELETE", target: "/api/v1/oauth2/token/delegate/" + testID, status: 204},
	}
}

func TestOperationsSendTheRequestOfTheContract(t *testing.T) {
	for _, op := range operations() {
		op := op
		t.Run(op.name, func(t *testing.T) {
			status, body := op.status, `{}`
			if status == 0 {
				status = http.StatusOK
			}
			if status == http.StatusNoContent {
				body = ""
			}
			server := newStub(t, always(status, body))
			if err := op.call(context.Background(), server.client()); err != nil {
				t.Fatal(err)
			}
			calls := server.apiCalls()
			if len(calls) != 1 {
				t.Fatalf("%d calls, want 1", len(calls))
			}
			checkRequest(t, op, calls[0])
			if op.anonymous {
				equal(t, "token requests", len(server.tokenRequests()), 0)
			}
		})
	}
}

func checkRequest(t *testing.T, op operation, got exchange) {
	t.Helper()
	equal(t, "method", got.method, op.method)
	equal(t, "target", got.target, op.target)
	equal(t, "user agent", got.userAgent, "sentryagent-idp-go/1.0.0")
	authorization := "Bearer token-1"
	if op.anonymous {
		authorization = ""
	}
	equal(t, "authorization", got.authorization, authorization)
	switch {
	case op.json != "":
		equal(t, "content type", got.contentType, "application/json")
		sameJSON(t, got.body, op.json)
	case op.form != "":
		equal(t, "form", got.form(t).Encode(), op.form)
	default:
		equal(t, "body", string(got.body), "")
	}
}

// Every operation hands the error of the server to its caller.
func TestOperationsReturnTheErrorOfTheServer(t *testing.T) {
	for _, op := range operations() {
		op := op
		t.Run(op.name, func(t *testing.T) {
			server := newStub(t, always(http.StatusConflict, `{"code":"SOME_CONFLICT","message":"No."}`))
			apiErr := wantAPIError(t, op.call(context.Background(), server.client()))
			equal(t, "code", apiErr.Code, "SOME_CONFLICT")
			equal(t, "status", apiErr.HTTPStatus, http.StatusConflict)
		})
	}
}

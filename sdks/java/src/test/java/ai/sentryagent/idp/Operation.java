package ai.sentryagent.idp;

import ai.sentryagent.idp.models.AgentStatus;
import ai.sentryagent.idp.models.AgentType;
import ai.sentryagent.idp.models.AuditAction;
import ai.sentryagent.idp.models.AuditOutcome;
import ai.sentryagent.idp.models.CreateDelegationRequest;
import ai.sentryagent.idp.models.CredentialRequest;
import ai.sentryagent.idp.models.CredentialStatus;
import ai.sentryagent.idp.models.DeploymentEnv;
import ai.sentryagent.idp.models.ListAgentsParams;
import ai.sentryagent.idp.models.ListCredentialsParams;
import ai.sentryagent.idp.models.ListPublicAgentsParams;
import ai.sentryagent.idp.models.QueryAuditLogParams;
import ai.sentryagent.idp.models.RegisterAgentRequest;
import ai.sentryagent.idp.models.UpdateAgentRequest;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A call in both forms and the request that it must become. A body that starts with a brace is JSON,
 * another one a form.
 */
record Operation(
        String name,
        String method,
        String target,
        String body,
        Consumer<AgentIdPClient> sync,
        Function<AgentIdPClient, CompletableFuture<?>> async) {

    private static final String ID = StubServer.ID;
    private static final String AGENTS = "/api/v1/agents";
    private static final String AGENT = AGENTS + "/" + ID;
    private static final String CREDENTIALS = AGENT + "/credentials";
    private static final String MARKETPLACE = "/api/v1/marketplace/agents";
    private static final String DELEGATE = "/api/v1/oauth2/token/delegate";
    private static final Instant TIME = Instant.parse("2026-03-28T09:00:00.123456789Z");

    private static final RegisterAgentRequest NEW_AGENT = RegisterAgentRequest.builder()
            .email("a@b.example").agentType(AgentType.SCREENER).version("1.0.0").owner("team")
            .deploymentEnv(DeploymentEnv.STAGING).allowedScopes(List.of("agents:read")).isPublic(true).build();
    private static final UpdateAgentRequest CHANGES = UpdateAgentRequest.builder()
            .status(AgentStatus.SUSPENDED).capabilities(List.of()).isPublic(false).build();
    private static final ListAgentsParams AGENT_FILTER = ListAgentsParams.builder()
            .page(2).limit(50).owner("a&b c").agentType(AgentType.CUSTOM).status(AgentStatus.ACTIVE).build();
    private static final ListCredentialsParams CREDENTIAL_FILTER =
            ListCredentialsParams.builder().limit(1).status(CredentialStatus.REVOKED).build();
    private static final CredentialRequest EXPIRY = CredentialRequest.builder().expiresAt(TIME).build();
    private static final QueryAuditLogParams AUDIT_FILTER = QueryAuditLogParams.builder()
            .agentId(ID).action(AuditAction.TOKEN_ISSUED).outcome(AuditOutcome.FAILURE).fromDate(TIME).toDate(TIME)
            .build();
    private static final ListPublicAgentsParams SEARCH =
            ListPublicAgentsParams.builder().q("\u00fc").capability("a:b").publisher("p").build();
    private static final CreateDelegationRequest NEW_DELEGATION = CreateDelegationRequest.builder()
            .delegateeAgentId(ID).scopes(List.of("agents:read")).ttlSeconds(600).build();

    static Stream<Operation> all() {
        return Stream.of(agents(), credentials(), tokensAndAudit(), marketplace(), delegation()).flatMap(s -> s);
    }

    private static Stream<Operation> agents() {
        return Stream.of(
                new Operation("registerAgent", "POST", AGENTS, "{\"email\":\"a@b.example\",\"agentType\":\"screener\","
                        + "\"version\":\"1.0.0\",\"capabilities\":[],\"owner\":\"team\",\"deploymentEnv\":\"staging\","
                        + "\"allowedScopes\":[\"agents:read\"],\"isPublic\":true}",
                        c -> c.agents().registerAgent(NEW_AGENT), c -> c.agents().registerAgentAsync(NEW_AGENT)),
                new Operation("listAgents", "GET", AGENTS, "",
                        c -> c.agents().listAgents(), c -> c.agents().listAgentsAsync()),
                new Operation("listAgents, null", "GET", AGENTS, "",
                        c -> c.agents().listAgents(null), c -> c.agents().listAgentsAsync(null)),
                new Operation("listAgents, filter", "GET",
                        AGENTS + "?page=2&limit=50&owner=a%26b+c&agentType=custom&status=active", "",
                        c -> c.agents().listAgents(AGENT_FILTER), c -> c.agents().listAgentsAsync(AGENT_FILTER)),
                new Operation("getAgent", "GET", AGENT, "",
                        c -> c.agents().getAgent(ID), c -> c.agents().getAgentAsync(ID)),
                new Operation("getAgent, escaping", "GET", AGENTS + "/a%2F..%2Fb%3Fc%20d", "",
                        c -> c.agents().getAgent("a/../b?c d"), c -> c.agents().getAgentAsync("a/../b?c d")),
                new Operation("updateAgent", "PATCH", AGENT,
                        "{\"status\":\"suspended\",\"capabilities\":[],\"isPublic\":false}",
                        c -> c.agents().updateAgent(ID, CHANGES), c -> c.agents().updateAgentAsync(ID, CHANGES)),
                new Operation("decommissionAgent", "DELETE", AGENT, "",
                        c -> c.agents().decommissionAgent(ID), c -> c.agents().decommissionAgentAsync(ID)));
    }

    private static Stream<Operation> credentials() {
        return Stream.of(
                new Operation("generateCredential", "POST", CREDENTIALS, "{}",
                        c -> c.credentials().generateCredential(ID),
                        c -> c.credentials().generateCredentialAsync(ID)),
                new Operation("generateCredential, null", "POST", CREDENTIALS, "{}",
                        c -> c.credentials().generateCredential(ID, null),
                        c -> c.credentials().generateCredentialAsync(ID, null)),
                new Operation("listCredentials", "GET", CREDENTIALS, "",
                        c -> c.credentials().listCredentials(ID),
                        c -> c.credentials().listCredentialsAsync(ID)),
                new Operation("listCredentials, filter", "GET", CREDENTIALS + "?limit=1&status=revoked", "",
                        c -> c.credentials().listCredentials(ID, CREDENTIAL_FILTER),
                        c -> c.credentials().listCredentialsAsync(ID, CREDENTIAL_FILTER)),
                new Operation("rotateCredential", "POST", CREDENTIALS + "/cred/rotate", "{}",
                        c -> c.credentials().rotateCredential(ID, "cred"),
                        c -> c.credentials().rotateCredentialAsync(ID, "cred")),
                new Operation("rotateCredential, expiry", "POST", CREDENTIALS + "/cred/rotate",
                        "{\"expiresAt\":\"2026-03-28T09:00:00.123Z\"}",
                        c -> c.credentials().rotateCredential(ID, "cred", EXPIRY),
                        c -> c.credentials().rotateCredentialAsync(ID, "cred", EXPIRY)),
                new Operation("revokeCredential", "DELETE", CREDENTIALS + "/cred", "",
                        c -> c.credentials().revokeCredential(ID, "cred"),
                        c -> c.credentials().revokeCredentialAsync(ID, "cred")));
    }

    private static Stream<Operation> tokensAndAudit() {
        return Stream.of(
                new Operation("introspectToken", "POST", "/api/v1/token/introspect", "token=a%2Bb%3D",
                        c -> c.tokens().introspectToken("a+b="), c -> c.tokens().introspectTokenAsync("a+b=")),
                new Operation("revokeToken", "POST", "/api/v1/token/revoke", "token=abc",
                        c -> c.tokens().revokeToken("abc"), c -> c.tokens().revokeTokenAsync("abc")),
                new Operation("queryAuditLog", "GET", "/api/v1/audit", "",
                        c -> c.audit().queryAuditLog(), c -> c.audit().queryAuditLogAsync()),
                new Operation("queryAuditLog, filter", "GET", "/api/v1/audit?agentId=" + ID
                        + "&action=token.issued&outcome=failure&fromDate=2026-03-28T09%3A00%3A00.123Z"
                        + "&toDate=2026-03-28T09%3A00%3A00.123Z", "",
                        c -> c.audit().queryAuditLog(AUDIT_FILTER), c -> c.audit().queryAuditLogAsync(AUDIT_FILTER)),
                new Operation("getAuditEvent", "GET", "/api/v1/audit/" + ID, "",
                        c -> c.audit().getAuditEvent(ID), c -> c.audit().getAuditEventAsync(ID)));
    }

    private static Stream<Operation> marketplace() {
        return Stream.of(
                new Operation("listPublicAgents", "GET", MARKETPLACE, "",
                        c -> c.marketplace().listPublicAgents(), c -> c.marketplace().listPublicAgentsAsync()),
                new Operation("listPublicAgents, search", "GET",
                        MARKETPLACE + "?q=%C3%BC&capability=a%3Ab&publisher=p", "",
                        c -> c.marketplace().listPublicAgents(SEARCH),
                        c -> c.marketplace().listPublicAgentsAsync(SEARCH)),
                new Operation("getPublicAgent", "GET", MARKETPLACE + "/" + ID, "",
                        c -> c.marketplace().getPublicAgent(ID), c -> c.marketplace().getPublicAgentAsync(ID)));
    }

    private static Stream<Operation> delegation() {
        return Stream.of(
                new Operation("createDelegation", "POST", DELEGATE, "{\"delegateeAgentId\":\"" + ID
                        + "\",\"scopes\":[\"agents:read\"],\"ttlSeconds\":600}",
                        c -> c.delegation().createDelegation(NEW_DELEGATION),
                        c -> c.delegation().createDelegationAsync(NEW_DELEGATION)),
                new Operation("verifyDelegation", "POST", "/api/v1/oauth2/token/verify-delegation",
                        "{\"delegationToken\":\"a.1.2.b\"}",
                        c -> c.delegation().verifyDelegation("a.1.2.b"),
                        c -> c.delegation().verifyDelegationAsync("a.1.2.b")),
                new Operation("revokeDelegation", "DELETE", DELEGATE + "/" + ID, "",
                        c -> c.delegation().revokeDelegation(ID), c -> c.delegation().revokeDelegationAsync(ID)));
    }

    boolean anonymous() {
        return target.startsWith(MARKETPLACE);
    }

    boolean idempotent() {
        return method.equals("GET") || method.equals("DELETE");
    }

    @Override
    public String toString() {
        return name;
    }
}

package ai.sentryagent.idp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.sentryagent.idp.StubServer.Answer;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RetryTest {

    private static final String ID = StubServer.ID;
    private static final Answer UNAUTHORIZED =
            new Answer(401, "{\"code\":\"UNAUTHORIZED\",\"message\":\"Token has expired.\"}");

    /** Refuses token-1 and accepts every later token. */
    private static StubServer refusingFirst() {
        return new StubServer(
                call -> "Bearer token-1".equals(call.authorization()) ? UNAUTHORIZED : new Answer(200, "{}"));
    }

    static Stream<Operation> authenticated() {
        return Operation.all().filter(operation -> !operation.anonymous());
    }

    @ParameterizedTest
    @MethodSource("authenticated")
    void aRefusedTokenIsReplacedAndOnlyIdempotentCallsAreRepeated(Operation operation) {
        try (StubServer server = refusingFirst()) {
            AgentIdPClient client = server.client();
            int tokens = 1;
            if (operation.idempotent()) {
                tokens = 2;
                operation.sync().accept(client);
                assertEquals(2, server.calls.size());
                assertEquals("Bearer token-2", server.calls.get(1).authorization());
            } else {
                AgentIdPException failure =
                        assertThrows(AgentIdPException.class, () -> operation.sync().accept(client));
                assertEquals("UNAUTHORIZED", failure.getCode());
                assertEquals(1, server.calls.size());
            }
            assertEquals(tokens, server.tokenRequests.size());
            client.agents().getAgent(ID);
            assertEquals(2, server.tokenRequests.size());
        }
    }

    @Test
    void aSecondRefusalIsReturned() {
        try (StubServer server = new StubServer(call -> UNAUTHORIZED)) {
            AgentIdPException failure =
                    assertThrows(AgentIdPException.class, () -> server.client().agents().getAgent(ID));
            assertEquals(401, failure.getHttpStatus());
            assertEquals(2, server.calls.size());
            assertEquals(2, server.tokenRequests.size());
        }
    }

    @Test
    void anAnonymousRefusalIsReturned() {
        try (StubServer server = new StubServer(call -> UNAUTHORIZED)) {
            assertThrows(AgentIdPException.class, () -> server.client().marketplace().getPublicAgent(ID));
            assertEquals(1, server.calls.size());
            assertEquals(0, server.tokenRequests.size());
        }
    }

    @Test
    void aRenewalThatFails() {
        try (StubServer server = refusingFirst()) {
            server.issue = number -> number % 2 == 1
                    ? StubServer.token(1)
                    : new Answer(403, "{\"code\":\"AGENT_SUSPENDED\",\"message\":\"m\"}");
            AgentIdPClient client = server.client();
            AgentIdPException repeated =
                    assertThrows(AgentIdPException.class, () -> client.agents().getAgent(ID));
            assertEquals("AGENT_SUSPENDED", repeated.getCode());
            AgentIdPException original =
                    assertThrows(AgentIdPException.class, () -> client.credentials().generateCredential(ID));
            assertEquals("UNAUTHORIZED", original.getCode());
        }
    }

    /** A late refusal of an old token must not drop the token that replaced it. */
    @Test
    void aRefusalOfAnOldTokenKeepsTheNewOne() {
        try (StubServer server = refusingFirst()) {
            TokenManager manager = new TokenManager(server.url(), ID, StubServer.SECRET, null);
            assertEquals("token-1", manager.getToken());
            manager.invalidate("token-1");
            assertEquals("token-2", manager.getToken());
            manager.invalidate("token-1");
            assertEquals("token-2", manager.getToken());
        }
    }

    @Test
    void aRevokedOwnTokenIsNotUsedAgain() {
        try (StubServer server = StubServer.always(200, "{}")) {
            AgentIdPClient client = server.client();
            client.tokens().revokeToken("of somebody else");
            client.tokens().revokeToken("token-1");
            client.agents().getAgent(ID);
            assertEquals("Bearer token-1", server.calls.get(1).authorization());
            assertEquals("Bearer token-2", server.calls.get(2).authorization());
        }
    }

    /** A redirect would carry secret and token to another address. */
    @Test
    void redirectsAreNotFollowed() {
        try (StubServer target = StubServer.always(200, "{}");
                StubServer server = StubServer.always(200, "{}")) {
            server.issue = number -> new Answer(307, "", Map.of("Location", target.url() + "/api/v1/token"));
            AgentIdPException failure =
                    assertThrows(AgentIdPException.class, () -> server.client().agents().getAgent(ID));
            assertEquals(307, failure.getHttpStatus());
            assertEquals(0, target.tokenRequests.size());
        }
    }
}

package ai.sentryagent.idp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.sentryagent.idp.StubServer.Answer;
import ai.sentryagent.idp.models.IssueTokenRequest;
import ai.sentryagent.idp.models.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenManagerTest {

    private final StubServer server = StubServer.always(200, "{}");
    /** Near the end of the range: the counter of the JVM may overflow. */
    private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 1000);

    private final TokenManager manager = new TokenManager(
            new HttpSender(server.url() + "/", AgentIdPClient.DEFAULT_TIMEOUT, null),
            StubServer.ID, StubServer.SECRET, "agents:read audit:read", nanoTime::get);

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void sendsTheFormOfTheGrant() {
        String token = new TokenManager(server.url(), StubServer.ID, "a+b&c", "agents:read audit:read").getToken();
        assertEquals("token-1", token);
        StubServer.Received request = server.tokenRequests.get(0);
        assertEquals("application/x-www-form-urlencoded", request.contentType());
        assertEquals("grant_type=client_credentials&client_id=" + StubServer.ID
                + "&client_secret=a%2Bb%26c&scope=agents%3Aread+audit%3Aread", request.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "text", "list", "none", "no list", "empty text", "empty list", "constructor"})
    void scopesOfTheClient(String kind) {
        AgentIdPClient.Builder builder = AgentIdPClient.builder().baseUrl(server.url()).clientId(StubServer.ID)
                .clientSecret(StubServer.SECRET);
        AgentIdPClient client = switch (kind) {
            case "text" -> builder.scope("audit:read tokens:read").build();
            case "list" -> builder.scopes(List.of("audit:read", "tokens:read")).build();
            case "constructor" ->
                new AgentIdPClient(server.url(), StubServer.ID, StubServer.SECRET, "audit:read tokens:read");
            case "none" -> builder.scope(null).build();
            case "no list" -> builder.scopes(null).build();
            case "empty text" -> builder.scope("").build();
            case "empty list" -> builder.scopes(List.of()).build();
            default -> builder.build();
        };
        client.agents().getAgent(StubServer.ID);
        String body = server.tokenRequests.get(0).body();
        String expected = switch (kind) {
            case "default", "none", "no list" -> "&scope=agents%3Aread+agents%3Awrite+tokens%3Aread+audit%3Aread";
            case "empty text", "empty list" -> "&client_secret=" + StubServer.SECRET;
            default -> "&scope=audit%3Aread+tokens%3Aread";
        };
        assertTrue(body.endsWith(expected), body);
    }

    @Test
    void aTokenIsUsedWhile60SecondsRemain() {
        assertEquals("token-1", manager.getToken());
        nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(3540));
        assertEquals("token-1", manager.getToken());
        nanoTime.incrementAndGet();
        assertEquals("token-2", manager.getToken());
        assertEquals(2, server.tokenRequests.size());
    }

    @Test
    void aShortLivedTokenIsNotReused() {
        server.issue = number -> new Answer(200, "{\"access_token\":\"short\",\"expires_in\":59}");
        assertEquals("short", manager.getToken());
        assertEquals("short", manager.getToken());
        assertEquals(2, server.tokenRequests.size());
    }

    @Test
    void clearTokenCacheMakesTheNextCallFetchAToken() {
        AgentIdPClient client = server.client();
        client.agents().getAgent(StubServer.ID);
        client.clearTokenCache();
        client.agents().getAgent(StubServer.ID);
        assertEquals("Bearer token-2", server.calls.get(1).authorization());
    }

    @Test
    void aFailureIsNotCached() {
        server.issue = number -> switch (number) {
            case 1 -> new Answer(
                    401, "{\"error\":\"invalid_client\",\"error_description\":\"Client authentication failed.\"}");
            case 2 -> new Answer(200, "{\"token_type\":\"Bearer\"}");
            case 3 -> new Answer(200, "{\"access_token\":\"two\\nlines\"}");
            default -> StubServer.token(number);
        };
        AgentIdPException refused = assertThrows(AgentIdPException.class, manager::getToken);
        assertEquals("invalid_client", refused.getCode());
        assertEquals("Client authentication failed.", refused.getMessage());
        assertEquals(401, refused.getHttpStatus());
        for (int unusable = 0; unusable < 2; unusable++) {
            AgentIdPException failure = assertThrows(AgentIdPException.class, manager::getToken);
            assertEquals(AgentIdPException.INVALID_RESPONSE, failure.getCode());
        }
        assertEquals("token-4", manager.getToken());
    }

    /** Lets the test hold token requests back. */
    private final CountDownLatch entered = new CountDownLatch(1);

    private final CountDownLatch release = new CountDownLatch(1);

    private void holdTokenRequests() {
        server.issue = number -> {
            entered.countDown();
            try {
                release.await();
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
            return StubServer.token(number);
        };
    }

    @Test
    void parallelCallersShareOneRequest() {
        holdTokenRequests();
        List<CompletableFuture<String>> callers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            callers.add(manager.getTokenAsync());
        }
        release.countDown();
        for (CompletableFuture<String> caller : callers) {
            assertEquals("token-1", caller.join());
        }
        assertEquals(1, server.tokenRequests.size());
    }

    @Test
    void aCancelledCallerLeavesTheOthersAlone() throws Exception {
        holdTokenRequests();
        CompletableFuture<String> first = manager.getTokenAsync();
        CompletableFuture<String> second = manager.getTokenAsync();
        entered.await();
        assertTrue(first.cancel(true));
        assertFalse(second.isDone());
        release.countDown();
        assertEquals("token-1", second.join());
        assertEquals(1, server.tokenRequests.size());
    }

    @Test
    void clearingDuringARequestDropsItsResult() throws Exception {
        holdTokenRequests();
        CompletableFuture<String> before = manager.getTokenAsync();
        entered.await();
        manager.clearCache();
        release.countDown();
        assertEquals("token-1", before.join());
        assertEquals("token-2", manager.getToken());
    }

    @Test
    void tokensCanBeIssuedExplicitly() {
        server.issue = number -> new Answer(200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\","
                + "\"expires_in\":3600,\"scope\":\"openid\",\"id_token\":\"i\"}");
        OAuth2ServiceClient oauth2 = server.client().oauth2();
        Token token = oauth2.issueToken(IssueTokenRequest.builder().scope("openid").nonce("n").build());
        assertEquals("a", token.getAccessToken());
        assertEquals("i", token.getIdToken());
        assertTrue(server.tokenRequests.get(0).body().endsWith("&scope=openid&nonce=n"));
        oauth2.issueToken();
        oauth2.issueToken(null);
        oauth2.issueTokenAsync().join();
        assertEquals(4, server.tokenRequests.size());
        for (StubServer.Received request : server.tokenRequests.subList(1, 4)) {
            assertTrue(request.body().endsWith("&scope=agents%3Aread+agents%3Awrite+tokens%3Aread+audit%3Aread"));
        }
    }
}

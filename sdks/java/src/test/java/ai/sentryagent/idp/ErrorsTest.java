package ai.sentryagent.idp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Failures of every kind arrive as AgentIdPException with the facts of the contract. */
class ErrorsTest {

    private static final String ID = StubServer.ID;

    private static AgentIdPException failureOf(StubServer server) {
        try (server) {
            return assertThrows(AgentIdPException.class, () -> server.client().agents().getAgent(ID));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", quoteCharacter = '~', value = {
        "404 | {\"code\":\"AGENT_NOT_FOUND\",\"message\":\"No such agent.\"} | AGENT_NOT_FOUND | No such agent.",
        "400 | {\"error\":\"e\",\"error_description\":\"d\",\"code\":\"C\",\"message\":\"m\"} | C | m",
        "400 | {\"error\":\"invalid_scope\",\"error_description\":\"No.\"} | invalid_scope | No.",
        "502 | <html>Bad gateway</html> | HTTP_ERROR | The server answered with HTTP status 502.",
        "500 | \"oops\" | HTTP_ERROR | The server answered with HTTP status 500.",
        "500 | {\"code\":{},\"message\":[]} | HTTP_ERROR | The server answered with HTTP status 500.",
        "503 | ~~ | HTTP_ERROR | The server answered with HTTP status 503.",
        "301 | ~~ | HTTP_ERROR | The server answered with HTTP status 301.",
    })
    void errorBodies(int status, String body, String code, String message) {
        AgentIdPException failure = failureOf(StubServer.always(status, body));
        assertEquals(code, failure.getCode());
        assertEquals(message, failure.getMessage());
        assertEquals(status, failure.getHttpStatus());
        assertEquals(Map.of(), failure.getDetails());
        assertEquals(Optional.empty(), failure.getRetryAfter());
    }

    @Test
    void detailsAreKept() {
        AgentIdPException failure = failureOf(StubServer.always(403, "{\"code\":\"FORBIDDEN\",\"message\":\"m\","
                + "\"details\":{\"requiredScopes\":[\"agents:read\"],\"x\":null}}"));
        assertEquals(List.of("agents:read"), failure.getDetails().get("requiredScopes"));
        assertTrue(failure.getDetails().containsKey("x"));
        assertEquals("AgentIdPException: FORBIDDEN (HTTP 403): m", failure.toString());
    }

    @Test
    void aRateLimitIsNotRetriedAndTellsTheWait() {
        StubServer server = new StubServer(call -> new StubServer.Answer(
                429, "{\"code\":\"RATE_LIMIT_EXCEEDED\",\"message\":\"m\"}", Map.of("Retry-After", "17")));
        AgentIdPException failure = failureOf(server);
        assertEquals(17, failure.getDetails().get("retryAfter"));
        assertEquals(Optional.of(Duration.ofSeconds(17)), failure.getRetryAfter());
        assertEquals(1, server.calls.size());
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", delimiter = '|', value = {
        "5 | 5",
        "Sat, 28 Mar 2026 09:00:30 GMT | 30",
        "Sat, 28 Mar 2026 08:00:00 GMT | 0",
        "Sat, 28 Mar 9999 08:00:00 GMT | -",
        "soon | -",
        "-1 | -",
    })
    void formsOfRetryAfter(String value, Integer seconds) {
        Instant now = Instant.parse("2026-03-28T09:00:00.500Z");
        assertEquals(Optional.ofNullable(seconds), ErrorParser.seconds(value, now));
    }

    @Test
    void aServerErrorIsNotRetried() {
        StubServer server = StubServer.always(500, "{\"code\":\"INTERNAL_SERVER_ERROR\",\"message\":\"m\"}");
        assertEquals("INTERNAL_SERVER_ERROR", failureOf(server).getCode());
        assertEquals(1, server.calls.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>", "", "null", "{\"isPublic\":\"x\"}", "{\"createdAt\":\"yesterday\"}", "[]"})
    void anUnreadableSuccess(String body) {
        AgentIdPException failure = failureOf(StubServer.always(200, body));
        assertEquals(AgentIdPException.INVALID_RESPONSE, failure.getCode());
        assertEquals(200, failure.getHttpStatus());
    }

    @Test
    void aNetworkFailure() {
        StubServer server = StubServer.always(200, "{}");
        AgentIdPClient client = server.client();
        server.close();
        AgentIdPException failure = assertThrows(AgentIdPException.class, () -> client.agents().getAgent(ID));
        assertEquals(AgentIdPException.NETWORK_ERROR, failure.getCode());
        assertEquals(0, failure.getHttpStatus());
        assertTrue(failure.toString().startsWith("AgentIdPException: NETWORK_ERROR: "));
    }

    @Test
    void aTimeout() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (StubServer server = new StubServer(call -> awaited(release))) {
            AgentIdPClient client = AgentIdPClient.builder().baseUrl(server.url()).clientId(ID)
                    .clientSecret(StubServer.SECRET).timeout(Duration.ofMillis(50)).build();
            CompletableFuture<?> call = client.marketplace().getPublicAgentAsync(ID);
            Throwable cause = assertThrows(ExecutionException.class, call::get).getCause();
            AgentIdPException failure = assertInstanceOf(AgentIdPException.class, cause);
            assertEquals(AgentIdPException.NETWORK_ERROR, failure.getCode());
            assertInstanceOf(TimeoutException.class, failure.getCause());
            release.countDown();
        }
    }

    private static StubServer.Answer awaited(CountDownLatch release) {
        try {
            release.await();
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
        return new StubServer.Answer(200, "{}");
    }

    @Test
    void anInterruptedWait() {
        CountDownLatch release = new CountDownLatch(1);
        try (StubServer server = new StubServer(call -> awaited(release))) {
            Thread.currentThread().interrupt();
            AgentIdPException failure =
                    assertThrows(AgentIdPException.class, () -> server.client().agents().getAgent(ID));
            assertTrue(Thread.interrupted(), "the interruption is kept");
            assertEquals(AgentIdPException.NETWORK_ERROR, failure.getCode());
            assertInstanceOf(InterruptedException.class, failure.getCause());
            release.countDown();
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", ".", ".."})
    void idsThatAddressAnotherResourceAreRefused(String id) {
        try (StubServer server = StubServer.always(204, "")) {
            AgentIdPClient client = server.client();
            AgentIdPException thrown =
                    assertThrows(AgentIdPException.class, () -> client.agents().decommissionAgent(id));
            assertEquals(AgentIdPException.INVALID_ARGUMENT, thrown.getCode());
            CompletableFuture<Void> future = client.agents().decommissionAgentAsync(id);
            assertInstanceOf(AgentIdPException.class, assertThrows(ExecutionException.class, future::get).getCause());
            assertEquals(0, server.calls.size());
        }
    }

    @Test
    void anAnswerThatIsTooLargeIsAbandoned() {
        boolean[] cancelled = {false};
        BoundedBody body = new BoundedBody(4);
        body.onSubscribe(new Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {
                cancelled[0] = true;
            }
        });
        body.onNext(List.of(ByteBuffer.wrap(new byte[4])));
        assertFalse(cancelled[0]);
        body.onNext(List.of(ByteBuffer.wrap(new byte[1])));
        assertTrue(cancelled[0]);
        CompletableFuture<byte[]> result = body.getBody().toCompletableFuture();
        Throwable cause = assertThrows(ExecutionException.class, result::get).getCause();
        assertEquals("The answer is too large.", cause.getMessage());
    }

    @Test
    void exceptionsCanBeSerialized() throws Exception {
        AgentIdPException failure = failureOf(StubServer.always(
                403, "{\"code\":\"C\",\"message\":\"m\",\"details\":{\"a\":[1,{\"b\":true}]}}"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(failure);
        assertTrue(bytes.size() > 0);
    }
}

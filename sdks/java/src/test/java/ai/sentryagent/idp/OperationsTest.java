package ai.sentryagent.idp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation sends the request of the contract and hands on what comes back. */
class OperationsTest {

    static Stream<Operation> operations() {
        return Operation.all();
    }

    private static StubServer accepting(Operation operation) {
        return operation.method().equals("DELETE") ? StubServer.always(204, "") : StubServer.always(200, "{}");
    }

    private static void check(Operation operation, StubServer server) throws Exception {
        assertEquals(1, server.calls.size());
        StubServer.Received got = server.calls.get(0);
        assertEquals(operation.method(), got.method());
        assertEquals(operation.target(), got.target());
        assertEquals("sentryagent-idp-java/1.0.0", got.userAgent());
        assertEquals(operation.anonymous() ? null : "Bearer token-1", got.authorization());
        assertEquals(operation.anonymous() ? 0 : 1, server.tokenRequests.size());
        if (operation.body().startsWith("{")) {
            ObjectMapper json = new ObjectMapper();
            assertEquals("application/json", got.contentType());
            assertEquals(json.readTree(operation.body()), json.readTree(got.body()));
        } else {
            assertEquals(operation.body(), got.body());
            assertEquals(
                    operation.body().isEmpty() ? null : "application/x-www-form-urlencoded", got.contentType());
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void sendsTheRequest(Operation operation) throws Exception {
        try (StubServer server = accepting(operation)) {
            operation.sync().accept(server.client());
            check(operation, server);
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void sendsTheSameRequestWithoutWaiting(Operation operation) throws Exception {
        try (StubServer server = accepting(operation)) {
            Object value = operation.async().apply(server.client()).get();
            if (operation.method().equals("DELETE")) {
                assertNull(value);
            }
            check(operation, server);
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void failsWithTheErrorOfTheServer(Operation operation) {
        try (StubServer server = StubServer.always(409, "{\"code\":\"SOME_CONFLICT\",\"message\":\"No.\"}")) {
            AgentIdPException failure =
                    assertThrows(AgentIdPException.class, () -> operation.sync().accept(server.client()));
            assertEquals("SOME_CONFLICT", failure.getCode());
            assertEquals(409, failure.getHttpStatus());
            assertTrue(
                    Arrays.stream(failure.getStackTrace()).anyMatch(f -> f.getClassName().equals(getClass().getName())),
                    "the stack trace shows the caller");
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void failsTheFutureWithTheErrorOfTheServer(Operation operation) {
        try (StubServer server = StubServer.always(409, "{\"code\":\"SOME_CONFLICT\",\"message\":\"No.\"}")) {
            CompletableFuture<?> future = operation.async().apply(server.client());
            CompletionException joined = assertThrows(CompletionException.class, future::join);
            AgentIdPException failure = (AgentIdPException) joined.getCause();
            assertEquals("SOME_CONFLICT", failure.getCode());
            Throwable handled = future.<Throwable>handle((value, error) -> error).join();
            assertEquals(failure, handled);
        }
    }

    static Stream<Class<?>> groups() {
        return Stream.of(AgentServiceClient.class, CredentialServiceClient.class, TokenServiceClient.class,
                AuditServiceClient.class, OAuth2ServiceClient.class, MarketplaceServiceClient.class,
                DelegationServiceClient.class);
    }

    @ParameterizedTest
    @MethodSource("groups")
    void everyMethodHasAnAsynchronousTwin(Class<?> group) throws Exception {
        List<Method> methods = Arrays.stream(group.getDeclaredMethods())
                .filter(method -> java.lang.reflect.Modifier.isPublic(method.getModifiers()))
                .filter(method -> !method.getName().endsWith("Async"))
                .toList();
        assertTrue(methods.size() >= 2 || group == OAuth2ServiceClient.class);
        for (Method method : methods) {
            Method twin = group.getMethod(method.getName() + "Async", method.getParameterTypes());
            assertEquals(CompletableFuture.class, twin.getReturnType());
        }
    }
}

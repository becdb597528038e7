package ai.sentryagent.idp;

import ai.sentryagent.idp.models.Introspection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Introspection and revocation of access tokens. Tokens of the caller need no scope, others {@code
 * tokens:read}.
 */
public final class TokenServiceClient {

    private final Transport transport;

    TokenServiceClient(Transport transport) {
        this.transport = transport;
    }

    /**
     * Tells whether a token is active, and its claims if so.
     *
     * @param token the access token
     * @return what the token is worth
     * @throws AgentIdPException when the call fails
     */
    public Introspection introspectToken(String token) {
        return Futures.await(introspectTokenAsync(token));
    }

    /**
     * {@link #introspectToken(String)} without waiting.
     *
     * @param token the access token
     * @return what the token is worth, or the failure
     */
    public CompletableFuture<Introspection> introspectTokenAsync(String token) {
        return transport.call(
                () -> ApiRequest.form(Map.of("token", token), "token", "introspect"),
                Introspection.class);
    }

    /**
     * Ends a token of the caller. A token that has already ended is no failure. The client drops
     * the token if it is the one in its cache.
     *
     * @param token the access token
     * @throws AgentIdPException when the call fails
     */
    public void revokeToken(String token) {
        Futures.await(revokeTokenAsync(token));
    }

    /**
     * {@link #revokeToken(String)} without waiting.
     *
     * @param token the access token
     * @return nothing, or the failure
     */
    public CompletableFuture<Void> revokeTokenAsync(String token) {
        return Futures.expose(transport.call(() -> ApiRequest.form(Map.of("token", token), "token", "revoke"))
                .thenRun(() -> transport.tokens().invalidate(token)));
    }
}

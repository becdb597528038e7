package ai.sentryagent.idp;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JavaType;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Sends calls with the token of the client. */
final class Transport {

    private static final int UNAUTHORIZED = 401;

    private final HttpSender sender;
    private final TokenManager tokens;

    Transport(HttpSender sender, TokenManager tokens) {
        this.sender = sender;
        this.tokens = tokens;
    }

    TokenManager tokens() {
        return tokens;
    }

    <T> CompletableFuture<T> call(Supplier<ApiRequest> request, Class<T> type) {
        return call(request, Json.type(type));
    }

    <T> CompletableFuture<T> call(Supplier<ApiRequest> request, TypeReference<T> type) {
        return call(request, Json.type(type.getType()));
    }

    /** A call whose answer holds nothing of interest. */
    CompletableFuture<Void> call(Supplier<ApiRequest> request) {
        return Futures.expose(Futures.start(() -> exchange(request.get())).thenApply(reply -> null));
    }

    private <T> CompletableFuture<T> call(Supplier<ApiRequest> request, JavaType type) {
        return Futures.expose(Futures.start(() -> exchange(request.get()))
                .thenApply(reply -> Json.<T>read(reply.body(), type, reply.status())));
    }

    private CompletableFuture<HttpSender.Reply> exchange(ApiRequest request) {
        if (request.anonymous()) {
            return sender.send(request, null);
        }
        return tokens.getTokenAsync().thenCompose(token -> sender.send(request, token)
                .exceptionallyCompose(failure -> isUnauthorized(failure)
                        ? renew(request, token, failure)
                        : CompletableFuture.failedFuture(failure)));
    }

    /** Drops a refused token; only idempotent calls are then repeated once, with a new one. */
    private CompletableFuture<HttpSender.Reply> renew(ApiRequest request, String refused, Throwable failure) {
        tokens.invalidate(refused);
        return request.idempotent()
                ? tokens.getTokenAsync().thenCompose(token -> sender.send(request, token))
                : CompletableFuture.failedFuture(failure);
    }

    private static boolean isUnauthorized(Throwable failure) {
        return Futures.unwrap(failure) instanceof AgentIdPException refusal
                && refusal.getHttpStatus() == UNAUTHORIZED;
    }
}

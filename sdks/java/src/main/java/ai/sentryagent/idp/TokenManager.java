package ai.sentryagent.idp;

import ai.sentryagent.idp.models.IssueTokenRequest;
import ai.sentryagent.idp.models.Token;
import com.fasterxml.jackson.databind.JavaType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * Fetches access tokens and keeps the last one in memory until less than 60 seconds of its lifetime
 * remain. Safe for use by many threads: callers that need a token at the same time share one request.
 */
public final class TokenManager {

    /** The rest of a token's lifetime in which it is not used any more. */
    private static final long RENEW_BEFORE = TimeUnit.SECONDS.toNanos(60);

    private static final JavaType TOKEN = Json.type(Token.class);
    /** What may stand in a header; a refusal by the HTTP client would show the token. */
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x21-\\x7e]+");

    private final HttpSender sender;
    private final String clientId;
    private final String clientSecret;
    private final String scope;
    private final LongSupplier nanoTime;

    private final Object lock = new Object();
    private String token;
    private long renewAt;
    private CompletableFuture<String> flight;

    /**
     * A manager for one client that works without an {@link AgentIdPClient}.
     *
     * @param baseUrl the origin of the server
     * @param clientId the id of the agent
     * @param clientSecret the secret of one of its credentials
     * @param scope the scopes, separated by single spaces; null or empty leaves the choice to the
     *     server
     * @throws IllegalArgumentException when a value is missing or the base URL is not usable
     */
    public TokenManager(String baseUrl, String clientId, String clientSecret, String scope) {
        this(new HttpSender(baseUrl, AgentIdPClient.DEFAULT_TIMEOUT, null), clientId, clientSecret, scope,
                System::nanoTime);
    }

    TokenManager(HttpSender sender, String clientId, String clientSecret, String scope, LongSupplier nanoTime) {
        this.sender = sender;
        this.clientId = required("clientId", clientId);
        this.clientSecret = required("clientSecret", clientSecret);
        this.scope = scope == null ? "" : scope;
        this.nanoTime = nanoTime;
    }

    /**
     * Returns a token that is valid for at least 60 seconds, from the cache or from the server. A
     * failure is not remembered.
     *
     * @return the token
     * @throws AgentIdPException when the server issues none
     */
    public String getToken() {
        return Futures.await(getTokenAsync());
    }

    /**
     * {@link #getToken()} without waiting. Cancelling the future leaves other callers alone.
     *
     * @return the token, or the failure
     */
    public CompletableFuture<String> getTokenAsync() {
        CompletableFuture<String> current;
        boolean first;
        synchronized (lock) {
            if (token != null && renewAt - nanoTime.getAsLong() >= 0) {
                return CompletableFuture.completedFuture(token);
            }
            first = flight == null;
            if (first) {
                flight = new CompletableFuture<>();
            }
            current = flight;
        }
        if (first) {
            renew(current);
        }
        return Futures.expose(current);
    }

    /**
     * Drops the cached token and the result of a request under way: the next call asks the server.
     */
    public void clearCache() {
        synchronized (lock) {
            token = null;
            flight = null;
        }
    }

    /**
     * Drops the cached token if it is the given one. After a 401 this keeps the token that another
     * caller may have fetched in the meantime.
     */
    void invalidate(String refused) {
        synchronized (lock) {
            if (refused.equals(token)) {
                token = null;
            }
        }
    }

    /** The lifetime is counted from before the request, so that its duration is on the safe side. */
    private void renew(CompletableFuture<String> current) {
        long started = nanoTime.getAsLong();
        issue(null).whenComplete((issued, failure) -> {
            synchronized (lock) {
                if (flight == current) {
                    flight = null;
                    if (failure == null) {
                        token = issued.getAccessToken();
                        renewAt = started + TimeUnit.SECONDS.toNanos(issued.getExpiresIn()) - RENEW_BEFORE;
                    }
                }
            }
            if (failure == null) {
                current.complete(issued.getAccessToken());
            } else {
                current.completeExceptionally(Futures.unwrap(failure));
            }
        });
    }

    /** Requests a token; the cache is not involved. The scope is that of the manager unless the options have one. */
    CompletableFuture<Token> issue(IssueTokenRequest options) {
        IssueTokenRequest effective = options == null ? IssueTokenRequest.builder().build() : options;
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "client_credentials");
        form.put("client_id", clientId);
        form.put("client_secret", clientSecret);
        putText(form, "scope", effective.getScope() == null ? scope : effective.getScope());
        putText(form, "nonce", effective.getNonce());
        return sender.send(ApiRequest.form(form, "token"), null).thenApply(TokenManager::read);
    }

    private static void putText(Map<String, String> form, String name, String value) {
        if (value != null && !value.isEmpty()) {
            form.put(name, value);
        }
    }

    private static Token read(HttpSender.Reply reply) {
        Token issued = Json.read(reply.body(), TOKEN, reply.status());
        String value = issued.getAccessToken();
        if (value == null || !HEADER_VALUE.matcher(value).matches()) {
            throw AgentIdPException.invalidResponse(reply.status());
        }
        return issued;
    }

    private static String required(String name, String value) {
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException(name + " is required.");
        }
        return value;
    }

    /** Describes the manager without secret and token. */
    @Override
    public String toString() {
        return "TokenManager{baseUrl=" + sender.baseUrl() + ", clientId=" + clientId + ", clientSecret=[REDACTED]}";
    }
}

package ai.sentryagent.idp;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Turns calls into HTTP exchanges; it knows nothing of the life of tokens. */
final class HttpSender {

    static final String USER_AGENT = "sentryagent-idp-java/" + AgentIdPClient.VERSION;
    /** Bound on the bytes of an answer; the largest page is far below. */
    static final int MAX_BODY = 16 << 20;

    private static final String API_PREFIX = "/api/v1";

    private final String baseUrl;
    private final Duration timeout;
    private final HttpClient http;

    HttpSender(String baseUrl, Duration timeout, HttpClient http) {
        if (timeout == null || timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout must be positive.");
        }
        this.baseUrl = origin(baseUrl);
        this.timeout = timeout;
        this.http = http == null ? client(this.baseUrl) : http;
    }

    String baseUrl() {
        return baseUrl;
    }

    /** The body of a success; anything else fails with an {@link AgentIdPException}. */
    CompletableFuture<Reply> send(ApiRequest request, String token) {
        CompletableFuture<HttpResponse<byte[]>> sent;
        try {
            sent = http.sendAsync(build(request, token), head -> new BoundedBody(MAX_BODY));
        } catch (RuntimeException refused) {
            return CompletableFuture.failedFuture(unreachable(refused));
        }
        return sent.copy()
                .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
                .handle((response, failure) -> {
                    if (failure != null) {
                        sent.cancel(true);
                        throw unreachable(Futures.unwrap(failure));
                    }
                    return reply(response);
                });
    }

    private static Reply reply(HttpResponse<byte[]> response) {
        int status = response.statusCode();
        if (status < 200 || status > 299) {
            throw ErrorParser.parse(status, response.headers().firstValue("Retry-After"), response.body());
        }
        return new Reply(status, response.body());
    }

    private AgentIdPException unreachable(Throwable cause) {
        if (cause instanceof TimeoutException) {
            return AgentIdPException.network("The server did not answer within " + timeout.toMillis() + " ms.", cause);
        }
        return AgentIdPException.network("The server could not be reached: " + cause, cause);
    }

    private HttpRequest build(ApiRequest request, String token) {
        BodyPublisher body =
                request.body() == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(request.body());
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(baseUrl + API_PREFIX + request.path()))
                .method(request.method(), body)
                .header("Accept", "application/json")
                .header("User-Agent", USER_AGENT);
        if (request.contentType() != null) {
            builder.header("Content-Type", request.contentType());
        }
        if (token != null) {
            builder.header("Authorization", "Bearer " + token);
        }
        return builder.build();
    }

    /**
     * Redirects are refused, because a followed one could carry a secret away. The upgrade to HTTP/2
     * that the JDK tries on plain connections confuses some proxies.
     */
    private static HttpClient client(String baseUrl) {
        boolean plain = baseUrl.startsWith("http:");
        return HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(plain ? HttpClient.Version.HTTP_1_1 : HttpClient.Version.HTTP_2)
                .build();
    }

    /** Refuses what could not be sent later, and credentials in the URL, which would be printed. */
    private static String origin(String baseUrl) {
        String trimmed = baseUrl == null ? "" : baseUrl.replaceAll("/+$", "");
        URI uri;
        try {
            uri = new URI(trimmed);
        } catch (URISyntaxException unreadable) {
            throw unusable();
        }
        boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        boolean plain = uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null;
        if (!web || uri.getHost() == null || !plain) {
            throw unusable();
        }
        return trimmed;
    }

    private static IllegalArgumentException unusable() {
        return new IllegalArgumentException("baseUrl must be the origin of a server, e.g. http://localhost:3000.");
    }

    /**
     * A success.
     *
     * @param status the HTTP status
     * @param body the bytes of the answer
     */
    record Reply(int status, byte[] body) {}
}

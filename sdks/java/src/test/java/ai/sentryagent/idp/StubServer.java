package ai.sentryagent.idp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.IntFunction;

/** A server that issues token-1, token-2 and so on, and answers all other calls with a handler. */
final class StubServer implements AutoCloseable {

    static final String ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    static final String SECRET = "sk_live_do-not-show";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private final Function<Received, Answer> handler;

    final List<Received> calls = new CopyOnWriteArrayList<>();
    final List<Received> tokenRequests = new CopyOnWriteArrayList<>();

    /** Answers the token request with the given number, from 1. */
    volatile IntFunction<Answer> issue = StubServer::token;

    StubServer(Function<Received, Answer> handler) {
        this.handler = handler;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException unavailable) {
            throw new UncheckedIOException(unavailable);
        }
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    /** A server that answers every call alike. */
    static StubServer always(int status, String body) {
        return new StubServer(call -> new Answer(status, body));
    }

    static Answer token(int number) {
        return new Answer(200, "{\"access_token\":\"token-" + number
                + "\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"scope\":\"agents:read\"}");
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    AgentIdPClient client() {
        return new AgentIdPClient(url(), ID, SECRET);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Received received = new Received(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    exchange.getRequestHeaders().getFirst("User-Agent"),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            Answer answer = answer(received);
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private Answer answer(Received received) {
        if (!received.target().equals("/api/v1/token")) {
            calls.add(received);
            return handler.apply(received);
        }
        int number;
        synchronized (this) {
            tokenRequests.add(received);
            number = tokenRequests.size();
        }
        return issue.apply(number);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** A request that the server received. */
    record Received(
            String method, String target, String authorization, String contentType, String userAgent, String body) {}

    /** What the server answers. */
    record Answer(int status, String body, Map<String, String> headers) {
        Answer(int status, String body) {
            this(status, body, Map.of());
        }
    }
}

package ai.sentryagent.idp;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads failures of the server: the envelope of the API and the form of RFC 6749. */
final class ErrorParser {

    private ErrorParser() {}

    static AgentIdPException parse(int status, Optional<String> retryAfter, byte[] body) {
        JsonNode node = Json.tree(body);
        String code = firstText(node, "code", "error", AgentIdPException.HTTP_ERROR);
        String message = firstText(
                node, "message", "error_description", "The server answered with HTTP status " + status + ".");
        Map<String, Object> details = new LinkedHashMap<>(Json.map(node.path("details")));
        retryAfter
                .flatMap(value -> seconds(value, Instant.now()))
                .ifPresent(seconds -> details.put(AgentIdPException.RETRY_AFTER, seconds));
        return new AgentIdPException(code, message, status, details, null);
    }

    private static String firstText(JsonNode node, String name, String alternative, String fallback) {
        return Stream.of(node.path(name), node.path(alternative))
                .filter(JsonNode::isTextual)
                .map(JsonNode::textValue)
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse(fallback);
    }

    /** Reads both forms of Retry-After (RFC 9110 section 10.2.3). */
    static Optional<Integer> seconds(String value, Instant now) {
        try {
            int seconds = Integer.parseInt(value);
            return seconds < 0 ? Optional.empty() : Optional.of(seconds);
        } catch (NumberFormatException notANumber) {
            return secondsUntil(value, now);
        }
    }

    private static Optional<Integer> secondsUntil(String date, Instant now) {
        try {
            Instant at = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            long seconds = Duration.between(now, at).plusMillis(999).toSeconds();
            return Optional.of(Math.toIntExact(Math.max(0, seconds)));
        } catch (DateTimeException | ArithmeticException unreadable) {
            return Optional.empty();
        }
    }
}

package ai.sentryagent.idp;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The failure of a call. Asynchronous calls complete with it as the cause. Neither its text nor its
 * causes hold secrets or tokens.
 */
public final class AgentIdPException extends RuntimeException {

    /** No answer was received, e.g. connection refused or timeout. */
    public static final String NETWORK_ERROR = "NETWORK_ERROR";

    /** The answer is a failure without a readable error body. */
    public static final String HTTP_ERROR = "HTTP_ERROR";

    /** The answer is a success with an unreadable body. */
    public static final String INVALID_RESPONSE = "INVALID_RESPONSE";

    /** The call was not sent: an argument cannot be right. */
    public static final String INVALID_ARGUMENT = "INVALID_ARGUMENT";

    /** The member of the details with the seconds of {@code Retry-After}. */
    static final String RETRY_AFTER = "retryAfter";

    private static final long serialVersionUID = 1L;

    /** The machine-readable reason. */
    private final String code;

    /** The status of the answer, 0 when there was none. */
    private final int httpStatus;

    /** Further facts that depend on the code. */
    private final LinkedHashMap<String, Object> details;

    AgentIdPException(
            String code, String message, int httpStatus, Map<String, Object> details, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.httpStatus = httpStatus;
        this.details = new LinkedHashMap<>(details);
    }

    /** Repeats a failure of another thread, so that the stack trace shows the caller too. */
    AgentIdPException(AgentIdPException origin) {
        this(origin.code, origin.getMessage(), origin.httpStatus, origin.details, origin);
    }

    static AgentIdPException network(String message, Throwable cause) {
        return new AgentIdPException(NETWORK_ERROR, message, 0, Map.of(), cause);
    }

    static AgentIdPException invalidArgument(String message) {
        return new AgentIdPException(INVALID_ARGUMENT, message, 0, Map.of(), null);
    }

    /** Keeps no cause: the text of a JSON error may repeat the answer. */
    static AgentIdPException invalidResponse(int httpStatus) {
        return new AgentIdPException(
                INVALID_RESPONSE, "The answer of the server could not be read.", httpStatus, Map.of(), null);
    }

    /**
     * Returns the machine-readable reason.
     *
     * @return a code of the API, e.g. {@code AGENT_NOT_FOUND}, or a constant of this class
     */
    public String getCode() {
        return code;
    }

    /** {@return the status of the answer, 0 when there was none} */
    public int getHttpStatus() {
        return httpStatus;
    }

    /**
     * Returns further facts that depend on the code, e.g. {@code requiredScopes} for {@code
     * FORBIDDEN}, and {@code retryAfter} (Integer, seconds) when the server sent {@code Retry-After}.
     *
     * @return the facts, never null
     */
    public Map<String, Object> getDetails() {
        return Collections.unmodifiableMap(details);
    }

    /** {@return how long the server asks to wait before the next try, if it said so} */
    public Optional<Duration> getRetryAfter() {
        return details.get(RETRY_AFTER) instanceof Integer seconds
                ? Optional.of(Duration.ofSeconds(seconds))
                : Optional.empty();
    }

    /** Describes the failure in one line. */
    @Override
    public String toString() {
        String status = httpStatus == 0 ? "" : " (HTTP " + httpStatus + ")";
        return "AgentIdPException: " + code + status + ": " + getMessage();
    }
}

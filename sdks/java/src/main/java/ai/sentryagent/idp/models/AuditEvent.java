package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.Map;

/** An entry of the hash-chained log of an organization. */
public final class AuditEvent {

    @JsonProperty("eventId")
    private String eventId;

    @JsonProperty("organizationId")
    private String organizationId;

    @JsonProperty("sequence")
    private long sequence;

    @JsonProperty("timestamp")
    private Instant timestamp;

    @JsonProperty("action")
    private String action;

    @JsonProperty("outcome")
    private String outcome;

    @JsonProperty("agentId")
    private String agentId;

    @JsonProperty("ipAddress")
    private String ipAddress;

    @JsonProperty("userAgent")
    private String userAgent;

    @JsonProperty("metadata")
    private Map<String, Object> metadata;

    @JsonProperty("previousHash")
    private String previousHash;

    @JsonProperty("hash")
    private String hash;

    AuditEvent() {}

    /** {@return the id of the event} */
    public String getEventId() {
        return eventId;
    }

    /** {@return the owner of the log} */
    public String getOrganizationId() {
        return organizationId;
    }

    /** {@return the position in the log, from 0 without gaps} */
    public long getSequence() {
        return sequence;
    }

    /** {@return the time of the event} */
    public Instant getTimestamp() {
        return timestamp;
    }

    /** {@return what happened, e.g. {@link AuditAction#AGENT_CREATED}} */
    public String getAction() {
        return action;
    }

    /** {@return how it ended, e.g. {@link AuditOutcome#SUCCESS}} */
    public String getOutcome() {
        return outcome;
    }

    /** {@return the agent that the event is about or that acted} */
    public String getAgentId() {
        return agentId;
    }

    /** {@return the address of the caller, 0.0.0.0 if unknown} */
    public String getIpAddress() {
        return ipAddress;
    }

    /** {@return the program of the caller, "unknown" if absent} */
    public String getUserAgent() {
        return userAgent;
    }

    /** {@return further facts that depend on the action} */
    public Map<String, Object> getMetadata() {
        return Views.of(metadata);
    }

    /** {@return the hash of the event before, empty for the first} */
    public String getPreviousHash() {
        return previousHash;
    }

    /** {@return the SHA-256 hash of the event, in hexadecimal} */
    public String getHash() {
        return hash;
    }
}

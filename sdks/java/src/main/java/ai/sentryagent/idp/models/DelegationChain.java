package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;

/** A delegation with its token. */
public final class DelegationChain {

    @JsonProperty("id")
    private String id;

    @JsonProperty("tenantId")
    private String tenantId;

    @JsonProperty("delegatorAgentId")
    private String delegatorAgentId;

    @JsonProperty("delegateeAgentId")
    private String delegateeAgentId;

    @JsonProperty("scopes")
    private List<String> scopes;

    @JsonProperty("delegationToken")
    private String delegationToken;

    @JsonProperty("signature")
    private String signature;

    @JsonProperty("ttlSeconds")
    private int ttlSeconds;

    @JsonProperty("issuedAt")
    private Instant issuedAt;

    @JsonProperty("expiresAt")
    private Instant expiresAt;

    @JsonProperty("revokedAt")
    private Instant revokedAt;

    @JsonProperty("createdAt")
    private Instant createdAt;

    DelegationChain() {}

    /** {@return the id of the chain} */
    public String getId() {
        return id;
    }

    /** {@return the organization of both agents} */
    public String getTenantId() {
        return tenantId;
    }

    /** {@return the agent that gave the scopes} */
    public String getDelegatorAgentId() {
        return delegatorAgentId;
    }

    /** {@return the agent that received them} */
    public String getDelegateeAgentId() {
        return delegateeAgentId;
    }

    /** {@return the delegated scopes} */
    public List<String> getScopes() {
        return Views.of(scopes);
    }

    /** {@return what the delegatee presents; opaque for clients} */
    public String getDelegationToken() {
        return delegationToken;
    }

    /** {@return the last part of the token, or null when the server leaves it out} */
    public String getSignature() {
        return signature;
    }

    /** {@return the lifetime in seconds} */
    public int getTtlSeconds() {
        return ttlSeconds;
    }

    /** {@return the start of the lifetime} */
    public Instant getIssuedAt() {
        return issuedAt;
    }

    /** {@return the end of the lifetime} */
    public Instant getExpiresAt() {
        return expiresAt;
    }

    /** {@return the time of the revocation, or null when there is none} */
    public Instant getRevokedAt() {
        return revokedAt;
    }

    /** {@return the time of the creation} */
    public Instant getCreatedAt() {
        return createdAt;
    }

    /** Describes the delegation without its token. */
    @Override
    public String toString() {
        return "DelegationChain{id=" + id + ", delegatorAgentId=" + delegatorAgentId + ", delegateeAgentId="
                + delegateeAgentId + ", scopes=" + scopes + ", delegationToken=[REDACTED]}";
    }
}

package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;

/**
 * The result of a verification. For a token that the server does not know only {@link #isValid()},
 * which is then false, has a meaning.
 */
public final class DelegationVerification {

    @JsonProperty("valid")
    private boolean valid;

    @JsonProperty("chainId")
    private String chainId;

    @JsonProperty("delegatorAgentId")
    private String delegatorAgentId;

    @JsonProperty("delegateeAgentId")
    private String delegateeAgentId;

    @JsonProperty("scopes")
    private List<String> scopes;

    @JsonProperty("issuedAt")
    private Instant issuedAt;

    @JsonProperty("expiresAt")
    private Instant expiresAt;

    @JsonProperty("revokedAt")
    private Instant revokedAt;

    DelegationVerification() {}

    /** {@return whether the delegation holds now} */
    public boolean isValid() {
        return valid;
    }

    /** {@return the id of the chain, or null} */
    public String getChainId() {
        return chainId;
    }

    /** {@return the agent that gave the scopes, or null} */
    public String getDelegatorAgentId() {
        return delegatorAgentId;
    }

    /**
     * {@return the agent that received them, or null; compare it with the authenticated id of
     * whoever presents the token}
     */
    public String getDelegateeAgentId() {
        return delegateeAgentId;
    }

    /** {@return the delegated scopes} */
    public List<String> getScopes() {
        return Views.of(scopes);
    }

    /** {@return the start of the lifetime, or null} */
    public Instant getIssuedAt() {
        return issuedAt;
    }

    /** {@return the end of the lifetime, or null} */
    public Instant getExpiresAt() {
        return expiresAt;
    }

    /** {@return the time of the revocation, or null when there is none} */
    public Instant getRevokedAt() {
        return revokedAt;
    }
}

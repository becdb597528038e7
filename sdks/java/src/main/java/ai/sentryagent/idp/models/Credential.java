package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/** A client id and secret of an agent, without the secret. */
public class Credential {

    @JsonProperty("credentialId")
    private String credentialId;

    @JsonProperty("clientId")
    private String clientId;

    @JsonProperty("status")
    private String status;

    @JsonProperty("createdAt")
    private Instant createdAt;

    @JsonProperty("expiresAt")
    private Instant expiresAt;

    @JsonProperty("revokedAt")
    private Instant revokedAt;

    Credential() {}

    /** {@return the id, which survives rotation} */
    public String getCredentialId() {
        return credentialId;
    }

    /** {@return the OAuth client id, equal to the agent's id} */
    public String getClientId() {
        return clientId;
    }

    /** {@return the state, e.g. {@link CredentialStatus#ACTIVE}} */
    public String getStatus() {
        return status;
    }

    /** {@return the time of the creation, which rotation does not change} */
    public Instant getCreatedAt() {
        return createdAt;
    }

    /** {@return the time of expiry, or null when there is none} */
    public Instant getExpiresAt() {
        return expiresAt;
    }

    /** {@return the time of the revocation, or null when there is none} */
    public Instant getRevokedAt() {
        return revokedAt;
    }
}

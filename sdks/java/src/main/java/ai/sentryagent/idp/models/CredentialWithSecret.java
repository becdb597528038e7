package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The answer of generating and rotating, the only ones with the secret. */
public final class CredentialWithSecret extends Credential {

    @JsonProperty("clientSecret")
    private String clientSecret;

    CredentialWithSecret() {}

    /** {@return the secret; the server cannot show it again} */
    public String getClientSecret() {
        return clientSecret;
    }

    /** Describes the credential without the secret. */
    @Override
    public String toString() {
        return "CredentialWithSecret{credentialId=" + getCredentialId() + ", clientId=" + getClientId()
                + ", status=" + getStatus() + ", clientSecret=[REDACTED]}";
    }
}

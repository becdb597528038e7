package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/** Options of generating and rotating a credential. */
public final class CredentialRequest {

    @JsonProperty("expiresAt")
    private final Instant expiresAt;

    private CredentialRequest(Builder builder) {
        this.expiresAt = builder.expiresAt;
    }

    /** {@return a builder without any value} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the time of expiry, in the future, or null when it is not set} */
    public Instant getExpiresAt() {
        return expiresAt;
    }

    /** Collects the options. */
    public static final class Builder {

        private Instant expiresAt;

        private Builder() {}

        /**
         * Sets the time of expiry, in the future. Without it there is none; rotation then removes
         * an earlier one.
         *
         * @param expiresAt the time of expiry, in the future
         * @return this builder
         */
        public Builder expiresAt(Instant expiresAt) {
            this.expiresAt = expiresAt;
            return this;
        }

        /** {@return the request} */
        public CredentialRequest build() {
            return new CredentialRequest(this);
        }
    }
}

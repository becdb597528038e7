package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Options of an explicit token request. */
public final class IssueTokenRequest {

    @JsonProperty("scope")
    private final String scope;

    @JsonProperty("nonce")
    private final String nonce;

    private IssueTokenRequest(Builder builder) {
        this.scope = builder.scope;
        this.nonce = builder.nonce;
    }

    /** {@return a builder without any value} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the scopes, separated by single spaces, or null when it is not set} */
    public String getScope() {
        return scope;
    }

    /** {@return the value to be echoed in the ID token, or null when it is not set} */
    public String getNonce() {
        return nonce;
    }

    /** Collects the options. */
    public static final class Builder {

        private String scope;
        private String nonce;

        private Builder() {}

        /**
         * Sets the scopes, separated by single spaces. The default are those of the client.
         *
         * @param scope the scopes, separated by single spaces
         * @return this builder
         */
        public Builder scope(String scope) {
            this.scope = scope;
            return this;
        }

        /**
         * Sets the value to be echoed in the ID token.
         *
         * @param nonce the value to be echoed in the ID token
         * @return this builder
         */
        public Builder nonce(String nonce) {
            this.nonce = nonce;
            return this;
        }

        /** {@return the request} */
        public IssueTokenRequest build() {
            return new IssueTokenRequest(this);
        }
    }
}

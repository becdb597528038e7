package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/** A delegation to another agent of the same organization. All values are required. */
public final class CreateDelegationRequest {

    @JsonProperty("delegateeAgentId")
    private final String delegateeAgentId;

    @JsonProperty("scopes")
    private final List<String> scopes;

    @JsonProperty("ttlSeconds")
    private final Integer ttlSeconds;

    private CreateDelegationRequest(Builder builder) {
        this.delegateeAgentId = builder.delegateeAgentId;
        this.scopes = builder.scopes;
        this.ttlSeconds = builder.ttlSeconds;
    }

    /** {@return a builder without any value} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the agent that receives the scopes, or null when it is not set} */
    public String getDelegateeAgentId() {
        return delegateeAgentId;
    }

    /** {@return the scopes, a subset of those of the caller's token, or null when it is not set} */
    public List<String> getScopes() {
        return scopes;
    }

    /** {@return the lifetime in seconds, 60 to 86400, or null when it is not set} */
    public Integer getTtlSeconds() {
        return ttlSeconds;
    }

    /** Collects the values of a delegation. */
    public static final class Builder {

        private String delegateeAgentId;
        private List<String> scopes;
        private Integer ttlSeconds;

        private Builder() {}

        /**
         * Sets the agent that receives the scopes.
         *
         * @param delegateeAgentId the agent that receives the scopes
         * @return this builder
         */
        public Builder delegateeAgentId(String delegateeAgentId) {
            this.delegateeAgentId = delegateeAgentId;
            return this;
        }

        /**
         * Sets the scopes, a subset of those of the caller's token.
         *
         * @param scopes the scopes, a subset of those of the caller's token
         * @return this builder
         */
        public Builder scopes(List<String> scopes) {
            this.scopes = List.copyOf(scopes);
            return this;
        }

        /**
         * Sets the lifetime in seconds, 60 to 86400.
         *
         * @param ttlSeconds the lifetime in seconds, 60 to 86400
         * @return this builder
         */
        public Builder ttlSeconds(int ttlSeconds) {
            this.ttlSeconds = ttlSeconds;
            return this;
        }

        /** {@return the request} */
        public CreateDelegationRequest build() {
            return new CreateDelegationRequest(this);
        }
    }
}

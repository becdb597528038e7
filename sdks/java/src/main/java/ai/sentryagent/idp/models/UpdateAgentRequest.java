package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Changes to an agent. Values that are not set stay as they are; lists are replaced as a whole, by
 * an empty list too.
 */
public final class UpdateAgentRequest {

    @JsonProperty("agentType")
    private final String agentType;

    @JsonProperty("version")
    private final String version;

    @JsonProperty("capabilities")
    private final List<String> capabilities;

    @JsonProperty("owner")
    private final String owner;

    @JsonProperty("deploymentEnv")
    private final String deploymentEnv;

    @JsonProperty("status")
    private final String status;

    @JsonProperty("allowedScopes")
    private final List<String> allowedScopes;

    @JsonProperty("isPublic")
    private final Boolean isPublic;

    private UpdateAgentRequest(Builder builder) {
        this.agentType = builder.agentType;
        this.version = builder.version;
        this.capabilities = builder.capabilities;
        this.owner = builder.owner;
        this.deploymentEnv = builder.deploymentEnv;
        this.status = builder.status;
        this.allowedScopes = builder.allowedScopes;
        this.isPublic = builder.isPublic;
    }

    /** {@return a builder without any value} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * {@return the kind of the agent, e.g. {@link AgentType#SCREENER}, or null when it is not set}
     */
    public String getAgentType() {
        return agentType;
    }

    /** {@return the semantic version of the agent's software, or null when it is not set} */
    public String getVersion() {
        return version;
    }

    /**
     * {@return the capabilities, normally of the form resource:action, or null when it is not set}
     */
    public List<String> getCapabilities() {
        return capabilities;
    }

    /** {@return the team or developer responsible, or null when it is not set} */
    public String getOwner() {
        return owner;
    }

    /**
     * {@return where the agent runs, e.g. {@link DeploymentEnv#PRODUCTION}, or null when it is not
     * set}
     */
    public String getDeploymentEnv() {
        return deploymentEnv;
    }

    /** {@return the state, e.g. {@link AgentStatus#SUSPENDED}, or null when it is not set} */
    public String getStatus() {
        return status;
    }

    /**
     * {@return the grant: the scopes that tokens of the agent may carry, or null when it is not
     * set}
     */
    public List<String> getAllowedScopes() {
        return allowedScopes;
    }

    /** {@return whether the agent is listed in the marketplace, or null when it is not set} */
    public Boolean isPublic() {
        return isPublic;
    }

    /** Collects the changes. */
    public static final class Builder {

        private String agentType;
        private String version;
        private List<String> capabilities;
        private String owner;
        private String deploymentEnv;
        private String status;
        private List<String> allowedScopes;
        private Boolean isPublic;

        private Builder() {}

        /**
         * Sets the kind of the agent, e.g. {@link AgentType#SCREENER}.
         *
         * @param agentType the kind of the agent, e.g. {@link AgentType#SCREENER}
         * @return this builder
         */
        public Builder agentType(String agentType) {
            this.agentType = agentType;
            return this;
        }

        /**
         * Sets the semantic version of the agent's software.
         *
         * @param version the semantic version of the agent's software
         * @return this builder
         */
        public Builder version(String version) {
            this.version = version;
            return this;
        }

        /**
         * Sets the capabilities, normally of the form resource:action.
         *
         * @param capabilities the capabilities, normally of the form resource:action
         * @return this builder
         */
        public Builder capabilities(List<String> capabilities) {
            this.capabilities = List.copyOf(capabilities);
            return this;
        }

        /**
         * Sets the team or developer responsible.
         *
         * @param owner the team or developer responsible
         * @return this builder
         */
        public Builder owner(String owner) {
            this.owner = owner;
            return this;
        }

        /**
         * Sets where the agent runs, e.g. {@link DeploymentEnv#PRODUCTION}.
         *
         * @param deploymentEnv where the agent runs, e.g. {@link DeploymentEnv#PRODUCTION}
         * @return this builder
         */
        public Builder deploymentEnv(String deploymentEnv) {
            this.deploymentEnv = deploymentEnv;
            return this;
        }

        /**
         * Sets the state, e.g. {@link AgentStatus#SUSPENDED}.
         *
         * @param status the state, e.g. {@link AgentStatus#SUSPENDED}
         * @return this builder
         */
        public Builder status(String status) {
            this.status = status;
            return this;
        }

        /**
         * Sets the grant: the scopes that tokens of the agent may carry.
         *
         * @param allowedScopes the grant: the scopes that tokens of the agent may carry
         * @return this builder
         */
        public Builder allowedScopes(List<String> allowedScopes) {
            this.allowedScopes = List.copyOf(allowedScopes);
            return this;
        }

        /**
         * Sets whether the agent is listed in the marketplace.
         *
         * @param isPublic whether the agent is listed in the marketplace
         * @return this builder
         */
        public Builder isPublic(boolean isPublic) {
            this.isPublic = isPublic;
            return this;
        }

        /** {@return the request} */
        public UpdateAgentRequest build() {
            return new UpdateAgentRequest(this);
        }
    }
}

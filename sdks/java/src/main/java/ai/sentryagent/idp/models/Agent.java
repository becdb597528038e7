package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;

/** The registered identity of an AI agent. */
public final class Agent {

    @JsonProperty("agentId")
    private String agentId;

    @JsonProperty("organizationId")
    private String organizationId;

    @JsonProperty("email")
    private String email;

    @JsonProperty("agentType")
    private String agentType;

    @JsonProperty("version")
    private String version;

    @JsonProperty("capabilities")
    private List<String> capabilities;

    @JsonProperty("owner")
    private String owner;

    @JsonProperty("deploymentEnv")
    private String deploymentEnv;

    @JsonProperty("status")
    private String status;

    @JsonProperty("allowedScopes")
    private List<String> allowedScopes;

    @JsonProperty("isPublic")
    private boolean isPublic;

    @JsonProperty("createdAt")
    private Instant createdAt;

    @JsonProperty("updatedAt")
    private Instant updatedAt;

    @JsonProperty("did")
    private String did;

    @JsonProperty("didCreatedAt")
    private Instant didCreatedAt;

    @JsonProperty("publishedAt")
    private Instant publishedAt;

    Agent() {}

    /**
     * {@return the id, at the same time the OAuth client id and the subject of the agent's tokens}
     */
    public String getAgentId() {
        return agentId;
    }

    /** {@return the organization that the agent belongs to} */
    public String getOrganizationId() {
        return organizationId;
    }

    /** {@return the unique address of the agent} */
    public String getEmail() {
        return email;
    }

    /** {@return the kind of the agent, e.g. {@link AgentType#SCREENER}} */
    public String getAgentType() {
        return agentType;
    }

    /** {@return the semantic version of the agent's software} */
    public String getVersion() {
        return version;
    }

    /** {@return the capabilities, normally of the form resource:action} */
    public List<String> getCapabilities() {
        return Views.of(capabilities);
    }

    /** {@return the team or developer responsible} */
    public String getOwner() {
        return owner;
    }

    /** {@return where the agent runs, e.g. {@link DeploymentEnv#PRODUCTION}} */
    public String getDeploymentEnv() {
        return deploymentEnv;
    }

    /** {@return the state of the life cycle, e.g. {@link AgentStatus#ACTIVE}} */
    public String getStatus() {
        return status;
    }

    /** {@return the grant: the scopes that tokens of the agent may carry} */
    public List<String> getAllowedScopes() {
        return Views.of(allowedScopes);
    }

    /** {@return whether the agent is listed in the marketplace} */
    public boolean isPublic() {
        return isPublic;
    }

    /** {@return the time of the registration} */
    public Instant getCreatedAt() {
        return createdAt;
    }

    /** {@return the time of the last change} */
    public Instant getUpdatedAt() {
        return updatedAt;
    }

    /** {@return the decentralized identifier, or null when there is none} */
    public String getDid() {
        return did;
    }

    /** {@return the time at which the identifier was made, or null when there is none} */
    public Instant getDidCreatedAt() {
        return didCreatedAt;
    }

    /** {@return the time at which the agent first became public, or null when it never was} */
    public Instant getPublishedAt() {
        return publishedAt;
    }
}

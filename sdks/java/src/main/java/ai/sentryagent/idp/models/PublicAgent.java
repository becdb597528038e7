package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;

/** The marketplace card of an agent. */
public final class PublicAgent {

    @JsonProperty("agentId")
    private String agentId;

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

    @JsonProperty("did")
    private String did;

    @JsonProperty("didDocument")
    private DidDocument didDocument;

    @JsonProperty("publishedAt")
    private Instant publishedAt;

    PublicAgent() {}

    /** {@return the id of the agent} */
    public String getAgentId() {
        return agentId;
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

    /** {@return the publisher} */
    public String getOwner() {
        return owner;
    }

    /** {@return where the agent runs, e.g. {@link DeploymentEnv#PRODUCTION}} */
    public String getDeploymentEnv() {
        return deploymentEnv;
    }

    /** {@return the decentralized identifier, or null when there is none} */
    public String getDid() {
        return did;
    }

    /** {@return the document of the identifier, or null in lists} */
    public DidDocument getDidDocument() {
        return didDocument;
    }

    /** {@return the time at which the agent first became public} */
    public Instant getPublishedAt() {
        return publishedAt;
    }
}

package ai.sentryagent.idp.models;

/** Known states of agents. The API may answer with others. */
public final class AgentStatus {

    /** The agent may obtain tokens. */
    public static final String ACTIVE = "active";

    /** No tokens until the agent is active again. */
    public static final String SUSPENDED = "suspended";

    /** Retired for good. */
    public static final String DECOMMISSIONED = "decommissioned";

    private AgentStatus() {}
}

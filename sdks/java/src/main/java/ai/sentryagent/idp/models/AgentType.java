package ai.sentryagent.idp.models;

/** Known kinds of agents. The API may answer with others. */
public final class AgentType {

    /** The kind screener. */
    public static final String SCREENER = "screener";

    /** The kind classifier. */
    public static final String CLASSIFIER = "classifier";

    /** The kind orchestrator. */
    public static final String ORCHESTRATOR = "orchestrator";

    /** The kind extractor. */
    public static final String EXTRACTOR = "extractor";

    /** The kind summarizer. */
    public static final String SUMMARIZER = "summarizer";

    /** The kind router. */
    public static final String ROUTER = "router";

    /** The kind monitor. */
    public static final String MONITOR = "monitor";

    /** The kind custom. */
    public static final String CUSTOM = "custom";

    private AgentType() {}
}

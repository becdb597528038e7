package ai.sentryagent.idp.models;

/** Known environments of agents. The API may answer with others. */
public final class DeploymentEnv {

    /** The environment development. */
    public static final String DEVELOPMENT = "development";

    /** The environment staging. */
    public static final String STAGING = "staging";

    /** The environment production. */
    public static final String PRODUCTION = "production";

    private DeploymentEnv() {}
}

package ai.sentryagent.idp.models;

/** Known outcomes of audited actions. The API may answer with others. */
public final class AuditOutcome {

    /** The action was carried out. */
    public static final String SUCCESS = "success";

    /** The action failed or was refused. */
    public static final String FAILURE = "failure";

    private AuditOutcome() {}
}

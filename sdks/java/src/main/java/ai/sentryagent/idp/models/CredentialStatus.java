package ai.sentryagent.idp.models;

/**
 * Known states of credentials; expiry does not change the state. The API may answer with others.
 */
public final class CredentialStatus {

    /** The credential can be used until it expires. */
    public static final String ACTIVE = "active";

    /** Ended for good. */
    public static final String REVOKED = "revoked";

    private CredentialStatus() {}
}

package ai.sentryagent.idp.models;

/** Known actions of the audit log. The API may answer with others. */
public final class AuditAction {

    /** An agent was created. */
    public static final String AGENT_CREATED = "agent.created";

    /** An agent was updated. */
    public static final String AGENT_UPDATED = "agent.updated";

    /** An agent was suspended. */
    public static final String AGENT_SUSPENDED = "agent.suspended";

    /** An agent was reactivated. */
    public static final String AGENT_REACTIVATED = "agent.reactivated";

    /** An agent was decommissioned. */
    public static final String AGENT_DECOMMISSIONED = "agent.decommissioned";

    /** A credential was generated. */
    public static final String CREDENTIAL_GENERATED = "credential.generated";

    /** A credential was rotated. */
    public static final String CREDENTIAL_ROTATED = "credential.rotated";

    /** A credential was revoked. */
    public static final String CREDENTIAL_REVOKED = "credential.revoked";

    /** A token was issued. */
    public static final String TOKEN_ISSUED = "token.issued";

    /** A token was introspected. */
    public static final String TOKEN_INTROSPECTED = "token.introspected";

    /** A token was revoked. */
    public static final String TOKEN_REVOKED = "token.revoked";

    /** A client could not be authenticated. */
    public static final String AUTH_FAILED = "auth.failed";

    /** A webhook was created. */
    public static final String WEBHOOK_CREATED = "webhook.created";

    /** A webhook was updated. */
    public static final String WEBHOOK_UPDATED = "webhook.updated";

    /** A webhook was deleted. */
    public static final String WEBHOOK_DELETED = "webhook.deleted";

    /** An organization was created. */
    public static final String ORGANIZATION_CREATED = "organization.created";

    /** An organization was updated. */
    public static final String ORGANIZATION_UPDATED = "organization.updated";

    /** An organization was suspended. */
    public static final String ORGANIZATION_SUSPENDED = "organization.suspended";

    /** An organization was reactivated. */
    public static final String ORGANIZATION_REACTIVATED = "organization.reactivated";

    /** An organization was deleted. */
    public static final String ORGANIZATION_DELETED = "organization.deleted";

    /** A member was added to an organization. */
    public static final String ORGANIZATION_MEMBER_ADDED = "organization.member_added";

    /** A trust policy was created. */
    public static final String TRUST_POLICY_CREATED = "trust_policy.created";

    /** A trust policy was deleted. */
    public static final String TRUST_POLICY_DELETED = "trust_policy.deleted";

    /** A federation partner was registered. */
    public static final String FEDERATION_PARTNER_REGISTERED = "federation.partner_registered";

    /** A federation partner was updated. */
    public static final String FEDERATION_PARTNER_UPDATED = "federation.partner_updated";

    /** A federation partner was deleted. */
    public static final String FEDERATION_PARTNER_DELETED = "federation.partner_deleted";

    /** The token of a federation partner was verified. */
    public static final String FEDERATION_TOKEN_VERIFIED = "federation.token_verified";

    /** A delegation was created. */
    public static final String DELEGATION_CREATED = "delegation.created";

    /** A delegation was verified. */
    public static final String DELEGATION_VERIFIED = "delegation.verified";

    /** A delegation was revoked. */
    public static final String DELEGATION_REVOKED = "delegation.revoked";

    /** A subscription was activated. */
    public static final String BILLING_SUBSCRIPTION_ACTIVATED = "billing.subscription_activated";

    /** A subscription was cancelled. */
    public static final String BILLING_SUBSCRIPTION_CANCELLED = "billing.subscription_cancelled";

    /** A payment failed. */
    public static final String BILLING_PAYMENT_FAILED = "billing.payment_failed";

    /** A scaffold was generated. */
    public static final String SCAFFOLD_GENERATED = "scaffold.generated";

    private AuditAction() {}
}

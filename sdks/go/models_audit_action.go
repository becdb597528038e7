package agentidp

// AuditAction is the kind of an audit event. Other values than the constants
// may occur.
type AuditAction string

// Known actions.
const (
	AuditActionAgentCreated                 AuditAction = "agent.created"
	AuditActionAgentUpdated                 AuditAction = "agent.updated"
	AuditActionAgentSuspended               AuditAction = "agent.suspended"
	AuditActionAgentReactivated             AuditAction = "agent.reactivated"
	AuditActionAgentDecommissioned          AuditAction = "agent.decommissioned"
	AuditActionCredentialGenerated          AuditAction = "credential.generated"
	AuditActionCredentialRotated            AuditAction = "credential.rotated"
	AuditActionCredentialRevoked            AuditAction = "credential.revoked"
	AuditActionTokenIssued                  AuditAction = "token.issued"
	AuditActionTokenIntrospected            AuditAction = "token.introspected"
	AuditActionTokenRevoked                 AuditAction = "token.revoked"
	AuditActionAuthFailed                   AuditAction = "auth.failed"
	AuditActionWebhookCreated               AuditAction = "webhook.created"
	AuditActionWebhookUpdated               AuditAction = "webhook.updated"
	AuditActionWebhookDeleted               AuditAction = "webhook.deleted"
	AuditActionOrganizationCreated          AuditAction = "organization.created"
	AuditActionOrganizationUpdated          AuditAction = "organization.updated"
	AuditActionOrganizationSuspended        AuditAction = "organization.suspended"
	AuditActionOrganizationReactivated      AuditAction = "organization.reactivated"
	AuditActionOrganizationDeleted          AuditAction = "organization.deleted"
	AuditActionOrganizationMemberAdded      AuditAction = "organization.member_added"
	AuditActionTrustPolicyCreated           AuditAction = "trust_policy.created"
	AuditActionTrustPolicyDeleted           AuditAction = "trust_policy.deleted"
	AuditActionFederationPartnerRegistered  AuditAction = "federation.partner_registered"
	AuditActionFederationPartnerUpdated     AuditAction = "federation.partner_updated"
	AuditActionFederationPartnerDeleted     AuditAction = "federation.partner_deleted"
	AuditActionFederationTokenVerified      AuditAction = "federation.token_verified"
	AuditActionDelegationCreated            AuditAction = "delegation.created"
	AuditActionDelegationVerified           AuditAction = "delegation.verified"
	AuditActionDelegationRevoked            AuditAction = "delegation.revoked"
	AuditActionBillingSubscriptionActivated AuditAction = "billing.subscription_activated"
	AuditActionBillingSubscriptionCancelled AuditAction = "billing.subscription_cancelled"
	AuditActionBillingPaymentFailed         AuditAction = "billing.payment_failed"
	AuditActionScaffoldGenerated            AuditAction = "scaffold.generated"
)

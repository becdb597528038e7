//! Messages that clients may match, as the contract writes them.

pub const TOKEN_REQUIRED: &str = "A valid Bearer token is required to access this resource.";
pub const TOKEN_EXPIRED: &str = "Token has expired.";
pub const TOKEN_FORGED: &str = "Token signature is invalid.";
pub const TOKEN_REVOKED: &str = "Token has been revoked.";
pub const INVALID_BODY: &str = "Request validation failed.";
pub const INVALID_QUERY: &str = "Invalid query parameter value.";
pub const INVALID_RANGE: &str = "Invalid date range.";
pub const SCOPE_MISSING: &str = "You do not have permission to perform this action.";
pub const DENIED: &str = "You do not have permission to access this resource.";
pub const DENIED_CREDENTIALS: &str =
    "You do not have permission to manage credentials for this agent.";
pub const NO_ROUTE: &str = "The requested resource was not found.";
pub const DENIED_SCAFFOLD: &str = "You do not have permission to access this agent's scaffold.";
pub const NO_AGENT: &str = "Agent with the specified ID was not found.";
pub const NO_CREDENTIAL: &str = "Credential with the specified ID was not found.";
pub const NO_EVENT: &str = "Audit event with the specified ID was not found.";
pub const NO_ORGANIZATION: &str = "Organization with the specified ID was not found.";
pub const EMAIL_TAKEN: &str = "An agent with this email address is already registered.";
pub const TOO_LARGE: &str = "The request body is too large.";
pub const MEDIA_TYPE: &str = "The content type of the request is not supported.";
pub const TOO_MANY: &str = "Too many requests. Please retry after the rate limit window resets.";
pub const INTERNAL: &str = "An unexpected error occurred. Please try again later.";
pub const UNAVAILABLE: &str = "The service is temporarily unavailable. Please try again later.";
pub const CLIENT_FAILED: &str = "Client authentication failed.";
pub const TOKEN_FIELD: &str = "The 'token' field is required.";
pub const NO_TRUST_POLICY: &str = "Trust policy with the specified ID was not found.";
pub const NO_WEBHOOK: &str = "Webhook subscription with the specified ID was not found.";
pub const NO_DELEGATION: &str = "Delegation chain with the specified ID was not found.";
pub const CROSS_TENANT: &str = "Delegatee agent must be in the same organization as the delegator.";
pub const DID_GONE: &str = "Agent has been decommissioned — DID Document is no longer active";
pub const NO_SIGNATURE: &str = "Missing Stripe-Signature header.";

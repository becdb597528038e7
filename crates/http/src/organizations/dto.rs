//! Organizations on the wire.

use agentidp_domain::agent::Email;
use agentidp_domain::id::AgentId;
use agentidp_domain::organization::{
    CreatedAdmin, Limit, Member, NewOrganization, Organization, OrganizationName,
    OrganizationPatch, OrganizationStatus, PlanTier, Role, Slug,
};
use agentidp_domain::time::Timestamp;
use agentidp_domain::validation::Invalid;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::input::{JsonBody, nullable_limit, string};

/// An organization with its effective limits; `null` means unlimited.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organization)]
pub struct OrganizationBody {
    /// Immutable id.
    #[schema(value_type = String, format = Uuid)]
    organization_id: String,
    /// Display name.
    #[schema(value_type = String, example = "Acme Robotics")]
    name: OrganizationName,
    /// Unique, immutable short name.
    #[schema(value_type = String, example = "acme", pattern = "^[a-z0-9-]+$")]
    slug: Slug,
    /// Plan.
    #[schema(value_type = String, example = "free", pattern = "^(free|pro|enterprise)$")]
    plan_tier: PlanTier,
    /// Agents that are not decommissioned.
    #[schema(value_type = Option<u32>, required = true, example = 100)]
    max_agents: Limit,
    /// Access tokens per calendar month (UTC).
    #[schema(value_type = Option<u32>, required = true, example = 10000)]
    max_tokens_per_month: Limit,
    /// Authenticated requests per minute.
    #[schema(value_type = Option<u32>, required = true, example = 100)]
    rate_limit_per_minute: Limit,
    /// State.
    #[schema(value_type = String, example = "active", pattern = "^(active|suspended|deleted)$")]
    status: OrganizationStatus,
    /// Creation.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Organization> for OrganizationBody {
    fn from(organization: Organization) -> Self {
        let limits = organization.effective_limits();
        Self {
            organization_id: organization.organization_id.to_string(),
            name: organization.name,
            slug: organization.slug,
            plan_tier: organization.plan_tier,
            max_agents: limits.max_agents,
            max_tokens_per_month: limits.max_tokens_per_month,
            rate_limit_per_minute: limits.rate_limit_per_minute,
            status: organization.status,
            created_at: organization.created_at,
            updated_at: organization.updated_at,
        }
    }
}

/// The first administrator, shown once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreatedAdmin)]
pub struct CreatedAdminBody {
    /// The agent.
    #[schema(format = Uuid)]
    agent_id: String,
    /// Equal to `agentId`.
    #[schema(format = Uuid)]
    client_id: String,
    /// The secret.
    client_secret: String,
}

/// A new organization.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreatedOrganization)]
pub struct CreatedOrganizationBody {
    /// The record.
    #[serde(flatten)]
    organization: OrganizationBody,
    /// Present when `adminEmail` was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = CreatedAdminBody, required = false)]
    admin: Option<CreatedAdminBody>,
}

impl CreatedOrganizationBody {
    /// The wire form.
    pub fn new(organization: Organization, admin: Option<CreatedAdmin>) -> Self {
        Self {
            organization: organization.into(),
            admin: admin.map(|admin| CreatedAdminBody {
                agent_id: admin.agent_id.to_string(),
                client_id: admin.agent_id.to_string(),
                client_secret: admin.client_secret.expose_secret().to_owned(),
            }),
        }
    }
}

/// A membership.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrgMember)]
pub struct MemberBody {
    /// Immutable id.
    #[schema(format = Uuid)]
    member_id: String,
    /// The organization.
    #[schema(format = Uuid)]
    organization_id: String,
    /// The member.
    #[schema(format = Uuid)]
    agent_id: String,
    /// Its role.
    #[schema(value_type = String, example = "member", pattern = "^(member|admin)$")]
    role: Role,
    /// Beginning.
    #[schema(value_type = String, format = DateTime)]
    joined_at: Timestamp,
}

impl From<Member> for MemberBody {
    fn from(member: Member) -> Self {
        Self {
            member_id: member.member_id.to_string(),
            organization_id: member.organization_id.to_string(),
            agent_id: member.agent_id.to_string(),
            role: member.role,
            joined_at: member.joined_at,
        }
    }
}

/// Creation of an organization. A limit that is sent, also as null, is an
/// explicit override of the plan.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateOrganization, example = json!({ "name": "Acme Robotics", "slug": "acme", "adminEmail": "admin@acme.example" }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct CreateOrganizationBody {
    /// Display name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// Unique short name.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9-]+$")]
    slug: String,
    /// Plan; `free` when absent.
    #[schema(value_type = String, required = false, pattern = "^(free|pro|enterprise)$")]
    plan_tier: Option<String>,
    /// Agents; null for unlimited.
    #[schema(value_type = Option<u32>, required = false, minimum = 1)]
    max_agents: Option<u32>,
    /// Tokens per month; null for unlimited.
    #[schema(value_type = Option<u32>, required = false, minimum = 1)]
    max_tokens_per_month: Option<u32>,
    /// Requests per minute; null for unlimited.
    #[schema(value_type = Option<u32>, required = false, minimum = 1)]
    rate_limit_per_minute: Option<u32>,
    /// Address of the first administrator to be created along.
    #[schema(value_type = String, required = false, format = Email, max_length = 254)]
    admin_email: Option<String>,
}

/// Partial update of an organization; at least one field.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateOrganization, example = json!({ "planTier": "pro" }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct UpdateOrganizationBody {
    /// Display name.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 256)]
    name: Option<String>,
    /// Plan.
    #[schema(value_type = String, required = false, pattern = "^(free|pro|enterprise)$")]
    plan_tier: Option<String>,
    /// Agents; null for unlimited.
    #[schema(value_type = Option<u32>, required = false, minimum = 1)]
    max_agents: Option<u32>,
    /// Tokens per month; null for unlimited.
    #[schema(value_type = Option<u32>, required = false, minimum = 1)]
    max_tokens_per_month: Option<u32>,
    /// Requests per minute; null for unlimited.
    #[schema(value_type = Option<u32>, required = false, minimum = 1)]
    rate_limit_per_minute: Option<u32>,
    /// `active` or `suspended`.
    #[schema(value_type = String, required = false, pattern = "^(active|suspended)$")]
    status: Option<String>,
}

/// Adding a member.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AddMember, example = json!({ "agentId": "a1b2c3d4-0000-4000-8000-000000000001", "role": "member" }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct AddMemberBody {
    /// A registered agent.
    #[schema(format = Uuid)]
    agent_id: String,
    /// Its role.
    #[schema(pattern = "^(member|admin)$")]
    role: String,
}

/// Reads a creation.
///
/// # Errors
///
/// 400 with every bad field.
pub fn new_organization(body: JsonBody) -> Result<NewOrganization, ApiError> {
    let mut reader = body.reader();
    let name = reader.required("name", name);
    let slug = reader.required("slug", |value| Slug::new(string(value)?));
    let plan_tier = reader.optional("planTier", tier).unwrap_or(PlanTier::Free);
    let max_agents = reader.optional("maxAgents", nullable_limit);
    let max_tokens_per_month = reader.optional("maxTokensPerMonth", nullable_limit);
    let rate_limit_per_minute = reader.optional("rateLimitPerMinute", nullable_limit);
    let admin_email = reader.optional("adminEmail", |value| Email::new(string(value)?));
    reader.finish()?;
    match (name, slug) {
        (Some(name), Some(slug)) => Ok(NewOrganization {
            name,
            slug,
            plan_tier,
            max_agents,
            max_tokens_per_month,
            rate_limit_per_minute,
            admin_email,
        }),
        _ => Err(ApiError::internal(&"a required field was lost")),
    }
}

/// Reads an update.
///
/// # Errors
///
/// 400 with every bad field, or for an empty body.
pub fn organization_patch(body: JsonBody) -> Result<OrganizationPatch, ApiError> {
    let mut reader = body.reader();
    if reader.is_empty() {
        reader.refuse("body", "Must contain at least one field.");
    }
    reader.immutable(&["slug", "organizationId", "createdAt", "updatedAt"]);
    let patch = OrganizationPatch {
        name: reader.optional("name", name),
        plan_tier: reader.optional("planTier", tier),
        max_agents: reader.optional("maxAgents", nullable_limit),
        max_tokens_per_month: reader.optional("maxTokensPerMonth", nullable_limit),
        rate_limit_per_minute: reader.optional("rateLimitPerMinute", nullable_limit),
        status: reader.optional("status", |value| match string(value)?.parse()? {
            OrganizationStatus::Deleted => Err(Invalid::new("Must be one of: active, suspended.")),
            status => Ok(status),
        }),
    };
    reader.finish()?;
    Ok(patch)
}

/// Reads a membership.
///
/// # Errors
///
/// 400 with every bad field.
pub fn new_member(body: JsonBody) -> Result<(AgentId, Role), ApiError> {
    let mut reader = body.reader();
    let agent = reader.required("agentId", |value| {
        string(value)?
            .parse()
            .map_err(|_| Invalid::new("Must be a valid UUID."))
    });
    let role = reader.required("role", |value| {
        string(value)?
            .parse()
            .map_err(|_| Invalid::new("role must be one of: member, admin."))
    });
    reader.finish()?;
    agent
        .zip(role)
        .ok_or_else(|| ApiError::internal(&"a required field was lost"))
}

fn name(value: &Value) -> Result<OrganizationName, Invalid> {
    OrganizationName::new(string(value)?)
}

fn tier(value: &Value) -> Result<PlanTier, Invalid> {
    string(value)?.parse()
}

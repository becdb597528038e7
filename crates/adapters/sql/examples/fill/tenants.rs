//! Organizations, their tiers and their administrators.

use agentidp_domain::agent::AgentStatus;
use agentidp_domain::id::MemberId;
use agentidp_domain::organization::{OrganizationStatus, Role};
use agentidp_domain::random::Random;
use tokio_postgres::Client;

use crate::Outcome;
use crate::agents::Sketch;
use crate::copy::CopyIn;
use crate::plan::{Plan, Tenant};
use crate::random::{Purpose, Seeded};

impl Tenant {
    /// Its unique short name.
    pub fn slug(&self) -> String {
        format!("org-{:04}", self.number)
    }
}

/// Copies an organization; its agents may follow then, and are counted by state
/// when they do.
///
/// # Errors
///
/// When the database refuses.
pub async fn fill(client: &Client, plan: &Plan, tenant: &Tenant) -> Outcome<()> {
    let (slug, tier) = (tenant.slug(), tenant.tier());
    let created = plan.time(tenant, 0)?;
    let sketches = (0..tenant.agents).map(|number| Sketch::new(plan, tenant, number));
    let live = sketches.filter(|sketch| sketch.status != AgentStatus::Decommissioned);
    let columns = "organizations (organization_id, name, slug, plan_tier, max_agents_set, \
                   max_tokens_per_month_set, rate_limit_per_minute_set, status, agent_count, \
                   created_at, updated_at)";
    let mut copy = CopyIn::begin(client, columns).await?;
    copy.row(&[
        &tenant.id,
        &format!("Organization {}", tenant.number),
        &slug,
        &tier,
        &false,
        &false,
        &false,
        &OrganizationStatus::Active,
        &live.count(),
        &created,
        &created,
    ])
    .await?;
    copy.finish().await?;
    let columns = "tenant_tiers (tenant_id, tier, created_at, updated_at)";
    let mut copy = CopyIn::begin(client, columns).await?;
    copy.row(&[&tenant.id, &tier, &created, &created]).await?;
    copy.finish().await?;
    let columns = "tenant_tier_changes (tenant_id, tier, changed_at)";
    let mut copy = CopyIn::begin(client, columns).await?;
    copy.row(&[&tenant.id, &tier, &created]).await?;
    copy.finish().await
}

/// Makes the first agent of an organization its administrator.
///
/// # Errors
///
/// When the database refuses.
pub async fn appoint(client: &Client, plan: &Plan, tenant: &Tenant) -> Outcome<()> {
    let draw = Seeded::new(plan.seed, Purpose::Organization, tenant.number, 1);
    let columns = "organization_members (member_id, organization_id, agent_id, role, joined_at)";
    let mut copy = CopyIn::begin(client, columns).await?;
    copy.row(&[
        &MemberId::new(draw.uuid()),
        &tenant.id,
        &Sketch::new(plan, tenant, 0).id,
        &Role::Admin,
        &plan.registered(tenant, 0)?,
    ])
    .await?;
    copy.finish().await
}

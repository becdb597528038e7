//! Organizations: the tenant boundary, their plans, limits and members.

pub(crate) mod admin;
mod administrator;
mod error;
mod model;
mod plan;
mod service;
mod store;

pub use error::OrganizationError;
pub use model::{
    CreatedAdmin, Member, NewOrganization, Organization, OrganizationName, OrganizationPatch,
    OrganizationStatus, Role, Slug,
};
pub use plan::{Limit, PlanLimits, PlanTier};
pub use service::OrganizationService;
pub use store::{AgentSlot, OrganizationStore};

//! Compliance: the status of SOC 2 controls, the AGNTCY conformance report of
//! an organization and the export of its agent cards.

mod audit_results;
mod board;
mod checks;
mod control;
mod export;
mod report;
mod sections;
mod service;
mod store;
mod under_way;

pub use audit_results::{AuditResult, AuditResults};
pub use board::ControlBoard;
pub use checks::ControlChecks;
pub use control::{Control, ControlState, ControlStatus};
pub use export::CardExport;
pub use report::{
    AuditSummary, ComplianceReport, Finding, IdentitySummary, MAX_FINDINGS, Section, Verdict,
};
pub use service::{ComplianceService, GivenReport};
pub use store::{AgentCounts, ComplianceStore, EndingCredential, ExpiryRange};

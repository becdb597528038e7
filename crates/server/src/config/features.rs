//! Switches of whole parts of the product.

use crate::config::reader::Reader;

/// What is switched on.
#[derive(Debug)]
pub(crate) struct FeatureConfig {
    /// Whether public agents are shown to everybody.
    pub(crate) marketplace: bool,
    /// Whether organizations can see their trends.
    pub(crate) analytics: bool,
    /// Whether organizations get their conformance report and card export.
    pub(crate) compliance: bool,
}

impl FeatureConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            marketplace: reader.flag("MARKETPLACE_ENABLED", true),
            analytics: reader.flag("ANALYTICS_ENABLED", true),
            compliance: reader.flag("COMPLIANCE_ENABLED", true),
        }
    }
}

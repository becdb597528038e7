//! The ends of a checkout, in the bodies that begin one.

use agentidp_domain::billing::{RedirectRules, Redirects};

use crate::input::{ObjectReader, string};

/// Takes `successUrl` and `cancelUrl` out of a body; notes what is wrong with
/// them there.
pub fn redirects(reader: &mut ObjectReader, rules: &RedirectRules) -> Redirects {
    let success = reader.optional("successUrl", |value| rules.parse(string(value)?));
    let cancel = reader.optional("cancelUrl", |value| rules.parse(string(value)?));
    Redirects {
        success_url: success.unwrap_or_else(|| rules.success()),
        cancel_url: cancel.unwrap_or_else(|| rules.cancel()),
    }
}

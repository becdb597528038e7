//! What holds for every input, whoever sends it.
//!
//! Each [`Property`] reads bytes as one of the product's parsers gets them and
//! compares the verdict with one that was reached in another way. The targets in
//! `fuzz/` look for bytes that break it; the tests of this crate try the inputs in
//! `fuzz/corpus/` and what lies near them.
//!
//! | Property | Parser |
//! |---|---|
//! | [`OwnTokens`] | signatures of our tokens |
//! | [`ForeignTokens`] | signatures of the tokens of others, key sets |
//! | [`CanonicalJson`] | what the audit log hashes |
//! | [`PolicyDecisions`] | method, path and scopes |
//! | [`OutboundUrls`] | addresses that strangers choose |
//! | [`StripeSignatures`] | header `Stripe-Signature` |
//! | [`SealedValues`] | columns encrypted at rest |
//! | [`Values`] | value types of requests and their text form |
//! | [`TokenForms`] | OAuth 2.0 forms and HTTP Basic, through the whole API |
//! | [`Bodies`] | JSON bodies, through the whole API |
//! | [`Requests`] | path, query and headers, through the whole API |

mod api;
mod bodies;
mod canonical;
mod foreign_tokens;
mod forms;
mod outbound;
mod own_tokens;
mod policy;
mod requests;
mod sealed;
mod stripe;
mod values;

pub use bodies::Bodies;
pub use canonical::CanonicalJson;
pub use foreign_tokens::ForeignTokens;
pub use forms::TokenForms;
pub use outbound::OutboundUrls;
pub use own_tokens::OwnTokens;
pub use policy::PolicyDecisions;
pub use requests::Requests;
pub use sealed::SealedValues;
pub use stripe::StripeSignatures;
pub use values::Values;

use serde_json::Value;

/// A property that does not hold, or could not be looked at.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Result of looking at one input.
pub type Verdict = Result<Seen, Broken>;

/// What the parser made of an input for which the property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It was accepted.
    Taken,
    /// It was refused.
    Refused,
}

impl Seen {
    /// Accepted or not.
    fn taken(accepted: bool) -> Self {
        if accepted { Self::Taken } else { Self::Refused }
    }
}

/// Something that holds for every input.
pub trait Property: Sized {
    /// Name of the fuzz target and of the folder of its corpus.
    const NAME: &'static str;

    /// Makes what the property needs: keys, the API over a fresh store.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    fn new() -> Result<Self, Broken>;

    /// Looks at one input.
    ///
    /// # Errors
    ///
    /// When the property does not hold for it; the text says why.
    fn check(&self, input: &[u8]) -> Verdict;
}

/// Requires a condition.
fn holds(condition: bool, otherwise: impl FnOnce() -> String) -> Result<(), Broken> {
    if condition {
        Ok(())
    } else {
        Err(otherwise().into())
    }
}

/// A member of a JSON object; null when there is none.
fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// The first line of a text and the rest.
fn first_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

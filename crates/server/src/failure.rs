//! The one error of the binary: a text for the operator.

use std::fmt;

/// Why something could not be carried out, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure(String);

/// Result of a step of the binary.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure with this text.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A failure while doing `what`, for `map_err`.
    pub(crate) fn during<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{what}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes `?` work on the errors whose text says enough by itself.
macro_rules! speaks_for_itself {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        })+
    };
}

speaks_for_itself!(
    agentidp_domain::bootstrap::BootstrapError,
    agentidp_domain::delegation::DelegationKeyServiceError,
    agentidp_domain::encryption::InvalidKeyRing,
    agentidp_domain::error::StoreError,
    agentidp_domain::token::KeyServiceError,
);

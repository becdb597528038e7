//! Reading path parameters.

use std::str::FromStr;

use crate::error::ApiError;

/// An id in a path. A malformed one is answered like an unknown one.
///
/// # Errors
///
/// `unknown`, the 404 of the resource.
pub fn path_id<T: FromStr>(text: &str, unknown: fn() -> ApiError) -> Result<T, ApiError> {
    text.parse().map_err(|_| unknown())
}

//! From bytes to domain types: every problem of a request is found and named
//! in one answer.

mod body;
mod form;
mod json;
mod path;
mod query;

pub use body::{EventBody, JsonBody, RawBody, STRIPE_SIGNATURE};
pub use form::{Parameters, form_decode};
pub use json::{
    ObjectReader, boolean, date_time, nullable_limit, sized_token, string, strings, uuid, word,
};
pub use path::path_id;
pub use query::QueryReader;

//! What went wrong with a call, in words that give nothing away.

use std::error::Error;
use std::iter::successors;

use agentidp_domain::vault::VaultError;
use rustify::errors::ClientError as HttpError;
use serde_json::Value;
use vaultrs::error::ClientError;

/// Longest cause that is passed on, in characters.
const CAUSE_LIMIT: usize = 200;

/// Beginning of Vault's text for an entry that has another version by now.
const CHECK_AND_SET: &str = "check-and-set parameter did not match";

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// There is no such entry, or no such version of it.
    Missing,
    /// The entry has another version than the one to be replaced.
    Changed,
    /// The connection failed, so another attempt may succeed.
    Lost(VaultError),
    /// Everything else.
    Vault(VaultError),
}

impl Fault {
    /// A fault for the caller, who asked for something that must be there.
    pub(crate) fn into_error(self) -> VaultError {
        match self {
            Self::Missing => VaultError::Failed("an entry is missing".to_owned()),
            Self::Changed => VaultError::Failed("an entry was changed meanwhile".to_owned()),
            Self::Lost(error) | Self::Vault(error) => error,
        }
    }

    /// The fault that an answer with this status stands for.
    pub(crate) fn of_status(status: u16, messages: &[String]) -> Self {
        let starts = |beginning: &str| messages.iter().any(|text| text.starts_with(beginning));
        Self::Vault(match status {
            400 if starts(CHECK_AND_SET) => return Self::Changed,
            403 => VaultError::Forbidden("the token is not valid or may not do this".to_owned()),
            // Vault says which mounts it does not have, but says nothing of
            // entries it does not have.
            404 if messages.is_empty() => return Self::Missing,
            404 => VaultError::Failed("there is no secret engine at the mount".to_owned()),
            503 if starts("Vault is sealed") => {
                VaultError::Unavailable("the server is sealed".to_owned())
            }
            300..=399 => VaultError::Failed(format!(
                "status {status}, a redirect; the address must be that of the active node or of \
                 a load balancer"
            )),
            412 | 429 | 472 | 473 | 500..=599 => {
                VaultError::Unavailable(format!("status {status}"))
            }
            _ => VaultError::Failed(format!("status {status}")),
        })
    }

    /// The fault of a request that got no answer.
    pub(crate) fn of_request(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            let text = "no answer in time".to_owned();
            return Self::Vault(VaultError::Unavailable(text));
        }
        Self::Lost(VaultError::Unavailable(cause(error)))
    }
}

impl From<ClientError> for Fault {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::APIError { code, errors } => Self::of_status(code, &errors),
            ClientError::RestClientError { source } => of_http(source),
            ClientError::ResponseEmptyError | ClientError::ResponseDataEmptyError => unexpected(),
            // The rest is about files and settings that are not used.
            _ => Self::Vault(VaultError::Failed("the request is not valid".to_owned())),
        }
    }
}

fn of_http(error: HttpError) -> Fault {
    match error {
        HttpError::ServerResponseError { code: 404, content } => not_found(content.as_deref()),
        HttpError::ServerResponseError { code, .. } => Fault::of_status(code, &[]),
        HttpError::RequestError { source, .. } | HttpError::ResponseError { source } => {
            match source.downcast_ref::<reqwest::Error>() {
                Some(error) => Fault::of_request(error),
                None => Fault::Lost(VaultError::Unavailable("the connection failed".to_owned())),
            }
        }
        HttpError::ResponseParseError { .. } | HttpError::ResponseConversionError { .. } => {
            unexpected()
        }
        _ => Fault::Vault(VaultError::Failed("the request is not valid".to_owned())),
    }
}

/// A version that was deleted is "not found" with its metadata as content.
fn not_found(content: Option<&str>) -> Fault {
    let answer: Option<Value> = content.and_then(|text| serde_json::from_str(text).ok());
    if answer.is_some_and(|answer| answer.get("data").is_some()) {
        Fault::Missing
    } else {
        unexpected()
    }
}

fn unexpected() -> Fault {
    Fault::Vault(VaultError::Failed(
        "not the answer of a secret engine of kind KV version 2".to_owned(),
    ))
}

/// The innermost cause of `error`; those around it name the URL.
pub(crate) fn cause(error: &(dyn Error + 'static)) -> String {
    successors(Some(error), |&error| error.source())
        .last()
        .map(|innermost| innermost.to_string().chars().take(CAUSE_LIMIT).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(fault: Fault) -> VaultError {
        match fault {
            Fault::Vault(error) | Fault::Lost(error) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_status_has_its_kind() {
        for status in [412, 429, 472, 473, 500, 502, 503, 504] {
            let error = error(Fault::of_status(status, &[]));
            assert!(matches!(error, VaultError::Unavailable(_)), "{status}");
        }
        for status in [307, 400, 405, 418] {
            let error = error(Fault::of_status(status, &[]));
            assert!(matches!(error, VaultError::Failed(_)), "{status}");
        }
        let denied = ["1 error occurred:\n\t* permission denied\n\n".to_owned()];
        let error = error(Fault::of_status(403, &denied));
        assert!(matches!(error, VaultError::Forbidden(_)));
    }

    #[test]
    fn a_missing_entry_is_told_from_a_missing_engine() {
        assert!(matches!(Fault::of_status(404, &[]), Fault::Missing));
        let message = ["no handler for route \"kv/data/x\". route entry not found.".to_owned()];
        let error = error(Fault::of_status(404, &message));
        assert!(!error.to_string().contains("kv/data"), "{error}");
        let deleted = r#"{"data":{"data":null,"metadata":{"version":1}}}"#;
        assert!(matches!(not_found(Some(deleted)), Fault::Missing));
        for other in [None, Some("<html>"), Some("{}")] {
            assert!(matches!(not_found(other), Fault::Vault(_)), "{other:?}");
        }
    }

    #[test]
    fn a_changed_entry_is_told_from_a_bad_request() {
        let text = "check-and-set parameter did not match the current version";
        let fault = Fault::of_status(400, &[text.to_owned()]);
        assert!(matches!(fault, Fault::Changed));
        assert!(matches!(Fault::of_status(400, &[]), Fault::Vault(_)));
    }
}

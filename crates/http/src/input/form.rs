//! Parameters of the OAuth 2.0 endpoints: a form (strict UTF-8, nothing
//! repeated) or a JSON object of texts with the same names.

use actix_web::HttpRequest;
use agentidp_domain::validation::Violations;
use percent_encoding::percent_decode;

use crate::error::{ApiError, OAuthError};
use crate::input::body::{media_type, object};

/// The parameters of [`KNOWN`] by name. An empty value counts as absent
/// (RFC 6749 §3.2).
#[derive(Debug, Default)]
pub struct Parameters {
    entries: Vec<(&'static str, String)>,
    problems: Violations,
}

impl Parameters {
    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// 415 for other content types, 400 for bytes that are no UTF-8 form or
    /// JSON object.
    pub fn read(request: &HttpRequest, body: &[u8]) -> Result<Self, OAuthError> {
        match media_type(request).as_deref() {
            Some("application/x-www-form-urlencoded") => Self::from_form(body),
            Some("application/json") => Self::from_json(body),
            None if body.is_empty() => Ok(Self::default()),
            _ => Err(ApiError::unsupported_media_type().into()),
        }
    }

    fn from_form(body: &[u8]) -> Result<Self, OAuthError> {
        let mut parameters = Self::default();
        for pair in body
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
        {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = form_decode(halves.next().unwrap_or_default());
            let value = form_decode(halves.next().unwrap_or_default());
            let (Some(name), Some(value)) = (name, value) else {
                return Err(OAuthError::invalid_request("The form is not valid UTF-8."));
            };
            parameters.add(&name, value);
        }
        Ok(parameters)
    }

    fn from_json(body: &[u8]) -> Result<Self, OAuthError> {
        let members = object(body)
            .map_err(|_| OAuthError::invalid_request("The body is not a valid JSON object."))?;
        let mut parameters = Self::default();
        for (name, value) in members {
            match value {
                serde_json::Value::String(value) => parameters.add(&name, value),
                serde_json::Value::Null => {}
                _ if KNOWN.contains(&name.as_str()) => {
                    parameters.problems.add(&name, "Must be a string.");
                }
                _ => {}
            }
        }
        Ok(parameters)
    }

    /// Keeps a known parameter, once. What is unknown is not kept, so that the
    /// work for a form grows with its length only.
    fn add(&mut self, name: &str, value: String) {
        let Some(known) = KNOWN.into_iter().find(|known| *known == name) else {
            return;
        };
        if self.entries.iter().all(|(there, _)| *there != known) {
            self.entries.push((known, value));
        } else if self.problems.as_slice().iter().all(|p| p.field != known) {
            self.problems.add(known, "Must not be repeated.");
        }
    }

    /// A parameter with a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entries
            .iter()
            .find(|(known, value)| *known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// What is wrong so far; unknown parameters never count.
    pub fn problems(&self) -> Violations {
        self.problems.clone()
    }
}

/// Parameters that mean something at one of the endpoints.
const KNOWN: [&str; 7] = [
    "grant_type",
    "client_id",
    "client_secret",
    "scope",
    "nonce",
    "token",
    "token_type_hint",
];

/// Decodes one part of a form; `None` when it is not UTF-8.
pub fn form_decode(part: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = part
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    let bytes: Vec<u8> = percent_decode(&spaced).collect();
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded_strictly() {
        let form =
            Parameters::from_form(b"nonce=1+2%2B3&scope=&x&grant_type=a&grant_type=b").unwrap();
        assert_eq!(form.get("nonce"), Some("1 2+3"));
        assert_eq!(form.get("scope"), None);
        assert_eq!(form.problems().as_slice()[0].field, "grant_type");
        assert!(Parameters::from_form(b"a=%ff").is_err());
    }

    #[test]
    fn unknown_parameters_may_be_anything() {
        let form = Parameters::from_form(b"foo=1&foo=2").unwrap();
        assert!(form.problems().is_empty());
        let json = Parameters::from_json(br#"{"foo": 1, "scope": 2}"#).unwrap();
        assert_eq!(json.problems().as_slice().len(), 1);
    }

    #[test]
    fn unknown_parameters_are_not_kept_and_repetitions_are_told_once() {
        let names: Vec<String> = (0..20_000).map(|number| format!("{number:x}")).collect();
        let form = format!("{}&nonce=n{}", names.join("&"), "&token=t".repeat(1_000));
        let form = Parameters::from_form(form.as_bytes()).unwrap();
        assert_eq!(form.entries.len(), 2);
        assert_eq!(form.problems().as_slice().len(), 1);
        assert_eq!(form.problems().as_slice()[0].field, "token");
    }
}

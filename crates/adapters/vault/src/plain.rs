//! Requests to endpoints that the client crate does not know or reads too
//! strictly. Answers are bounded in size.

use agentidp_domain::vault::VaultError;
use reqwest::header::{HeaderValue, InvalidHeaderValue};
use reqwest::{RequestBuilder, Response};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::client::{API, Vault};
use crate::fault::Fault;

/// Longest answer that is read, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// The part of an answer that matters.
#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

/// Vault's own errors.
#[derive(Deserialize)]
struct Errors {
    errors: Vec<String>,
}

impl Vault {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{API}/{path}", self.base())
    }

    /// Sends a request with the token; the member `data` of its answer.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, Fault> {
        let token = header(self).map_err(|_| {
            Fault::Vault(VaultError::Failed(
                "the token has characters that no token has".to_owned(),
            ))
        })?;
        let request = request
            .header("X-Vault-Request", "true")
            .header("X-Vault-Token", token);
        let answer = request
            .send()
            .await
            .map_err(|error| Fault::of_request(&error))?;
        let status = answer.status();
        let body = read(answer).await?;
        if !status.is_success() {
            let errors = serde_json::from_slice::<Errors>(&body).map(|answer| answer.errors);
            return Err(Fault::of_status(
                status.as_u16(),
                &errors.unwrap_or_default(),
            ));
        }
        serde_json::from_slice::<Answer<T>>(&body)
            .map(|answer| answer.data)
            .map_err(|_| Fault::Vault(VaultError::Failed("not an answer of Vault".to_owned())))
    }
}

fn header(vault: &Vault) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(vault.token().expose_secret())?;
    value.set_sensitive(true);
    Ok(value)
}

async fn read(mut answer: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(part) = answer
        .chunk()
        .await
        .map_err(|error| Fault::of_request(&error))?
    {
        if body.len() + part.len() > ANSWER_LIMIT {
            let text = "the answer is too long".to_owned();
            return Err(Fault::Vault(VaultError::Failed(text)));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

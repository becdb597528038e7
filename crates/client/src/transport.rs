//! Requests with a token, and what comes back.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::AgentIdPError;
use crate::token_manager::TokenManager;

const USER_AGENT: &str = concat!("sentryagent-idp-rust/", env!("CARGO_PKG_VERSION"));

/// Where the API lies below the origin of a server.
pub(crate) const API_PATH: &str = "/api/v1";

/// No answer of the API comes near it.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

type Result<T> = std::result::Result<T, AgentIdPError>;

/// The connection to a server, and the tokens for it.
pub(crate) struct Transport {
    http: Client,
    root: Url,
    pub(crate) tokens: TokenManager,
}

/// What a request carries.
enum Payload {
    Nothing,
    Json(Value),
    Form(Vec<(&'static str, String)>),
}

/// A request that can be sent more than once.
struct Call {
    method: Method,
    url: Url,
    payload: Payload,
}

impl Transport {
    pub(crate) fn new(http: Client, root: Url, tokens: TokenManager) -> Self {
        Self { http, root, tokens }
    }

    /// `GET` of a JSON document.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &impl Serialize,
    ) -> Result<T> {
        let call = self.call(Method::GET, path, Payload::Nothing)?;
        decode(&self.send(call.with_query(query)?).await?)
    }

    /// The same without a token.
    pub(crate) async fn get_public<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &impl Serialize,
    ) -> Result<T> {
        let call = self.call(Method::GET, path, Payload::Nothing)?;
        decode(&self.attempt(&call.with_query(query)?, None).await?)
    }

    /// `GET` of something that is no JSON.
    pub(crate) async fn get_bytes(&self, path: &[&str], query: &impl Serialize) -> Result<Vec<u8>> {
        let call = self.call(Method::GET, path, Payload::Nothing)?;
        self.send(call.with_query(query)?).await
    }

    /// `POST` of JSON.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T> {
        let call = self.call(Method::POST, path, json(body)?)?;
        decode(&self.send(call).await?)
    }

    /// `POST` of a form.
    pub(crate) async fn post_form<T: DeserializeOwned>(
        &self,
        path: &[&str],
        form: Vec<(&'static str, String)>,
    ) -> Result<T> {
        let call = self.call(Method::POST, path, Payload::Form(form))?;
        decode(&self.send(call).await?)
    }

    /// `PATCH` with JSON.
    pub(crate) async fn patch<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T> {
        let call = self.call(Method::PATCH, path, json(body)?)?;
        decode(&self.send(call).await?)
    }

    /// `DELETE`, answered without a body.
    pub(crate) async fn delete(&self, path: &[&str]) -> Result<()> {
        let call = self.call(Method::DELETE, path, Payload::Nothing)?;
        self.send(call).await.map(drop)
    }

    fn call(&self, method: Method, path: &[&str], payload: Payload) -> Result<Call> {
        Ok(Call {
            method,
            url: below(&self.root, path)?,
            payload,
        })
    }

    /// Sends with a token. After a 401 the token is forgotten, and the request
    /// is repeated once if that cannot do anything twice.
    async fn send(&self, call: Call) -> Result<Vec<u8>> {
        let token = self.tokens.get_token().await?;
        let refused = match self.attempt(&call, Some(&token)).await {
            Err(error) if error.http_status() == Some(401) => error,
            other => return other,
        };
        self.tokens.forget(&token).await;
        if call.method != Method::GET && call.method != Method::DELETE {
            return Err(refused);
        }
        let token = self.tokens.get_token().await?;
        self.attempt(&call, Some(&token)).await
    }

    async fn attempt(&self, call: &Call, token: Option<&SecretString>) -> Result<Vec<u8>> {
        let request = self.http.request(call.method.clone(), call.url.clone());
        let request = match token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        };
        answer(match &call.payload {
            Payload::Nothing => request,
            Payload::Json(body) => request.json(body),
            Payload::Form(form) => request.form(form),
        })
        .await
    }
}

impl Call {
    /// The same with the members of `query` as parameters; absent ones are left
    /// out.
    fn with_query(mut self, query: &impl Serialize) -> Result<Self> {
        let query = serde_json::to_value(query).map_err(|error| AgentIdPError::decoding(&error))?;
        for (name, value) in query.as_object().into_iter().flatten() {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            self.url.query_pairs_mut().append_pair(name, &text);
        }
        Ok(self)
    }
}

/// The HTTP client. It follows no redirect: a secret in a form must not be
/// sent anywhere else.
pub(crate) fn http_client(timeout: Duration) -> Result<Client> {
    Client::builder()
        .user_agent(USER_AGENT)
        .timeout(timeout)
        .redirect(Policy::none())
        .referer(false)
        .tls_backend_rustls()
        .build()
        .map_err(AgentIdPError::transport)
}

/// The root of the API at a server, at `path` below its base URL. A user name or
/// password in the URL is refused: it would be sent in place of the token.
pub(crate) fn api_root(base_url: &str, path: &str) -> Result<Url> {
    let path = path.trim_matches('/');
    let text = format!("{}/{path}", base_url.trim_end_matches('/'));
    let usable = |url: &Url| {
        ["http", "https"].contains(&url.scheme())
            && url.path().ends_with(path)
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    };
    match Url::parse(&text) {
        Ok(url) if usable(&url) => Ok(url),
        _ => Err(AgentIdPError::invalid_argument(
            "the base URL must be the origin of a server, such as https://api.sentryagent.ai",
        )),
    }
}

/// The URL of `path` below `root`; each part is one segment, whatever it holds.
pub(crate) fn below(root: &Url, path: &[&str]) -> Result<Url> {
    // These would name another resource, and nothing has such an id.
    if path.iter().any(|part| ["", ".", ".."].contains(part)) {
        return Err(AgentIdPError::invalid_argument(
            "an id must not be empty or a relative path",
        ));
    }
    let mut url = root.clone();
    url.path_segments_mut()
        .map_err(|()| AgentIdPError::invalid_argument("the base URL cannot be extended"))?
        .extend(path);
    Ok(url)
}

/// Sends a request and reads the whole answer.
pub(crate) async fn answer(request: RequestBuilder) -> Result<Vec<u8>> {
    let mut response = request.send().await.map_err(AgentIdPError::transport)?;
    let (status, retry_after) = (response.status(), retry_after(&response));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(AgentIdPError::transport)? {
        if body.len().saturating_add(chunk.len()) > MAX_ANSWER {
            return Err(AgentIdPError::too_large());
        }
        body.extend_from_slice(&chunk);
    }
    if status.is_success() {
        Ok(body)
    } else {
        Err(AgentIdPError::refused(status.as_u16(), retry_after, &body))
    }
}

/// The document in an answer.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| AgentIdPError::decoding(&error))
}

fn json(body: &impl Serialize) -> Result<Payload> {
    let body = serde_json::to_value(body).map_err(|error| AgentIdPError::decoding(&error))?;
    Ok(Payload::Json(body))
}

fn retry_after(response: &Response) -> Option<u64> {
    let value = response.headers().get(RETRY_AFTER)?;
    value.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_lies_below_the_origin_and_a_slash_is_dropped() {
        for base in ["http://localhost:3000", "http://localhost:3000/"] {
            let root = api_root(base, API_PATH).unwrap();
            assert_eq!(root.as_str(), "http://localhost:3000/api/v1");
        }
        for bad in [
            "",
            "localhost:3000",
            "ftp://x",
            "http://x/?a=b",
            "http://x#a",
            "http://user@x",
            "http://user:password@x",
            "http://:password@x",
        ] {
            let error = api_root(bad, API_PATH).unwrap_err();
            assert_eq!(error.code(), "INVALID_ARGUMENT", "{bad}");
        }
    }

    #[test]
    fn the_root_may_lie_elsewhere() {
        let root = api_root("https://gateway.example/idp/", "/v1").unwrap();
        assert_eq!(root.as_str(), "https://gateway.example/idp/v1");
        assert!(api_root("https://gateway.example/idp", "/v1?a=b").is_err());
    }

    #[test]
    fn an_id_stays_inside_its_segment() {
        let root = api_root("http://h", API_PATH).unwrap();
        let url = below(&root, &["agents", "a/../b?c#d%2F"]).unwrap();
        assert_eq!(
            url.as_str(),
            "http://h/api/v1/agents/a%2F..%2Fb%3Fc%23d%252F"
        );
        for bad in ["", ".", ".."] {
            let error = below(&root, &["agents", bad]).unwrap_err();
            assert_eq!(error.code(), "INVALID_ARGUMENT", "{bad}");
        }
    }
}

//! The outermost layer: TLS redirect, request id, log, metrics, headers.

use std::time::Instant;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use agentidp_domain::limit::Reading;
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::pipeline::{limits, metering, origin};
use crate::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of every response. No inline script or style anywhere, no framing
/// by others, no guessing of types.
const SECURITY_HEADERS: [(&str, &str); 10] = [
    (
        "strict-transport-security",
        "max-age=15552000; includeSubDomains",
    ),
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'self'; \
         script-src 'self'; style-src 'self'; img-src 'self' data:",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "SAMEORIGIN"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-dns-prefetch-control", "off"),
    ("x-permitted-cross-domain-policies", "none"),
    ("x-xss-protection", "0"),
];

/// Marks a request that matched no route.
#[derive(Clone, Copy)]
pub struct Unmatched;

/// Probes speak plain HTTP.
const PROBES: [&str; 3] = ["/health", "/health/detailed", "/metrics"];

/// The layer itself.
///
/// # Errors
///
/// Those of inner layers that are no responses, e.g. a broken connection.
pub async fn edge<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let started = Instant::now();
    let Some(state) = request.app_data::<web::Data<AppState>>().cloned() else {
        return next.call(request).await.map(|r| r.map_into_left_body());
    };
    let request_id = request_id(&request, &state);
    let method = method_label(request.method());
    if !is_probe(&request) {
        state.drain.note();
    }
    let client = origin::of(request.head(), &state.settings);
    request.extensions_mut().insert(client);
    let span = span(&request, &request_id);
    let response = if must_redirect(&request, &state) {
        let response = redirect(&request, &state);
        request.into_response(response).map_into_right_body()
    } else {
        let response = next.call(request).instrument(span.clone()).await;
        match response {
            Ok(response) => response.map_into_left_body(),
            Err(error) => return Err(error),
        }
    };
    Ok(finish(
        response,
        &state,
        &span,
        &request_id,
        method,
        started,
    ))
}

fn finish<B>(
    mut response: ServiceResponse<B>,
    state: &AppState,
    span: &tracing::Span,
    request_id: &str,
    method: &str,
    started: Instant,
) -> ServiceResponse<B> {
    let reading = response.request().extensions().get::<Reading>().copied();
    let status = response.status().as_u16();
    let route = route_label(&response);
    metering::count(response.request(), response.status(), state);
    write_headers(response.headers_mut(), request_id, reading);
    if state.drain.is_announced() {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    let elapsed = started.elapsed();
    state.metrics.request(method, &route, status, elapsed);
    if status == 429 {
        state.metrics.rate_limited(&route);
    }
    span.record("http.route", route.as_str());
    span.record("http.status", status);
    if state.settings.access_log {
        span.in_scope(|| {
            let millis = elapsed.as_secs_f64() * 1000.0;
            tracing::info!(target: "agentidp::access", millis, "answered");
        });
    }
    response
}

/// The span of a request, continuing the trace of the client (W3C Trace
/// Context) if there is one.
fn span(request: &ServiceRequest, request_id: &str) -> tracing::Span {
    let span = tracing::info_span!(
        "request",
        request_id,
        http.method = %request.method(),
        http.route = tracing::field::Empty,
        http.status = tracing::field::Empty,
    );
    if request.headers().contains_key("traceparent") {
        let parent = opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.extract(&Headers(request.headers()))
        });
        // Fails only when no tracer is installed; then there is no trace.
        let _ = span.set_parent(parent);
    }
    span
}

struct Headers<'a>(&'a HeaderMap);

impl opentelemetry::propagation::Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

fn request_id(request: &ServiceRequest, state: &AppState) -> String {
    let sent = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    match sent {
        Some(id) if is_request_id(id) => id.to_owned(),
        _ => state.ports.random.uuid().to_string(),
    }
}

fn is_request_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn must_redirect(request: &ServiceRequest, state: &AppState) -> bool {
    state.settings.enforce_tls
        && !is_probe(request)
        && !origin::is_https(request.head(), &state.settings)
}

fn is_probe(request: &ServiceRequest) -> bool {
    PROBES.contains(&request.path())
}

fn redirect(request: &ServiceRequest, state: &AppState) -> HttpResponse {
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let host = origin::host(request.head(), &state.settings);
    let location = format!("https://{host}{target}");
    HttpResponse::MovedPermanently()
        .insert_header((LOCATION, location))
        .finish()
}

/// The method as metrics and logs name it. Anybody can invent methods, and
/// every label value is a time series for ever.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::PUT => "PUT",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// The pattern of the matched route with placeholders as `:id`.
fn route_label<B>(response: &ServiceResponse<B>) -> String {
    let request = response.request();
    if request.extensions().get::<Unmatched>().is_some() {
        return "unmatched".to_owned();
    }
    let Some(pattern) = request.match_pattern() else {
        return "unmatched".to_owned();
    };
    pattern
        .split('/')
        .map(|part| if part.starts_with('{') { ":id" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

fn write_headers(headers: &mut HeaderMap, request_id: &str, reading: Option<Reading>) {
    for (name, value) in SECURITY_HEADERS {
        let name = HeaderName::from_static(name);
        // A page knows best to whom its forms go.
        if name == CONTENT_SECURITY_POLICY && headers.contains_key(&name) {
            continue;
        }
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Some(reading) = reading
        && !headers.contains_key("x-ratelimit-limit")
    {
        limits::write_headers(headers, reading);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_security_policy_that_is_there_stays_and_the_rest_is_ours() {
        let own = "default-src 'none'";
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(own));
        let frames = HeaderName::from_static("x-frame-options");
        headers.insert(frames.clone(), HeaderValue::from_static("ALLOWALL"));
        write_headers(&mut headers, "1", None);
        let policies: Vec<_> = headers.get_all(CONTENT_SECURITY_POLICY).collect();
        assert_eq!(policies, [own]);
        assert_eq!(headers.get(frames).unwrap(), "SAMEORIGIN");
        let mut headers = HeaderMap::new();
        write_headers(&mut headers, "1", None);
        assert!(headers.contains_key(CONTENT_SECURITY_POLICY));
    }

    #[test]
    fn request_ids_are_short_and_harmless() {
        for good in ["a", "A.b_c-1", &"x".repeat(128)] {
            assert!(is_request_id(good), "{good}");
        }
        for bad in ["", "a b", "a\n", "é", &"x".repeat(129)] {
            assert!(!is_request_id(bad), "{bad}");
        }
    }
}

//! Reads a call's body.

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::answer::Refusal;
use crate::ops::Operation;

const LIMIT: usize = 1024 * 1024;
/// A bundle holds a whole setup.
const BUNDLE_LIMIT: usize = 16 * LIMIT;
/// A price list is a text within JSON: its quotes are escaped.
const PRICES_LIMIT: usize = 24 * LIMIT;

/// Largest body that the operation takes, in bytes.
pub(super) fn limit(operation: &Operation) -> usize {
    match operation.name {
        "import_bundle" => BUNDLE_LIMIT,
        "import_models" => PRICES_LIMIT,
        _ => LIMIT,
    }
}

/// The whole body.
///
/// # Errors
/// 413 over the limit; 400 where the caller did not send all of it.
pub(super) async fn read(body: axum::body::Body, limit: usize) -> Result<Bytes, Refusal> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = format!("The body is larger than {} MiB, which is the limit of this route.", limit / LIMIT);
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message).with("limit_bytes", limit))
        }
        Err(error) => Err(Refusal::invalid(format!("The body did not arrive whole: {error}"))),
    }
}

/// Its fields; none where it is empty.
///
/// # Errors
/// 415 for other types than JSON (a bundle may be TOML); 400 for what does not parse, or is no object.
pub(super) fn parse(operation: &Operation, headers: &HeaderMap, bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    let value = match media_type(headers).as_deref() {
        Some("application/json") => json(bytes)?,
        Some("application/toml") if operation.name == "import_bundle" => toml(bytes)?,
        other => return Err(unsupported(other)),
    };
    match value {
        Value::Object(fields) => Ok(fields),
        other => Err(Refusal::invalid(format!("The body must be a JSON object, not {}.", article(&other)))),
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn unsupported(got: Option<&str>) -> Refusal {
    let got = got.map_or_else(|| "it has no content type".to_owned(), |got| format!("not {got}"));
    let message = format!("Send the body as JSON, with `Content-Type: application/json`; {got}.");
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
}

fn json(bytes: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        Refusal::invalid(format!("The body is not JSON: {error}.")).with("line", error.line()).with("column", error.column())
    })
}

fn toml(bytes: &[u8]) -> Result<Value, Refusal> {
    toml::from_slice(bytes).map_err(|error| Refusal::invalid(format!("The body is not TOML: {error}")))
}

fn article(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

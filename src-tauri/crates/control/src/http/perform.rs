//! One call of one operation.

use axum::{
    extract::{Query, Request},
    http::{HeaderValue, StatusCode},
    response::Response,
};
use serde_json::Value;

use super::{
    Api,
    answer::{self, Refusal},
    body,
    input::Shape,
    once::{self, Kept, Ticket},
};
use crate::{Caller, Code, Error, ops::Operation};

const REPLAYED: &str = "idempotency-replayed";

pub(super) async fn perform(
    api: &Api,
    operation: &'static Operation,
    shape: &Shape,
    path: Vec<(String, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, sent) = request.into_parts();
    let caller = parts.extensions.get::<Caller>().cloned().ok_or_else(unidentified)?;
    let query = query(&parts.uri)?;
    let key = if operation.mutates() { once::key(&parts.headers)? } else { None };
    let bytes = if operation.method == "GET" { axum::body::Bytes::new() } else { body::read(sent, body::limit(operation)).await? };
    let fields = body::parse(operation, &parts.headers, &bytes)?;
    let input = shape.assemble(path, query, fields)?;

    let Some(key) = key else {
        let output = run(api, operation, caller, input).await?;
        return Ok(answer::json(status(operation, &output), &output));
    };
    match api.once.begin(&api.control, &caller, key, operation, &input).await? {
        Ticket::Done(kept) => Ok(replayed(kept)),
        Ticket::First(first) => {
            let output = run(api, operation, caller, input).await?;
            let status = status(operation, &output);
            let response = answer::json(status, &output);
            first.keep(&api.control, Kept { status: status.as_u16(), body: output }).await;
            Ok(response)
        }
    }
}

/// In a task of its own, so that a caller who hangs up does not leave half of it done.
async fn run(api: &Api, operation: &'static Operation, caller: Caller, input: Value) -> Result<Value, Refusal> {
    let running = tokio::spawn((operation.run)(api.control.clone(), caller, input));
    let done = running.await.map_err(|error| Error::new(Code::Internal, format!("{} failed: {error}", operation.name)))?;
    Ok(done?)
}

/// A save that changed nothing made nothing.
fn status(operation: &Operation, output: &Value) -> StatusCode {
    if output.get("unchanged") == Some(&Value::Bool(true)) {
        return StatusCode::OK;
    }
    StatusCode::from_u16(operation.status).unwrap_or(StatusCode::OK)
}

fn replayed(kept: Kept) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = answer::json(status, &kept.body);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn query(uri: &axum::http::Uri) -> Result<Vec<(String, String)>, Refusal> {
    let Query(query) = Query::try_from_uri(uri).map_err(|error| Refusal::invalid(format!("The query cannot be read: {error}.")))?;
    Ok(query)
}

fn unidentified() -> Refusal {
    Error::new(Code::Internal, "the caller was not identified").into()
}

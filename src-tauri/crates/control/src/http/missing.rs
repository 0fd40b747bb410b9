//! Routes that are not there.

use axum::http::{Method, StatusCode, Uri};

use super::{PREFIX, answer::Refusal};
use crate::{Code, ops::OPERATIONS};

/// Routes besides the operations.
const OTHERS: [&str; 3] = ["/openapi.json", "/events", "/logs/export"];

pub(super) async fn route(method: Method, uri: Uri) -> Refusal {
    let path = uri.path();
    let hint = match nearest(path) {
        Some(near) => format!("Did you mean {PREFIX}{near}?"),
        None => format!("{PREFIX}/openapi.json lists what there is."),
    };
    let message = format!("There is no {method} {PREFIX}{path}. {hint}");
    let refusal = Refusal::new(StatusCode::NOT_FOUND, Code::NotFound.as_str(), message);
    match nearest(path) {
        Some(near) => refusal.with("nearest", format!("{PREFIX}{near}")),
        None => refusal,
    }
}

/// axum adds the `Allow` header.
pub(super) async fn method(method: Method, uri: Uri) -> Refusal {
    let path = uri.path();
    let methods: Vec<_> = OPERATIONS.iter().filter(|operation| fits(operation.path, path)).map(|operation| operation.method).collect();
    let takes = if methods.is_empty() { "GET".to_owned() } else { methods.join(", ") };
    let message = format!("{PREFIX}{path} does not take {method}, but {takes}.");
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}

fn fits(pattern: &str, path: &str) -> bool {
    distance(pattern, path) == Some(0)
}

fn nearest(path: &str) -> Option<&'static str> {
    let paths = OPERATIONS.iter().map(|operation| operation.path).chain(OTHERS);
    let (distance, near) = paths.filter_map(|pattern| Some((distance(pattern, path)?, pattern))).min()?;
    (distance <= 1 + path.len() / 4).then_some(near)
}

/// How many letters the path is off; `None` where it has another number of parts.
fn distance(pattern: &str, path: &str) -> Option<usize> {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.trim_end_matches('/').split('/').collect());
    if pattern.len() != path.len() {
        return None;
    }
    let off = |(pattern, part): (&&str, &&str)| if pattern.starts_with('{') { 0 } else { strsim::levenshtein(pattern, part) };
    Some(pattern.iter().zip(&path).map(off).sum())
}

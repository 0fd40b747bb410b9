//! Whole answers: from and to the form between dialects.

use serde_json::Value;

use crate::Dialect;
use crate::hub::{Caller, Completion};
use crate::reply::Malformed;
use crate::upstream_error::UpstreamFailure;

/// Reads one; the inner error is the upstream's own, inside its 200.
pub(crate) fn read_answer(_: &[u8]) -> Result<Result<Completion, UpstreamFailure>, Malformed> {
    Err(Malformed::Shape { dialect: Dialect::OpenAiResponses, why: "not yet".to_owned() })
}

/// Writes one.
pub(crate) fn write_answer(_: &Completion, _: &Caller) -> Value {
    Value::Null
}

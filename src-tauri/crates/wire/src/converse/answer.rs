//! Whole answers.

use crate::Dialect;
use crate::hub::Completion;
use crate::reply::Malformed;
use crate::upstream_error::UpstreamFailure;

/// Reads one; the inner error is the upstream's own, inside its 200.
pub(crate) fn read_answer(_: &[u8]) -> Result<Result<Completion, UpstreamFailure>, Malformed> {
    Err(Malformed::Shape { dialect: Dialect::BedrockConverse, why: "not yet".to_owned() })
}

//! A request of this dialect in the form between dialects.

use serde_json::{Map, Value};

use crate::hub::{Prompt, Untranslatable};

/// Reads it.
pub(crate) fn to_hub(_: Map<String, Value>) -> Result<Prompt, Untranslatable> {
    Err(Untranslatable::new("model", "not yet"))
}

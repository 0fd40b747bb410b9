//! A request in this dialect, out of the form between dialects.

use serde_json::{Map, Value};

use crate::UpstreamEdit;
use crate::hub::{Notes, Prompt, Untranslatable};

/// Writes it.
pub(crate) fn from_hub(_: &Prompt, _: &UpstreamEdit<'_>, _: &mut Notes) -> Result<Map<String, Value>, Untranslatable> {
    Err(Untranslatable::new("model", "not yet"))
}

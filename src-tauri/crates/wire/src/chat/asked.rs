//! What a caller's request says of the form in which it takes calls.

use crate::SyntaxError;
use crate::hub::Caller;
use crate::json::{Kind, Scanner};

/// Tools as the caller offered them.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Names of those that take plain text: a target that knows functions only writes it into an object.
    custom: Vec<String>,
    /// It offered the `functions` of old, and knows one `function_call` at a time.
    pub(super) function_call: bool,
}

impl Asked {
    pub(super) fn of(caller: &Caller) -> Asked {
        let mut asked = Asked::default();
        let mut has_tools = false;
        let text = std::str::from_utf8(&caller.body).unwrap_or_default();
        // What is no request offers nothing.
        let _ = Scanner::new(text).object(|scan, key| match (&*key.decode(), scan.kind()?) {
            ("tools", Kind::Array) => scan.array(|scan| {
                has_tools = true;
                match scan.kind()? {
                    Kind::Object => asked.tool(scan),
                    _ => scan.skip(),
                }
            }),
            ("functions", Kind::Array) => scan.array(|scan| {
                asked.function_call = true;
                scan.skip()
            }),
            _ => scan.skip(),
        });
        asked.function_call &= !has_tools;
        asked
    }

    fn tool(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        let mut name = None;
        scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
            ("custom", Kind::Object) => scan.object(|scan, key| {
                match (&*key.decode(), scan.kind()?) {
                    ("name", Kind::String) => name = Some(scan.string()?.decode().into_owned()),
                    _ => scan.skip()?,
                }
                Ok(())
            }),
            _ => scan.skip(),
        })?;
        self.custom.extend(name);
        Ok(())
    }

    /// `reason`, in the words of the caller's time.
    pub(super) fn finish_reason(&self, reason: &'static str) -> &'static str {
        if self.function_call && reason == "tool_calls" { "function_call" } else { reason }
    }

    /// Is it one of those that take plain text?
    pub(super) fn is_custom(&self, name: &str) -> bool {
        self.custom.iter().any(|custom| custom == name)
    }
}

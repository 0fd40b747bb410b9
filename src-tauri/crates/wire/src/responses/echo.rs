//! What a Response repeats of the request that asked for it.

use std::ops::Range;

use bytes::Bytes;

use super::text::Object;
use super::tools::full_name;
use crate::SyntaxError;
use crate::hub::Caller;
use crate::json::{Kind, Scanner};

/// The members, and what they are where the request does not say.
const ECHOED: [(&str, &str); 17] = [
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("prompt_cache_key", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("safety_identifier", "null"),
    ("service_tier", r#""default""#),
    ("temperature", "1.0"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", r#""auto""#),
    ("tools", "[]"),
    ("top_p", "1.0"),
    ("truncation", r#""disabled""#),
    ("user", "null"),
];

/// Requests of fewer bytes are kept as they are.
const KEEP_WHOLE: usize = 16 * 1024;

/// The request, and where in it stands what is repeated: the text itself is not copied.
pub(super) struct Echo {
    body: Bytes,
    members: Vec<(&'static str, Range<usize>)>,
    /// The model that the caller asked for.
    pub(super) model: String,
    declared: Vec<Declared>,
}

/// A tool that is called otherwise here than in the form between dialects.
pub(super) struct Declared {
    full_name: String,
    /// Its name here.
    pub(super) name: String,
    /// Its namespace.
    pub(super) namespace: Option<String>,
    /// Its argument is plain text.
    pub(super) custom: bool,
}

impl Echo {
    pub(super) fn of(caller: &Caller) -> Echo {
        let mut echo = Echo { body: caller.body.clone(), members: Vec::new(), model: String::new(), declared: Vec::new() };
        if let Ok(text) = std::str::from_utf8(&caller.body) {
            // What cannot be read is not repeated.
            let _ = echo.read(&mut Scanner::new(text));
        }
        echo.keep_only_what_is_repeated();
        echo
    }

    fn read(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        scan.object(|scan, key| {
            let key = key.decode();
            match ECHOED.iter().find(|(name, _)| *name == key) {
                Some((name, _)) if scan.kind()? != Kind::Null => {
                    if *name == "tools" {
                        self.tools(&mut scan.clone(), None)?;
                    }
                    let length = scan.raw()?.len();
                    self.members.push((name, scan.pos() - length..scan.pos()));
                }
                _ if key == "model" && scan.kind()? == Kind::String => self.model = scan.string()?.decode().into_owned(),
                _ => scan.skip()?,
            }
            Ok(())
        })
    }

    /// Lets go of a long request, of which a stream would hold on to all.
    fn keep_only_what_is_repeated(&mut self) {
        let length = self.members.iter().map(|(_, range)| range.len()).sum();
        if self.body.len() < KEEP_WHOLE || length > self.body.len() / 2 {
            return;
        }
        let mut kept = Vec::with_capacity(length);
        for (_, range) in &mut self.members {
            let start = kept.len();
            kept.extend_from_slice(self.body.get(range.clone()).unwrap_or_default());
            *range = start..kept.len();
        }
        self.body = kept.into();
    }

    fn tools(&mut self, scan: &mut Scanner<'_>, namespace: Option<&str>) -> Result<(), SyntaxError> {
        if scan.kind()? != Kind::Array {
            return scan.skip();
        }
        scan.array(|scan| match scan.kind()? {
            Kind::Object => self.tool(scan, namespace),
            _ => scan.skip(),
        })
    }

    fn tool(&mut self, scan: &mut Scanner<'_>, namespace: Option<&str>) -> Result<(), SyntaxError> {
        let (mut name, mut kind, mut inner) = (String::new(), String::new(), None);
        scan.object(|scan, key| {
            match (&*key.decode(), scan.kind()?) {
                ("name", Kind::String) => name = scan.string()?.decode().into_owned(),
                ("type", Kind::String) => kind = scan.string()?.decode().into_owned(),
                ("tools", Kind::Array) => {
                    inner = Some(scan.clone());
                    scan.skip()?;
                }
                _ => scan.skip()?,
            }
            Ok::<_, SyntaxError>(())
        })?;
        match (kind.as_str(), inner) {
            ("namespace", Some(mut inner)) if namespace.is_none() => self.tools(&mut inner, Some(&name))?,
            ("custom" | "function", _) if namespace.is_some() || kind == "custom" => self.declared.push(Declared {
                full_name: full_name(namespace, &name),
                name,
                namespace: namespace.map(str::to_owned),
                custom: kind == "custom",
            }),
            _ => {}
        }
        Ok(())
    }

    /// The tool that is called so in the form between dialects, where it is declared in a form of its own.
    pub(super) fn declared(&self, name: &str) -> Option<&Declared> {
        self.declared.iter().find(|tool| tool.full_name == name)
    }

    /// Adds all that is repeated.
    pub(super) fn write<'a>(&self, response: Object<'a>) -> Object<'a> {
        ECHOED.iter().fold(response, |response, (name, otherwise)| {
            let found = self.members.iter().find(|(member, _)| member == name);
            match found.and_then(|(_, range)| self.body.get(range.clone())) {
                Some(value) => response.raw(name, value),
                None => response.raw(name, otherwise),
            }
        })
    }
}

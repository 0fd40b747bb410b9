//! What an answer says, once somebody looks at it: read from a whole body, or gathered from the chunks of a stream.
//!
//! Only the first choice is read. What is no JSON, or of another shape, says nothing.

use super::stream::StreamReader;
use crate::hub::{Completion, Part};
use crate::json::{Kind, Scanner};
use crate::segments::Edits;
use crate::sse::{Event, Splitter};
use crate::{Segments, SyntaxError};

use bytes::Bytes;
use serde_json::{Value, json};

/// What the first choice of an answer says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said {
    content: String,
    refusal: String,
    /// Why it ended.
    pub finish_reason: Option<String>,
    /// Tools that it calls, in order; of more than 1,024, the first ones.
    pub tool_calls: Vec<SaidCall>,
    logprobs: f64,
    logprobs_seen: u32,
}

/// A call of a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaidCall {
    /// Name of the tool.
    pub name: String,
    /// Its arguments as the model wrote them.
    pub arguments: String,
    /// Which of a stream's calls it is.
    index: Option<u64>,
}

/// The one call of the old `function_call`, which has no index.
const FUNCTION_CALL: u64 = u64::MAX;

/// Calls beyond these are not read: no model makes so many, and each piece of one is looked up among them.
const MAX_CALLS: usize = 1_024;

impl Said {
    /// What a whole answer says.
    pub fn of(body: &[u8]) -> Said {
        let mut said = Said::default();
        if let Ok(text) = std::str::from_utf8(body) {
            said.add(text);
        }
        said
    }

    /// One that says this, and came to its end.
    pub fn of_text(text: &str) -> Said {
        Said { content: text.to_owned(), finish_reason: Some("stop".to_owned()), ..Said::default() }
    }

    /// What an answer of any dialect says.
    pub fn of_completion(answer: &Completion) -> Said {
        let mut said = Said { finish_reason: answer.finish.as_ref().map(|finish| finish.openai().to_owned()), ..Said::default() };
        for part in &answer.parts {
            match part {
                Part::Text { text, .. } => said.content.push_str(text),
                Part::Refusal(text) => said.refusal.push_str(text),
                Part::ToolCall { name, arguments, .. } => {
                    said.tool_calls.push(SaidCall { name: name.clone(), arguments: arguments.clone(), index: None });
                }
                _ => {}
            }
        }
        said
    }

    /// Its text; that of a refusal where there is no other.
    pub fn text(&self) -> &str {
        if self.content.is_empty() { &self.refusal } else { &self.content }
    }

    /// Mean of the log probabilities of its tokens, where the upstream gave them.
    pub fn logprob_mean(&self) -> Option<f64> {
        (self.logprobs_seen > 0).then(|| self.logprobs / f64::from(self.logprobs_seen))
    }

    /// Takes in a body, or the next chunk of a stream.
    pub(super) fn add(&mut self, json: &str) {
        // What breaks off in the middle is judged elsewhere; what was read of it stands.
        let _ = self.read(json);
    }

    fn read(&mut self, json: &str) -> Result<(), SyntaxError> {
        let mut scan = Scanner::new(json);
        if scan.kind()? != Kind::Object {
            return Ok(());
        }
        scan.object(|scan, key| {
            if &*key.decode() != "choices" || scan.kind()? != Kind::Array {
                return scan.skip();
            }
            let mut position = 0;
            scan.array(|scan| {
                position += 1;
                if scan.kind()? == Kind::Object { self.choice(scan, position - 1) } else { scan.skip() }
            })
        })
    }

    fn choice(&mut self, scan: &mut Scanner<'_>, position: u64) -> Result<(), SyntaxError> {
        let (mut index, mut message, mut logprobs, mut finish, mut plain) = (position, None, None, None, None);
        scan.object(|scan, key| {
            match (&*key.decode(), scan.kind()?) {
                ("index", Kind::Number) => index = scan.number()?.parse().unwrap_or(position),
                ("message" | "delta", Kind::Object) => message = Some(scan.raw()?),
                // The old completions'.
                ("text", Kind::String) => plain = Some(scan.string()?),
                ("logprobs", Kind::Object) => logprobs = Some(scan.raw()?),
                ("finish_reason", Kind::String) => finish = Some(scan.string()?),
                _ => scan.skip()?,
            }
            Ok::<_, SyntaxError>(())
        })?;
        if index != 0 {
            return Ok(());
        }
        if let Some(finish) = finish.filter(|finish| !finish.is_empty()) {
            self.finish_reason.get_or_insert_with(|| finish.decode().into_owned());
        }
        if let Some(plain) = plain {
            self.content.push_str(&plain.decode());
        }
        if let Some(message) = message {
            self.message(&mut Scanner::new(message))?;
        }
        logprobs.map_or(Ok(()), |logprobs| self.logprobs(&mut Scanner::new(logprobs)))
    }

    fn message(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
            ("content", Kind::String | Kind::Array) => content(scan, &mut self.content, &mut self.refusal),
            ("refusal", Kind::String) => text(scan, &mut self.refusal),
            ("tool_calls", Kind::Array) => scan.array(|scan| self.tool_call(scan)),
            ("function_call", Kind::Object) => {
                let part = call(scan)?;
                self.call(Some(FUNCTION_CALL), part);
                Ok(())
            }
            _ => scan.skip(),
        })
    }

    fn tool_call(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        if scan.kind()? != Kind::Object {
            return scan.skip();
        }
        let (mut index, mut part) = (None, SaidCall::default());
        scan.object(|scan, key| {
            match (&*key.decode(), scan.kind()?) {
                ("index", Kind::Number) => index = scan.number()?.parse().ok(),
                ("function" | "custom", Kind::Object) => part = call(scan)?,
                _ => scan.skip()?,
            }
            Ok::<_, SyntaxError>(())
        })?;
        self.call(index, part);
        Ok(())
    }

    /// A call, or a piece of one. A piece without an index and a name goes on with the last call.
    fn call(&mut self, index: Option<u64>, part: SaidCall) {
        let known = match index {
            // Pieces come call by call, so that it is mostly the last one.
            Some(_) => self.tool_calls.iter_mut().rfind(|call| call.index == index),
            None if part.name.is_empty() => self.tool_calls.last_mut(),
            None => None,
        };
        let Some(call) = known else {
            if self.tool_calls.len() < MAX_CALLS {
                self.tool_calls.push(SaidCall { index, ..part });
            }
            return;
        };
        if call.name.is_empty() {
            call.name = part.name;
        }
        call.arguments.push_str(&part.arguments);
    }

    fn logprobs(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        scan.object(|scan, key| {
            if &*key.decode() != "content" || scan.kind()? != Kind::Array {
                return scan.skip();
            }
            scan.array(|scan| if scan.kind()? == Kind::Object { self.logprob(scan) } else { scan.skip() })
        })
    }

    fn logprob(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        scan.object(|scan, key| {
            if &*key.decode() != "logprob" || scan.kind()? != Kind::Number {
                return scan.skip();
            }
            if let Ok(logprob) = scan.number()?.parse::<f64>() {
                self.logprobs += logprob;
                self.logprobs_seen += 1;
            }
            Ok(())
        })
    }
}

fn text(scan: &mut Scanner<'_>, into: &mut String) -> Result<(), SyntaxError> {
    into.push_str(&scan.string()?.decode());
    Ok(())
}

/// `content`: a string, or an array of parts.
fn content(scan: &mut Scanner<'_>, content: &mut String, refusal: &mut String) -> Result<(), SyntaxError> {
    if scan.kind()? == Kind::String {
        return text(scan, content);
    }
    scan.array(|scan| match scan.kind()? {
        Kind::String => text(scan, content),
        Kind::Object => scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
            ("text", Kind::String) => text(scan, content),
            ("refusal", Kind::String) => text(scan, refusal),
            _ => scan.skip(),
        }),
        _ => scan.skip(),
    })
}

fn call(scan: &mut Scanner<'_>) -> Result<SaidCall, SyntaxError> {
    let mut call = SaidCall::default();
    scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
        ("name", Kind::String) => text(scan, &mut call.name),
        ("arguments" | "input", Kind::String) => text(scan, &mut call.arguments),
        // Some upstreams send the object itself.
        ("arguments" | "input", Kind::Object) => {
            call.arguments.push_str(scan.raw()?);
            Ok(())
        }
        _ => scan.skip(),
    })?;
    Ok(call)
}

/// A whole answer with another text in its first choice, everything else byte for byte.
/// A body of another shape comes back unchanged.
pub(crate) fn with_text(body: &Bytes, text: &str) -> Segments {
    let mut edits = Edits::default();
    let place = std::str::from_utf8(body).ok().and_then(|json| place_of_text(&mut Scanner::new(json)).ok().flatten());
    let value = Value::from(text).to_string();
    match place {
        Some(Place::Value(start, end)) => edits.replace(start..end, |out| out.extend_from_slice(value.as_bytes())),
        Some(Place::Inside { at, is_empty }) => edits.replace(at..at, |out| {
            let comma = if is_empty { "" } else { "," };
            out.extend_from_slice(format!("\"content\":{value}{comma}").as_bytes());
        }),
        None => {}
    }
    edits.apply(body)
}

/// Where the text of the first choice stands in a body.
enum Place {
    /// From here to there.
    Value(usize, usize),
    /// Nowhere; it would go here.
    Inside { at: usize, is_empty: bool },
}

fn place_of_text(scan: &mut Scanner<'_>) -> Result<Option<Place>, SyntaxError> {
    let mut place = None;
    scan.object(|scan, key| {
        if &*key.decode() != "choices" || scan.kind()? != Kind::Array {
            return scan.skip();
        }
        place = None;
        let mut position = 0;
        scan.array(|scan| {
            position += 1;
            if scan.kind()? != Kind::Object {
                return scan.skip();
            }
            let (index, inside) = place_in_choice(scan, position - 1)?;
            if index == 0 && place.is_none() {
                place = inside;
            }
            Ok(())
        })
    })?;
    Ok(place)
}

/// The choice's number, which is that of its position unless it says another, and its text's place.
fn place_in_choice(scan: &mut Scanner<'_>, position: u64) -> Result<(u64, Option<Place>), SyntaxError> {
    let (mut index, mut place) = (position, None);
    scan.object(|scan, key| {
        match (&*key.decode(), scan.kind()?) {
            ("index", Kind::Number) => index = scan.number()?.parse().unwrap_or(position),
            ("message", Kind::Object) => place = Some(place_in_message(scan)?),
            // The old completions'.
            ("text", Kind::String) => {
                let start = scan.pos();
                scan.skip()?;
                place = Some(Place::Value(start, scan.pos()));
            }
            _ => scan.skip()?,
        }
        Ok::<_, SyntaxError>(())
    })?;
    Ok((index, place))
}

fn place_in_message(scan: &mut Scanner<'_>) -> Result<Place, SyntaxError> {
    let at = scan.pos() + 1;
    let (mut found, mut is_empty) = (None, true);
    scan.object(|scan, key| {
        is_empty = false;
        let start = scan.pos();
        scan.skip()?;
        if &*key.decode() == "content" {
            found = Some(Place::Value(start, scan.pos()));
        }
        Ok::<_, SyntaxError>(())
    })?;
    Ok(found.unwrap_or(Place::Inside { at, is_empty }))
}

/// A stream that says `text`, in the envelope of the one that `events` are: its role, one chunk of
/// content, its end, its usage where it is among them, and `[DONE]`.
pub(crate) fn stream_with_text<'a>(events: impl IntoIterator<Item = &'a Bytes>, text: &str) -> Vec<Bytes> {
    let mut envelope = json!({});
    let mut usage = None;
    for raw in events {
        let Some(Event { data: Some(data), .. }) = only_event(raw) else { continue };
        let Ok(Value::Object(chunk)) = serde_json::from_slice(&data) else { continue };
        let has_no_choices = chunk.get("choices").and_then(Value::as_array).is_some_and(Vec::is_empty);
        if has_no_choices {
            // Azure begins with such a one without usage.
            if chunk.get("usage").is_some_and(Value::is_object) {
                usage = Some(raw.clone());
            }
        } else if envelope["id"].is_null() {
            envelope = chunk.into_iter().filter(|(name, _)| !matches!(name.as_str(), "choices" | "usage")).collect();
        }
    }
    let chunk = |delta: Value, finish: Value| {
        let mut chunk = envelope.clone();
        chunk["choices"] = json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
        Bytes::from(format!("data: {chunk}\n\n"))
    };
    let role = chunk(json!({"role": "assistant", "content": ""}), Value::Null);
    let said = [role, chunk(json!({ "content": text }), Value::Null), chunk(json!({}), "stop".into())];
    said.into_iter().chain(usage).chain([Bytes::from_static(StreamReader::DONE)]).collect()
}

fn only_event(raw: &Bytes) -> Option<Event> {
    let mut splitter = Splitter::new();
    splitter.push(raw.clone());
    splitter.next_event().ok().flatten()
}

#[cfg(test)]
mod tests;

//! Reads a stream of this dialect. An event is read in one pass; a tree is made of finished items only.

use serde_json::Value;

use super::answer::{self, called};
use super::text::tree;
use super::usage;
use crate::SyntaxError;
use crate::hub::{Decoder, Piece};
use crate::json::{Kind, Scanner, Text};
use crate::sse::Event;
use crate::upstream_error;

/// A reader of a new stream.
pub(crate) fn decoder() -> Box<dyn Decoder> {
    Box::new(Reader::default())
}

/// Where an item's encrypted thought stands: other dialects have no part that is both read and hidden.
const ENCRYPTED: Option<u32> = Some(u32::MAX);

/// What one part of the answer is here: an item, and for messages one of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    output_index: u32,
    content_index: Option<u32>,
}

#[derive(Default)]
struct Reader {
    /// The parts by number.
    parts: Vec<Known>,
    has_calls: bool,
    next_number: u64,
}

struct Known {
    place: Place,
    /// Whether its text has come in deltas.
    is_told: bool,
    /// The summary that the last delta of a thought belongs to.
    summary_index: u32,
}

/// The members of an event that we read.
#[derive(Default)]
struct Fields<'a> {
    kind: Option<Text<'a>>,
    sequence_number: Option<u64>,
    output_index: u32,
    content_index: u32,
    summary_index: u32,
    delta: Option<Text<'a>>,
    /// `text`, `refusal`, `arguments` or `input` of a `.done`.
    whole: Option<Text<'a>>,
    item: Option<&'a str>,
    response: Option<&'a str>,
    has_error: bool,
}

fn fields(text: &str) -> Result<Option<Fields<'_>>, SyntaxError> {
    let mut scan = Scanner::new(text);
    if scan.kind()? != Kind::Object {
        return Ok(None);
    }
    let mut fields = Fields::default();
    scan.object(|scan, key| {
        match (&*key.decode(), scan.kind()?) {
            ("type", Kind::String) => fields.kind = Some(scan.string()?),
            ("sequence_number", Kind::Number) => fields.sequence_number = scan.number()?.parse().ok(),
            ("output_index", Kind::Number) => fields.output_index = scan.number()?.parse().unwrap_or(0),
            ("content_index", Kind::Number) => fields.content_index = scan.number()?.parse().unwrap_or(0),
            ("summary_index", Kind::Number) => fields.summary_index = scan.number()?.parse().unwrap_or(0),
            ("delta", Kind::String) => fields.delta = Some(scan.string()?),
            ("text" | "refusal" | "arguments" | "input", Kind::String) => fields.whole = Some(scan.string()?),
            ("item", Kind::Object) => fields.item = Some(scan.raw()?),
            ("response", Kind::Object) => fields.response = Some(scan.raw()?),
            ("error", Kind::Object | Kind::String) => {
                fields.has_error = true;
                scan.skip()?;
            }
            _ => scan.skip()?,
        }
        Ok::<_, SyntaxError>(())
    })?;
    scan.end()?;
    Ok(Some(fields))
}

impl Decoder for Reader {
    fn read(&mut self, event: &Event, out: &mut Vec<Piece>) -> Result<(), String> {
        let data = event.data.as_deref().map(<[u8]>::trim_ascii).unwrap_or_default();
        // Some that speak the dialect end like chat does: the terminal event has come before.
        if data.is_empty() || data == b"[DONE]" {
            return Ok(());
        }
        let text = std::str::from_utf8(data).map_err(|_| "the upstream sent an event that is not valid UTF-8".to_owned())?;
        let fields = fields(text)
            .map_err(|fault| format!("the upstream sent an event that is not valid JSON: {fault}"))?
            .ok_or("the upstream sent an event that is no JSON object")?;
        self.next_number = fields.sequence_number.map_or(self.next_number, |number| number.saturating_add(1));
        let kind = fields.kind.map(|kind| kind.decode()).unwrap_or_default();
        match kind.as_ref() {
            "error" => out.push(Piece::Error(upstream_error::in_body(text))),
            "" if fields.has_error || event.name.as_deref() == Some(b"error") => out.push(Piece::Error(upstream_error::in_body(text))),
            "" => return Err("the upstream sent an event without a `type`".to_owned()),
            "keepalive" => out.push(Piece::Ping),
            kind => self.take(kind, &fields, out),
        }
        Ok(())
    }

    fn next_number(&self) -> u64 {
        self.next_number
    }
}

impl Reader {
    fn take(&mut self, kind: &str, fields: &Fields<'_>, out: &mut Vec<Piece>) {
        let (item, part) = (fields.item_place(), fields.part_place());
        let delta = || fields.delta.map(|delta| delta.decode().into_owned()).unwrap_or_default();
        match kind {
            "response.created" => out.push(started(&fields.response())),
            "response.output_item.added" => self.added(fields, out),
            "response.output_text.delta" => out.push(Piece::Text { at: self.tell(part), text: delta() }),
            "response.refusal.delta" => out.push(Piece::Refusal { at: self.tell(part), text: delta() }),
            "response.output_text.done" | "response.refusal.done" => self.caught_up(kind, fields, out),
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                out.push(Piece::Arguments { at: self.tell(item), json: delta() });
            }
            "response.function_call_arguments.done" | "response.custom_tool_call_input.done" => {
                let at = self.at(item);
                if let Some(whole) = fields.whole.filter(|whole| !whole.is_empty() && !self.is_told(at)) {
                    out.push(Piece::Arguments { at: self.tell(item), json: whole.decode().into_owned() });
                }
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                let at = self.at(item);
                let mut text = delta();
                if self.is_next_summary(at, fields.summary_index) {
                    text.insert_str(0, "\n\n");
                }
                out.push(Piece::Thinking { at: self.tell(item), text });
            }
            "response.output_item.done" => self.done(fields, out),
            "response.completed" | "response.incomplete" | "response.failed" => self.over(kind, &fields.response(), out),
            // Progress of what the provider runs, and parts that begin or end: their deltas say all.
            _ => {}
        }
    }

    /// A call begins with its item.
    fn added(&mut self, fields: &Fields<'_>, out: &mut Vec<Piece>) {
        let item = fields.item();
        if let Some(call) = called(&item) {
            self.has_calls = true;
            out.push(Piece::ToolCall { at: self.at(fields.item_place()), id: call.id, name: call.name, custom: call.custom });
        }
    }

    /// Text that came in no delta.
    fn caught_up(&mut self, kind: &str, fields: &Fields<'_>, out: &mut Vec<Piece>) {
        let at = self.at(fields.part_place());
        let Some(whole) = fields.whole.filter(|whole| !whole.is_empty() && !self.is_told(at)) else { return };
        let text = whole.decode().into_owned();
        self.tell(fields.part_place());
        out.push(if kind == "response.refusal.done" { Piece::Refusal { at, text } } else { Piece::Text { at, text } });
    }

    /// What an item says at its end and has not said before.
    fn done(&mut self, fields: &Fields<'_>, out: &mut Vec<Piece>) {
        let (item, place) = (fields.item(), fields.item_place());
        if let Some(call) = called(&item) {
            if !self.parts.iter().any(|part| part.place == place) {
                self.added(fields, out);
            }
            let at = self.at(place);
            if !self.is_told(at) {
                let arguments = call.arguments(&item);
                // Writers that put calls one behind the other know by it that this one is whole.
                let json = if arguments.is_empty() && !call.custom { "{}".to_owned() } else { arguments };
                out.push(Piece::Arguments { at: self.tell(place), json });
            }
        } else if item["type"] == "reasoning"
            && let Some(data) = item["encrypted_content"].as_str().filter(|data| !data.is_empty())
        {
            out.push(Piece::HiddenThinking {
                at: self.at(Place { content_index: ENCRYPTED, ..place }),
                data: super::items::unmarked(data).to_owned(),
            });
        }
    }

    fn over(&mut self, kind: &str, response: &Value, out: &mut Vec<Piece>) {
        if kind == "response.failed" {
            let failure = answer::failure(response).unwrap_or_else(|| upstream_error::in_body(&response.to_string()));
            return out.push(Piece::Error(failure));
        }
        out.extend(answer::finish(response, self.has_calls).map(Piece::Finish));
        out.extend(usage::read(&response["usage"]).map(Piece::Usage));
        out.push(Piece::End);
    }

    /// The number of the part at that place.
    fn at(&mut self, place: Place) -> u32 {
        let known = self.parts.iter().rposition(|part| part.place == place);
        let at = known.unwrap_or_else(|| {
            self.parts.push(Known { place, is_told: false, summary_index: 0 });
            self.parts.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The same, for a part that says something now.
    fn tell(&mut self, place: Place) -> u32 {
        let at = self.at(place);
        if let Some(part) = self.parts.get_mut(at as usize) {
            part.is_told = true;
        }
        at
    }

    fn is_told(&self, at: u32) -> bool {
        self.parts.get(at as usize).is_some_and(|part| part.is_told)
    }

    /// Whether a thought goes on with another summary.
    fn is_next_summary(&mut self, at: u32, index: u32) -> bool {
        let Some(part) = self.parts.get_mut(at as usize) else { return false };
        let before = std::mem::replace(&mut part.summary_index, index);
        part.is_told && before != index
    }
}

fn started(response: &Value) -> Piece {
    let text = |name: &str| response[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Piece::Start { id: text("id"), model: text("model") }
}

impl Fields<'_> {
    fn item_place(&self) -> Place {
        Place { output_index: self.output_index, content_index: None }
    }

    fn part_place(&self) -> Place {
        Place { output_index: self.output_index, content_index: Some(self.content_index) }
    }

    fn item(&self) -> Value {
        self.item.and_then(|item| tree(item).ok()).unwrap_or_default()
    }

    /// The Response without its bulk: what it repeats of the request, and what has been said before.
    fn response(&self) -> Value {
        let Some(text) = self.response else { return Value::Null };
        let mut short = serde_json::Map::new();
        let read = Scanner::new(text).object(|scan, key| {
            let name = key.decode();
            match &*name {
                "id" | "model" | "status" | "error" | "incomplete_details" | "usage" => {
                    let value = scan.value()?;
                    short.insert(name.into_owned(), value);
                }
                _ => scan.skip()?,
            }
            Ok::<_, SyntaxError>(())
        });
        // It has been read once already.
        read.map(|()| Value::Object(short)).unwrap_or_default()
    }
}

//! Writes a stream of this dialect.
//!
//! ```text
//!  created, in_progress
//!    output_item.added
//!      content_part.added, output_text.delta …, output_text.done, content_part.done           a message
//!      reasoning_summary_part.added, …_text.delta …, …_text.done, …_part.done                 a thought
//!      function_call_arguments.delta …, .done  |  custom_tool_call_input.delta …, .done       a call
//!    output_item.done
//!  completed | incomplete | failed
//! ```
//!
//! The last event holds the whole answer: so much is kept, and no more than [`MAX_KEPT`] bytes. Calls stay open
//! until the end, since an upstream may make several side by side.

use super::echo::Echo;
use super::item::{Body, Call, Content, Item, close_part, redacted, signed, summary};
use super::items::OUR_THOUGHT;
use super::text::{Object, list};
use super::usage;
use crate::Usage;
use crate::hub::{Caller, Encoder, Finish, Piece};

/// Bytes of text that an answer may have: far beyond what any model writes at a time.
const MAX_KEPT: usize = 16 * 1024 * 1024;

/// A writer of a new stream.
pub(crate) fn encoder(caller: &Caller) -> Box<dyn Encoder> {
    Box::new(Writer::new(caller))
}

/// Writes an answer piece by piece, and knows the whole of it at the end.
pub(super) struct Writer {
    echo: Echo,
    created: u64,
    /// What ids are made of.
    core: String,
    model: String,
    input_tokens: u64,
    sequence: u64,
    started: bool,
    ended: bool,
    open: Vec<Item>,
    /// Items that are done, by their places.
    done: Vec<(u32, Vec<u8>)>,
    items: u32,
    kept: usize,
    chars: u64,
    usage: Option<Usage>,
    finish: Option<Finish>,
}

/// How an answer ended.
struct Ending<'a> {
    status: &'a str,
    /// Why it is incomplete.
    reason: Option<&'a str>,
    /// Why it failed.
    error: Option<&'a str>,
}

const IN_PROGRESS: Ending<'_> = Ending { status: "in_progress", reason: None, error: None };

impl Writer {
    pub(super) fn new(caller: &Caller) -> Writer {
        Writer {
            echo: Echo::of(caller),
            created: caller.created,
            core: caller.id.clone(),
            model: String::new(),
            input_tokens: caller.input_tokens,
            sequence: 0,
            started: false,
            ended: false,
            open: Vec::new(),
            done: Vec::new(),
            items: 0,
            kept: 0,
            chars: 0,
            usage: None,
            finish: None,
        }
    }

    fn start(&mut self, id: Option<&str>, model: Option<&str>, out: &mut Vec<u8>) {
        if self.started {
            return;
        }
        self.started = true;
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            self.core = core(id);
        }
        self.model = model.filter(|model| !model.is_empty()).unwrap_or(&self.echo.model).to_owned();
        for kind in ["response.created", "response.in_progress"] {
            self.lifecycle(kind, &IN_PROGRESS, out);
        }
    }

    fn lifecycle(&mut self, kind: &str, ending: &Ending<'_>, out: &mut Vec<u8>) {
        let mut sequence = self.sequence;
        Object::event(out, kind, &mut sequence).with("response", |out| self.response(ending, out)).end_event();
        self.sequence = sequence;
    }

    fn response(&self, ending: &Ending<'_>, out: &mut Vec<u8>) {
        let is_over = ending.status != "in_progress";
        let response = Object::new(out)
            .text("id", &format!("resp_{}", self.core))
            .text("object", "response")
            .number("created_at", self.created)
            .text("status", ending.status)
            .raw("background", "false")
            .with("error", |out| match ending.error {
                Some(message) => Object::new(out).text("code", "server_error").text("message", message).end(),
                None => out.extend_from_slice(b"null"),
            })
            .with("incomplete_details", |out| match ending.reason {
                Some(reason) => Object::new(out).text("reason", reason).end(),
                None => out.extend_from_slice(b"null"),
            })
            .text("model", &self.model)
            .with("output", |out| list(out, self.done.iter().map(|(_, item)| item)));
        self.echo
            .write(response)
            .raw("store", "false")
            .with("usage", |out| match is_over {
                true => usage::write(self.usage.unwrap_or_else(|| Usage::estimate(self.input_tokens, self.chars)), out),
                false => out.extend_from_slice(b"null"),
            })
            .end();
    }

    fn open(&mut self, at: u32, prefix: &str, body: Body, out: &mut Vec<u8>) -> usize {
        let index = self.items;
        self.items += 1;
        let item = Item { at, index, id: format!("{prefix}_{}_{index}", self.core), body };
        Object::event(out, "response.output_item.added", &mut self.sequence)
            .number("output_index", index.into())
            .with("item", |out| item.write(out, "in_progress", false))
            .end_event();
        self.open.push(item);
        self.open.len() - 1
    }

    /// Text or a refusal.
    fn say(&mut self, at: u32, text: &str, is_refusal: bool, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        self.close(out, |item| matches!(item.body, Body::Reasoning { .. }));
        let place = match self.open.iter().position(|item| matches!(item.body, Body::Message(_))) {
            Some(place) => place,
            None => self.open(at, "msg", Body::Message(Vec::new()), out),
        };
        let Some(item) = self.open.get_mut(place) else { return };
        let Body::Message(parts) = &mut item.body else { return };
        if item.at != at || parts.last().is_none_or(|part| part.is_refusal != is_refusal) {
            if let Some(last) = parts.last() {
                close_part(last, parts.len() - 1, &item.id, item.index, &mut self.sequence, out);
            }
            item.at = at;
            parts.push(Content { is_refusal, text: String::new() });
            Object::event(out, "response.content_part.added", &mut self.sequence)
                .text("item_id", &item.id)
                .number("output_index", item.index.into())
                .number("content_index", parts.len() as u64 - 1)
                .with("part", |out| Content { is_refusal, text: String::new() }.write(out))
                .end_event();
        }
        let content_index = parts.len() as u64 - 1;
        if let Some(part) = parts.last_mut() {
            part.text.push_str(text);
        }
        let kind = if is_refusal { "response.refusal.delta" } else { "response.output_text.delta" };
        let delta = Object::event(out, kind, &mut self.sequence)
            .text("item_id", &item.id)
            .number("output_index", item.index.into())
            .number("content_index", content_index)
            .text("delta", text);
        if is_refusal { delta.end_event() } else { delta.raw("logprobs", "[]").end_event() }
    }

    /// The place among the open items of that thought; another one is done.
    fn thought(&mut self, at: u32, out: &mut Vec<u8>) -> usize {
        self.close(out, |item| match item.body {
            Body::Message(_) => true,
            Body::Reasoning { .. } => item.at != at,
            Body::Call(_) => false,
        });
        match self.open.iter().position(|item| matches!(item.body, Body::Reasoning { .. })) {
            Some(place) => place,
            None => self.open(at, OUR_THOUGHT, Body::Reasoning { text: String::new(), encrypted: None }, out),
        }
    }

    fn think(&mut self, at: u32, more: &str, out: &mut Vec<u8>) {
        if more.is_empty() {
            return;
        }
        let place = self.thought(at, out);
        let Some(Item { id, index, body: Body::Reasoning { text, .. }, .. }) = self.open.get_mut(place) else { return };
        if text.is_empty() {
            Object::event(out, "response.reasoning_summary_part.added", &mut self.sequence)
                .text("item_id", id)
                .number("output_index", (*index).into())
                .number("summary_index", 0)
                .with("part", |out| summary(out, ""))
                .end_event();
        }
        text.push_str(more);
        Object::event(out, "response.reasoning_summary_text.delta", &mut self.sequence)
            .text("item_id", id)
            .number("output_index", (*index).into())
            .number("summary_index", 0)
            .text("delta", more)
            .end_event();
    }

    fn hide(&mut self, at: u32, data: String, out: &mut Vec<u8>) {
        let place = self.thought(at, out);
        if let Some(Item { body: Body::Reasoning { encrypted, .. }, .. }) = self.open.get_mut(place) {
            encrypted.get_or_insert(data);
        }
    }

    fn call(&mut self, at: u32, call: Call, out: &mut Vec<u8>) {
        self.close(out, |item| !item.is_call());
        let prefix = if call.custom { "ctc" } else { "fc" };
        self.open(at, prefix, Body::Call(call), out);
    }

    fn argue(&mut self, at: u32, more: &str, out: &mut Vec<u8>) {
        let Some(item) = self.open.iter_mut().rev().find(|item| item.at == at && item.is_call()) else { return };
        let Body::Call(call) = &mut item.body else { return };
        call.arguments.push_str(more);
        if !call.wrapped && !more.is_empty() {
            let kind = if call.custom { "response.custom_tool_call_input.delta" } else { "response.function_call_arguments.delta" };
            Object::event(out, kind, &mut self.sequence)
                .text("item_id", &item.id)
                .number("output_index", item.index.into())
                .text("delta", more)
                .end_event();
        }
    }

    /// Closes the items for which `is_over` holds, in order.
    fn close(&mut self, out: &mut Vec<u8>, is_over: impl Fn(&Item) -> bool) {
        if !self.open.iter().any(&is_over) {
            return;
        }
        let (over, open) = std::mem::take(&mut self.open).into_iter().partition(is_over);
        self.open = open;
        let over: Vec<Item> = over;
        for item in over {
            self.finish_item(&item, out);
        }
    }

    fn finish_item(&mut self, item: &Item, out: &mut Vec<u8>) {
        let sequence = &mut self.sequence;
        item.close(sequence, out);
        let cut_off = matches!(self.finish, Some(Finish::Length | Finish::ContentFilter)) && item.index + 1 == self.items;
        let mut written = Vec::new();
        item.write(&mut written, if cut_off { "incomplete" } else { "completed" }, true);
        Object::event(out, "response.output_item.done", sequence)
            .number("output_index", item.index.into())
            .raw("item", &written)
            .end_event();
        let place = self.done.partition_point(|(index, _)| *index < item.index);
        self.done.insert(place, (item.index, written));
    }

    fn fail(&mut self, message: &str, out: &mut Vec<u8>) {
        self.ended = true;
        self.lifecycle("response.failed", &Ending { status: "failed", reason: None, error: Some(message) }, out);
    }

    fn ending(&self) -> Ending<'static> {
        let reason = match self.finish {
            Some(Finish::Length) => Some("max_output_tokens"),
            Some(Finish::ContentFilter) => Some("content_filter"),
            _ => None,
        };
        Ending { status: if reason.is_some() { "incomplete" } else { "completed" }, reason, error: None }
    }

    /// The whole answer as JSON, once it has ended.
    pub(super) fn whole(&self) -> Vec<u8> {
        let mut written = Vec::new();
        self.response(&self.ending(), &mut written);
        written
    }

    fn count(&mut self, text: &str, out: &mut Vec<u8>) {
        self.chars += text.chars().count() as u64;
        self.kept += text.len();
        if self.kept > MAX_KEPT {
            self.fail("the answer is longer than 16 MiB", out);
        }
    }
}

impl Encoder for Writer {
    fn write(&mut self, piece: &Piece, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match piece {
            Piece::Start { id, model } => return self.start(id.as_deref(), model.as_deref(), out),
            Piece::Ping => return out.extend_from_slice(b": ping\n\n"),
            Piece::Finish(finish) => self.finish = Some(finish.clone()),
            Piece::Usage(usage) => self.usage = Some(*usage),
            Piece::End => {}
            _ => self.start(None, None, out),
        }
        if let Piece::Text { text, .. } | Piece::Thinking { text, .. } | Piece::Refusal { text, .. } | Piece::Arguments { json: text, .. } =
            piece
        {
            self.count(text, out);
            if self.ended {
                return;
            }
        }
        match piece {
            Piece::Text { at, text } => self.say(*at, text, false, out),
            Piece::Refusal { at, text } => self.say(*at, text, true, out),
            Piece::Thinking { at, text } => self.think(*at, text, out),
            Piece::Signature { at, signature } => self.hide(*at, signed(signature), out),
            Piece::HiddenThinking { at, data } => self.hide(*at, redacted(data), out),
            Piece::ToolCall { at, id, name, custom } => {
                let call = Call::new(id, name, *custom, self.echo.declared(name));
                self.count(name, out);
                self.call(*at, call, out);
            }
            Piece::Arguments { at, json } => self.argue(*at, json, out),
            Piece::Error(failure) => self.fail(&failure.message, out),
            Piece::Start { .. } | Piece::Finish(_) | Piece::Usage(_) | Piece::Ping | Piece::End => {}
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        self.start(None, None, out);
        self.close(out, |_| true);
        self.ended = true;
        let ending = self.ending();
        let kind = if ending.reason.is_some() { "response.incomplete" } else { "response.completed" };
        self.lifecycle(kind, &ending, out);
    }

    fn next_number(&self) -> u64 {
        self.sequence
    }
}

/// An id without its dialect's prefix.
fn core(id: &str) -> String {
    let bare = ["resp_", "chatcmpl-", "msg_", "gen-", "cmpl-"].iter().find_map(|prefix| id.strip_prefix(prefix));
    bare.filter(|bare| !bare.is_empty()).unwrap_or(id).to_owned()
}

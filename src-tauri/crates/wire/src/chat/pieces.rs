//! Reads an answer of this dialect, whole or chunk by chunk, into pieces.
//!
//! The chunk's `delta` and the whole answer's `message` are of one shape, and every OpenAI-shaped server has its
//! own variants of it:
//!
//! | what | variants |
//! |---|---|
//! | thoughts | `reasoning_content`, `reasoning`, `reasoning_details` (OpenRouter), thinking parts (Mistral) |
//! | text | `content` as a string or as parts; `text` (completions) |
//! | calls | no `index`, one `index` for all, no `id`, arguments as an object, `function_call`, `custom`, a signature in `extra_content` (Gemini) |
//! | end | `stop_reason` (vLLM) and `matched_stop` (SGLang) name the stop string; `stop` although there are calls |
//! | usage | beside the choices, or within (Moonshot) |
//!
//! Only the first choice is read.

use super::call_ids::MAX_ID;
use super::reply;
use super::shape::{CallPiece, Choice, Message, call_piece, finish, function, half_at_end, read_choice, read_message};
use crate::SyntaxError;
use crate::hub::{Finish, Piece, sign};
use crate::json::{Kind, Scanner};
use crate::upstream_error;

/// Calls beyond these are not read: no model makes so many, and each piece of one is looked up among them.
const MAX_CALLS: usize = 1_024;

/// The one call of the old `function_call`, which has no index.
const FUNCTION_CALL: u64 = u64::MAX;

/// What has been read of one answer.
#[derive(Debug, Default)]
pub(super) struct PieceReader {
    /// The answer's id, once it has begun.
    id: Option<String>,
    is_started: bool,
    is_finished: bool,
    next_at: u32,
    /// The part that is being written, if it is one of running text.
    open: Option<(Running, u32)>,
    /// Half an emoji at the end of the text so far, as written.
    half: String,
    calls: Vec<Call>,
    /// Every call is whole: a `message`'s.
    is_whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Running {
    Text,
    Thinking,
    Refusal,
}

#[derive(Debug)]
struct Call {
    index: Option<u64>,
    id: String,
    at: u32,
    /// The name is still to come: it and these arguments are held until it does.
    held: Option<String>,
    custom: bool,
    /// Its maker's proof of it, which the caller gets in the id.
    signature: String,
}

impl PieceReader {
    /// Reads a body or a chunk. True where it has `choices` with something in them, false where they are empty,
    /// `None` where there are none.
    pub(super) fn read(&mut self, json: &str, out: &mut Vec<Piece>) -> Result<Option<bool>, SyntaxError> {
        let mut scan = Scanner::new(json);
        let (mut id, mut model, mut usage, mut error) = (None, None, None, None);
        let (mut choices, mut is_error) = (None, false);
        scan.object(|scan, key| {
            match (&*key.decode(), scan.kind()?) {
                ("id", Kind::String) => id = Some(scan.string()?.decode().into_owned()),
                ("model", Kind::String) => model = Some(scan.string()?.decode().into_owned()),
                ("object", Kind::String) => is_error = scan.string()?.raw == "error",
                ("usage", Kind::Object) => usage = Some(reply::usage(scan)?),
                ("error", Kind::Object | Kind::String) => error = Some(scan.raw()?),
                ("choices", Kind::Array) => choices = Some(scan.raw()?),
                _ => scan.skip()?,
            }
            Ok::<_, SyntaxError>(())
        })?;
        scan.end()?;
        if let Some(error) = error.or_else(|| is_error.then_some(json)) {
            out.push(Piece::Error(upstream_error::in_body(error)));
            return Ok(choices.map(|_| true));
        }
        let id = id.filter(|id| !id.is_empty());
        let has_choices = choices.map(|choices| !choices[1..].trim_start().starts_with(']'));
        if !self.is_started && (has_choices == Some(true) || id.is_some()) {
            self.is_started = true;
            self.id.clone_from(&id);
            out.push(Piece::Start { id, model: model.filter(|model| !model.is_empty()) });
        }
        if let Some(choices) = choices {
            self.choices(choices, &mut usage, out)?;
        }
        out.extend(usage.map(Piece::Usage));
        Ok(has_choices)
    }

    fn choices(&mut self, json: &str, usage: &mut Option<crate::Usage>, out: &mut Vec<Piece>) -> Result<(), SyntaxError> {
        let mut position = 0;
        Scanner::new(json).array(|scan| {
            position += 1;
            if scan.kind()? != Kind::Object {
                return scan.skip();
            }
            let choice = read_choice(scan, position - 1)?;
            if choice.index != 0 {
                return Ok(());
            }
            *usage = usage.or(choice.usage);
            if let Some(error) = choice.error {
                out.push(Piece::Error(upstream_error::in_body(error)));
                return Ok(());
            }
            self.choice(&choice, out)
        })
    }

    fn choice(&mut self, choice: &Choice<'_>, out: &mut Vec<Piece>) -> Result<(), SyntaxError> {
        self.is_whole = choice.is_whole;
        if let Some(message) = choice.message {
            self.message(&read_message(&mut Scanner::new(message))?, out)?;
        }
        if let Some(text) = choice.text {
            self.run(Running::Text, text, out)?;
        }
        let Some(word) = choice.finish.as_deref().filter(|_| !self.is_finished) else { return Ok(()) };
        self.is_finished = true;
        self.end_half(out);
        let finish = match finish(word) {
            Finish::Stop if !self.calls.is_empty() => Finish::ToolCalls,
            Finish::Stop if choice.stop_string.is_some() => Finish::StopSequence(choice.stop_string.clone()),
            finish => finish,
        };
        out.push(Piece::Finish(finish));
        Ok(())
    }

    fn message(&mut self, message: &Message<'_>, out: &mut Vec<Piece>) -> Result<(), SyntaxError> {
        if let Some(text) = message.reasoning {
            self.run(Running::Thinking, text, out)?;
        }
        if let Some(details) = message.details {
            self.details(details, message.reasoning.is_none(), out)?;
        }
        if let Some(content) = message.content {
            self.content(content, out)?;
        }
        if let Some(text) = message.refusal {
            self.run(Running::Refusal, text, out)?;
        }
        if let Some(calls) = message.tool_calls {
            Scanner::new(calls).array(|scan| {
                if scan.kind()? != Kind::Object {
                    return scan.skip();
                }
                let piece = call_piece(scan)?;
                self.call(piece, out);
                Ok(())
            })?;
        }
        if let Some(call) = message.function_call {
            let mut piece = CallPiece { index: Some(FUNCTION_CALL), ..CallPiece::default() };
            function(&mut Scanner::new(call), &mut piece)?;
            self.call(piece, out);
        }
        Ok(())
    }

    /// `content`: a string, or an array of parts.
    fn content(&mut self, json: &str, out: &mut Vec<Piece>) -> Result<(), SyntaxError> {
        let mut scan = Scanner::new(json);
        if scan.kind()? == Kind::String {
            return self.run(Running::Text, json, out);
        }
        scan.array(|scan| match scan.kind()? {
            Kind::String => {
                let text = scan.raw()?;
                self.run(Running::Text, text, out)
            }
            Kind::Object => self.part(scan, out),
            _ => scan.skip(),
        })
    }

    fn part(&mut self, scan: &mut Scanner<'_>, out: &mut Vec<Piece>) -> Result<(), SyntaxError> {
        scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
            ("text", Kind::String) => {
                let text = scan.raw()?;
                self.run(Running::Text, text, out)
            }
            ("refusal", Kind::String) => {
                let text = scan.raw()?;
                self.run(Running::Refusal, text, out)
            }
            ("thinking", Kind::String) => {
                let text = scan.raw()?;
                self.run(Running::Thinking, text, out)
            }
            ("thinking", Kind::Array) => scan.array(|scan| match scan.kind()? {
                Kind::Object => scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
                    ("text", Kind::String) => {
                        let text = scan.raw()?;
                        self.run(Running::Thinking, text, out)
                    }
                    _ => scan.skip(),
                }),
                _ => scan.skip(),
            }),
            _ => scan.skip(),
        })
    }

    /// OpenRouter's `reasoning_details`: signatures and hidden thoughts; the text only where nothing else has it.
    fn details(&mut self, json: &str, with_text: bool, out: &mut Vec<Piece>) -> Result<(), SyntaxError> {
        Scanner::new(json).array(|scan| {
            if scan.kind()? != Kind::Object {
                return scan.skip();
            }
            let (mut text, mut signature, mut data) = (None, None, None);
            scan.object(|scan, key| {
                match (&*key.decode(), scan.kind()?) {
                    ("text" | "summary", Kind::String) => text = Some(scan.raw()?),
                    ("signature", Kind::String) => signature = Some(scan.string()?.decode().into_owned()),
                    ("data", Kind::String) => data = Some(scan.string()?.decode().into_owned()),
                    _ => scan.skip()?,
                }
                Ok::<_, SyntaxError>(())
            })?;
            if let Some(text) = text.filter(|_| with_text) {
                self.run(Running::Thinking, text, out)?;
            }
            if let Some(signature) = signature.filter(|signature| !signature.is_empty()) {
                let at = self.part_of(Running::Thinking, out);
                out.push(Piece::Signature { at, signature });
                // Another thought is another part.
                self.open = None;
            }
            if let Some(data) = data.filter(|data| !data.is_empty()) {
                self.close(out);
                let at = self.number();
                out.push(Piece::HiddenThinking { at, data });
            }
            Ok(())
        })
    }

    /// More of a running text: `json` is a string as written, quotes included.
    fn run(&mut self, kind: Running, json: &str, out: &mut Vec<Piece>) -> Result<(), SyntaxError> {
        if json.len() <= 2 {
            return Ok(());
        }
        let at = self.part_of(kind, out);
        let whole;
        let mut raw = json;
        if !self.half.is_empty() {
            whole = format!("\"{}{}", std::mem::take(&mut self.half), &json[1..]);
            raw = &whole;
        }
        let inner = &raw[1..raw.len() - 1];
        if let Some(start) = half_at_end(inner).filter(|_| !self.is_whole) {
            self.half = inner[start..].to_owned();
            let kept = format!("\"{}\"", &inner[..start]);
            push_text(kind, at, Scanner::new(&kept).string()?.decode().into_owned(), out);
            return Ok(());
        }
        push_text(kind, at, Scanner::new(raw).string()?.decode().into_owned(), out);
        Ok(())
    }

    /// The number of the running part of that kind: a new one, unless it is the one being written.
    fn part_of(&mut self, kind: Running, out: &mut Vec<Piece>) -> u32 {
        match self.open {
            Some((open, at)) if open == kind => at,
            _ => {
                self.close(out);
                let at = self.number();
                self.open = Some((kind, at));
                at
            }
        }
    }

    fn close(&mut self, out: &mut Vec<Piece>) {
        self.end_half(out);
        self.open = None;
    }

    /// The other half never came.
    fn end_half(&mut self, out: &mut Vec<Piece>) {
        if !std::mem::take(&mut self.half).is_empty()
            && let Some((kind, at)) = self.open
        {
            push_text(kind, at, char::REPLACEMENT_CHARACTER.to_string(), out);
        }
    }

    fn number(&mut self) -> u32 {
        self.next_at += 1;
        self.next_at - 1
    }

    /// A call, or a piece of one.
    fn call(&mut self, piece: CallPiece, out: &mut Vec<Piece>) {
        let Some(known) = self.known_call(&piece) else {
            self.new_call(piece, out);
            return;
        };
        let call = &mut self.calls[known];
        let json = match call.held.take() {
            Some(held) if piece.name.is_empty() => {
                call.held = Some(held + &piece.arguments);
                return;
            }
            Some(held) => {
                call.custom |= piece.custom;
                call.signature.push_str(&piece.signature);
                out.push(Piece::ToolCall { at: call.at, id: sign(&call.id, &call.signature), name: piece.name, custom: call.custom });
                held + &piece.arguments
            }
            None => piece.arguments,
        };
        if !json.is_empty() {
            out.push(Piece::Arguments { at: call.at, json });
        }
    }

    /// Which call it goes on with. A new id makes a new call even under a known index, which Gemini counts as 0 always.
    fn known_call(&self, piece: &CallPiece) -> Option<usize> {
        if self.is_whole {
            return None;
        }
        let is_other = |call: &Call| !piece.name.is_empty() && !piece.id.is_empty() && call.held.is_none() && call.id != piece.id;
        match piece.index {
            Some(_) => self.calls.iter().rposition(|call| call.index == piece.index).filter(|at| !is_other(&self.calls[*at])),
            None if !piece.id.is_empty() => self.calls.iter().rposition(|call| call.id == piece.id),
            None if piece.name.is_empty() => self.calls.len().checked_sub(1),
            None => None,
        }
    }

    fn new_call(&mut self, piece: CallPiece, out: &mut Vec<Piece>) {
        if self.calls.len() >= MAX_CALLS {
            return;
        }
        self.close(out);
        let at = self.number();
        let CallPiece { index, id, name, arguments, custom, signature } = piece;
        let id = if id.is_empty() { self.call_id(at) } else { id };
        let mut call = Call { index, id: id.clone(), at, held: None, custom, signature };
        if name.is_empty() {
            call.held = Some(arguments);
        } else {
            out.push(Piece::ToolCall { at, id: sign(&id, &call.signature), name, custom });
            if !arguments.is_empty() {
                out.push(Piece::Arguments { at, json: arguments });
            }
        }
        self.calls.push(call);
    }

    /// An id for a call without one. Others than the upstream may ask for ids that differ over a whole conversation,
    /// and OpenAI for short ones.
    fn call_id(&self, at: u32) -> String {
        let end = format!("_{at}");
        let mut id = "call_".to_owned();
        let room = MAX_ID - id.len() - end.len();
        let plain: Vec<char> = self.id.iter().flat_map(|id| id.chars()).filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        // What tells answers apart stands at the end more often than at the front.
        id.extend(&plain[plain.len().saturating_sub(room)..]);
        id + &end
    }
}

fn push_text(kind: Running, at: u32, text: String, out: &mut Vec<Piece>) {
    if text.is_empty() {
        return;
    }
    out.push(match kind {
        Running::Text => Piece::Text { at, text },
        Running::Thinking => Piece::Thinking { at, text },
        Running::Refusal => Piece::Refusal { at, text },
    });
}

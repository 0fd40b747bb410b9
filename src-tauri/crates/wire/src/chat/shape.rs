//! The shape of an answer's inner parts, read as written: what they mean is for [`PieceReader`](super::pieces).

use super::reply;
use crate::SyntaxError;
use crate::hub::Finish;
use crate::json::{Kind, Scanner};

/// A call, or a piece of one, as written.
#[derive(Debug, Default)]
pub(super) struct CallPiece {
    pub(super) index: Option<u64>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
    pub(super) custom: bool,
    /// `extra_content.google.thought_signature`.
    pub(super) signature: String,
}

/// The members of a message or a delta that are read, as written: their order there does not matter.
#[derive(Default)]
pub(super) struct Message<'a> {
    pub(super) reasoning: Option<&'a str>,
    pub(super) details: Option<&'a str>,
    pub(super) content: Option<&'a str>,
    pub(super) refusal: Option<&'a str>,
    pub(super) tool_calls: Option<&'a str>,
    pub(super) function_call: Option<&'a str>,
}

/// What one choice says.
#[derive(Default)]
pub(super) struct Choice<'a> {
    pub(super) index: u64,
    pub(super) message: Option<&'a str>,
    pub(super) text: Option<&'a str>,
    pub(super) finish: Option<String>,
    pub(super) stop_string: Option<String>,
    pub(super) is_whole: bool,
    pub(super) usage: Option<crate::Usage>,
    pub(super) error: Option<&'a str>,
}

pub(super) fn read_choice<'a>(scan: &mut Scanner<'a>, position: u64) -> Result<Choice<'a>, SyntaxError> {
    let mut choice = Choice { index: position, ..Choice::default() };
    scan.object(|scan, key| {
        match (&*key.decode(), scan.kind()?) {
            ("index", Kind::Number) => choice.index = scan.number()?.parse().unwrap_or(position),
            (name @ ("message" | "delta"), Kind::Object) => {
                choice.is_whole = name == "message";
                choice.message = Some(scan.raw()?);
            }
            ("text", Kind::String) => choice.text = Some(scan.raw()?),
            ("finish_reason", Kind::String) => choice.finish = Some(scan.string()?.decode().into_owned()).filter(|word| !word.is_empty()),
            ("stop_reason" | "matched_stop", Kind::String) => choice.stop_string = Some(scan.string()?.decode().into_owned()),
            ("usage", Kind::Object) => choice.usage = Some(reply::usage(scan)?),
            ("error", Kind::Object) => choice.error = Some(scan.raw()?),
            _ => scan.skip()?,
        }
        Ok::<_, SyntaxError>(())
    })?;
    Ok(choice)
}

pub(super) fn read_message<'a>(scan: &mut Scanner<'a>) -> Result<Message<'a>, SyntaxError> {
    let mut message = Message::default();
    scan.object(|scan, key| {
        let place = match (&*key.decode(), scan.kind()?) {
            // Where a server has both names, they say the same.
            ("reasoning_content" | "reasoning", Kind::String) => &mut message.reasoning,
            ("reasoning_details", Kind::Array) => &mut message.details,
            ("content", Kind::String | Kind::Array) => &mut message.content,
            ("refusal", Kind::String) => &mut message.refusal,
            ("tool_calls", Kind::Array) => &mut message.tool_calls,
            ("function_call", Kind::Object) => &mut message.function_call,
            _ => return scan.skip(),
        };
        let value = scan.raw()?;
        if value.len() > 2 || place.is_none() {
            *place = Some(value);
        }
        Ok(())
    })?;
    message.reasoning = message.reasoning.filter(|text| text.len() > 2);
    Ok(message)
}

pub(super) fn call_piece(scan: &mut Scanner<'_>) -> Result<CallPiece, SyntaxError> {
    let mut piece = CallPiece::default();
    scan.object(|scan, key| {
        match (&*key.decode(), scan.kind()?) {
            ("index", Kind::Number) => piece.index = scan.number()?.parse().ok(),
            ("id", Kind::String) => piece.id = scan.string()?.decode().into_owned(),
            ("function", Kind::Object) => function(scan, &mut piece)?,
            ("custom", Kind::Object) => {
                piece.custom = true;
                function(scan, &mut piece)?;
            }
            ("extra_content", Kind::Object) => piece.signature = thought_signature(scan)?,
            _ => scan.skip()?,
        }
        Ok::<_, SyntaxError>(())
    })?;
    Ok(piece)
}

/// `{"google":{"thought_signature":…}}`.
fn thought_signature(scan: &mut Scanner<'_>) -> Result<String, SyntaxError> {
    let mut signature = String::new();
    scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
        ("google", Kind::Object) => scan.object(|scan, key| {
            match (&*key.decode(), scan.kind()?) {
                ("thought_signature", Kind::String) => signature = scan.string()?.decode().into_owned(),
                _ => scan.skip()?,
            }
            Ok(())
        }),
        _ => scan.skip(),
    })?;
    Ok(signature)
}

pub(super) fn function(scan: &mut Scanner<'_>, piece: &mut CallPiece) -> Result<(), SyntaxError> {
    scan.object(|scan, key| {
        match (&*key.decode(), scan.kind()?) {
            ("name", Kind::String) => piece.name = scan.string()?.decode().into_owned(),
            ("arguments" | "input", Kind::String) => piece.arguments = scan.string()?.decode().into_owned(),
            // Some send the object itself.
            ("arguments" | "input", Kind::Object) => piece.arguments = scan.raw()?.to_owned(),
            _ => scan.skip()?,
        }
        Ok(())
    })
}

/// Why an answer ended, in the words of OpenAI and of those who took over others'.
pub(super) fn finish(word: &str) -> Finish {
    match word.to_ascii_lowercase().as_str() {
        "stop" | "end_turn" | "eos" | "eos_token" | "end" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence(None),
        "length" | "max_tokens" | "model_length" | "max_output_tokens" => Finish::Length,
        "tool_calls" | "function_call" | "tool_use" => Finish::ToolCalls,
        "content_filter" | "safety" | "recitation" | "prohibited_content" => Finish::ContentFilter,
        "refusal" => Finish::Refusal,
        _ => Finish::Other(word.to_owned()),
    }
}

/// Where the first half of a surrogate pair stands, if the text ends with one.
pub(super) fn half_at_end(inner: &str) -> Option<usize> {
    let start = inner.len().checked_sub(6)?;
    let tail = inner.as_bytes().get(start..)?;
    let is_high = tail.starts_with(b"\\u") && matches!(tail[2], b'd' | b'D') && matches!(tail[3], b'8' | b'9' | b'a' | b'b' | b'A' | b'B');
    let slashes = inner.as_bytes()[..start].iter().rev().take_while(|byte| **byte == b'\\').count();
    (is_high && slashes % 2 == 0).then_some(start)
}

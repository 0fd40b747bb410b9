//! The conversation.
//!
//! Turns of the model that follow each other are one message, so that the results of all its calls can stand right
//! behind it, as OpenAI demands.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::thoughts::{Thoughts, taken};
use crate::UpstreamEdit;
use crate::chat::answer::call;
use crate::chat::call_ids::call_id;
use crate::hub::{Notes, Part, Prompt, Role, Source, Turn, Untranslatable, split};

/// What Google takes in the place of a signature, for calls that its models did not make: those of other models, and
/// those whose caller did not keep it (<https://ai.google.dev/gemini-api/docs/thought-signatures>).
const UNSIGNED_CALL: &str = "skip_thought_signature_validator";

/// Writes the messages; `system` goes behind the prompt's own system text.
pub(super) fn write(prompt: &Prompt, system: &[String], edit: &UpstreamEdit<'_>, notes: &mut Notes) -> Result<Vec<Value>, Untranslatable> {
    let mut writer = Writer { messages: Vec::with_capacity(prompt.turns.len() + 1), edit, notes };
    writer.system(prompt, system);
    let mut at = 0;
    for run in prompt.turns.chunk_by(|turn, next| turn.role == next.role) {
        match run[0].role {
            Role::Assistant => writer.assistant(at, run)?,
            Role::User => writer.user(at, run)?,
        }
        at += run.len();
    }
    Ok(writer.messages)
}

struct Writer<'a> {
    messages: Vec<Value>,
    edit: &'a UpstreamEdit<'a>,
    notes: &'a mut Notes,
}

impl Writer<'_> {
    fn system(&mut self, prompt: &Prompt, more: &[String]) {
        let own = prompt.system.iter().filter_map(|part| match part {
            Part::Text { text, .. } => Some(text.as_str()),
            _ => None,
        });
        let texts: Vec<&str> = own.chain(more.iter().map(String::as_str)).collect();
        if texts.is_empty() {
            return;
        }
        let role = if self.edit.quirks.developer_role { "developer" } else { "system" };
        // One message with one text: many servers take no other.
        self.messages.push(json!({"role": role, "content": texts.join("\n\n")}));
    }

    fn assistant(&mut self, first: usize, turns: &[Turn]) -> Result<(), Untranslatable> {
        let (mut content, mut refusal, mut calls) = (None::<String>, None::<String>, Vec::new());
        let mut thoughts = Thoughts::new(taken(self.edit));
        // Text that goes on after something else is another paragraph.
        let mut goes_on = false;
        for (turn, at, part) in parts(first, turns) {
            goes_on &= at > 0;
            match part {
                Part::Text { text, .. } | Part::Refusal(text) if self.says(part) => {
                    let content = content.get_or_insert_default();
                    if (!goes_on || matches!(part, Part::Refusal(_))) && !content.is_empty() {
                        content.push_str("\n\n");
                    }
                    content.push_str(text);
                }
                Part::Refusal(text) => refusal.get_or_insert_default().push_str(text),
                Part::ToolCall { id, name, arguments, custom, .. } => {
                    let mut call = call(&self.call_id(id), name, arguments, *custom);
                    self.sign(&mut call, id, calls.is_empty());
                    calls.push(call);
                }
                Part::Thinking { text, signature, hidden } => {
                    thoughts.take(text, signature.as_deref(), hidden.as_deref(), self.notes);
                }
                Part::Text { .. } | Part::Image { .. } | Part::Document { .. } | Part::Audio { .. } | Part::ToolResult { .. } => {
                    let why = "is no text, which is all that the target takes back of its own answers; leave it out";
                    return Err(Untranslatable::new(param(turn, at), why));
                }
            }
            goes_on = matches!(part, Part::Text { .. });
        }
        let mut message = Map::new();
        message.insert("role".to_owned(), "assistant".into());
        // Without text, a message with calls says null, as OpenAI's own do; one without either has to say something.
        let content = content.or_else(|| (calls.is_empty() && refusal.is_none()).then(String::new));
        message.insert("content".to_owned(), content.into());
        if let Some(refusal) = refusal {
            message.insert("refusal".to_owned(), refusal.into());
        }
        thoughts.write(!calls.is_empty(), &mut message);
        if !calls.is_empty() {
            message.insert("tool_calls".to_owned(), calls.into());
        }
        self.messages.push(message.into());
        Ok(())
    }

    /// Is it text? A refusal is, too, where `refusal` is no member.
    fn says(&self, part: &Part) -> bool {
        matches!(part, Part::Text { .. }) || (self.edit.quirks.no_unknown_members && matches!(part, Part::Refusal(_)))
    }

    fn call_id<'id>(&self, id: &'id str) -> Cow<'id, str> {
        call_id(split(id).0, self.edit.quirks.nine_letter_ids)
    }

    /// Gives a call its signature back. Of calls made at once only the first has one.
    fn sign(&self, call: &mut Value, id: &str, is_first: bool) {
        if !self.edit.quirks.thought_signatures {
            return;
        }
        let needs_one = is_first && !["gemini-1", "gemini-2", "models/gemini-2"].iter().any(|old| self.edit.model.starts_with(old));
        let signature = split(id).1.or_else(|| needs_one.then(|| UNSIGNED_CALL.to_owned()));
        if let Some(signature) = signature {
            call["extra_content"] = json!({"google": {"thought_signature": signature}});
        }
    }

    /// Results first, right behind the calls; what they hold beside text behind them; then what the user says.
    fn user(&mut self, first: usize, turns: &[Turn]) -> Result<(), Untranslatable> {
        let mut attached = Vec::new();
        for (turn, at, part) in parts(first, turns) {
            if let Part::ToolResult { id, parts, is_error, .. } = part {
                let id = self.call_id(id);
                let content = result(&id, parts, *is_error, &param(turn, at), &mut attached)?;
                self.messages.push(json!({"role": "tool", "tool_call_id": id, "content": content}));
            }
        }
        if !attached.is_empty() {
            self.messages.push(json!({"role": "user", "content": attached}));
        }
        for (turn, said) in (first..).zip(turns) {
            self.said(turn, said)?;
        }
        Ok(())
    }

    fn said(&mut self, turn: usize, said: &Turn) -> Result<(), Untranslatable> {
        let is_result = |part: &Part| matches!(part, Part::ToolResult { .. });
        let content: Value = match said.parts.as_slice() {
            [] => "".into(),
            [Part::Text { text, .. }] => text.as_str().into(),
            parts if parts.iter().all(is_result) => return Ok(()),
            parts => {
                let own = parts.iter().enumerate().filter(|(_, part)| !is_result(part));
                own.map(|(at, part)| user_part(part, &param(turn, at))).collect::<Result<Vec<_>, _>>()?.into()
            }
        };
        self.messages.push(json!({"role": "user", "content": content}));
        Ok(())
    }
}

fn parts(first: usize, turns: &[Turn]) -> impl Iterator<Item = (usize, usize, &Part)> {
    let turns = (first..).zip(turns);
    turns.flat_map(|(turn, said)| said.parts.iter().enumerate().map(move |(at, part)| (turn, at, part)))
}

/// How a caller finds the part; exact where its dialect has a message for each turn.
fn param(turn: usize, at: usize) -> String {
    format!("messages[{turn}].content[{at}]")
}

/// The text of a tool's result; what is no text goes into `attached`.
fn result(id: &str, parts: &[Part], is_error: bool, param: &str, attached: &mut Vec<Value>) -> Result<String, Untranslatable> {
    let mut text = String::new();
    let before = attached.len();
    for (at, part) in parts.iter().enumerate() {
        if let Part::Text { text: more, .. } = part {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(more);
            continue;
        }
        if attached.len() == before {
            attached.push(json!({"type": "text", "text": format!("The result of the tool call {id}:")}));
        }
        attached.push(user_part(part, &format!("{param}.content[{at}]"))?);
    }
    if text.is_empty() && attached.len() > before {
        text.push_str("The result is in the next message.");
    }
    if is_error {
        text.insert_str(0, "Error: ");
    }
    Ok(text)
}

fn user_part(part: &Part, param: &str) -> Result<Value, Untranslatable> {
    match part {
        Part::Text { text, .. } => Ok(json!({"type": "text", "text": text})),
        Part::Image { source, detail, .. } => image(source, detail.as_deref(), param),
        Part::Document { source, name, .. } => document(source, name.as_deref(), param),
        Part::Audio { data, format } => Ok(json!({"type": "input_audio", "input_audio": {"data": data, "format": format}})),
        Part::Thinking { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } | Part::Refusal(_) => {
            Err(Untranslatable::new(param, "is a thing that only the model says; take it out of the user's message"))
        }
    }
}

fn image(source: &Source, detail: Option<&str>, param: &str) -> Result<Value, Untranslatable> {
    let url = match source {
        Source::Url(url) => url.clone(),
        Source::Base64 { media_type, data } => inline(media_type, data),
        Source::File(_) | Source::Text(_) => {
            return Err(Untranslatable::new(
                param,
                "is an image by its file id, which the target cannot open; send its bytes or its address",
            ));
        }
    };
    let mut image = Map::new();
    image.insert("url".to_owned(), url.into());
    if let Some(detail) = detail {
        image.insert("detail".to_owned(), detail.into());
    }
    Ok(json!({"type": "image_url", "image_url": image}))
}

fn document(source: &Source, name: Option<&str>, param: &str) -> Result<Value, Untranslatable> {
    let file = match source {
        // OpenAI wants a name beside the bytes.
        Source::Base64 { media_type, data } => json!({"filename": name.unwrap_or("document.pdf"), "file_data": inline(media_type, data)}),
        Source::File(id) => json!({"file_id": id}),
        Source::Text(text) => {
            let text = match name {
                Some(name) => format!("<document name=\"{name}\">\n{text}\n</document>"),
                None => format!("<document>\n{text}\n</document>"),
            };
            return Ok(json!({"type": "text", "text": text}));
        }
        Source::Url(_) => {
            return Err(Untranslatable::new(
                param,
                "is a document by its address, which the target does not fetch; send its bytes as base64",
            ));
        }
    };
    Ok(json!({"type": "file", "file": file}))
}

fn inline(media_type: &str, data: &str) -> String {
    ["data:", media_type, ";base64,", data].concat()
}

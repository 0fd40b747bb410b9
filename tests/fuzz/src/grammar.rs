//! The order in which each dialect's events come, as its documentation has it.

use std::collections::HashSet;

use serde_json::Value;
use wire::{Dialect, sse::Event};

/// Follows a stream, event by event.
pub struct Grammar {
    dialect: Dialect,
    include_usage: bool,
    begun: bool,
    /// The stop reason or the finish has come.
    finished: bool,
    ended: bool,
    /// Blocks, or items, that have begun and not ended.
    open: HashSet<u64>,
    /// How many have begun.
    count: u64,
    sequence: u64,
}

impl Grammar {
    /// Of a new stream.
    pub fn new(dialect: Dialect, include_usage: bool) -> Self {
        Self { dialect, include_usage, begun: false, finished: false, ended: false, open: HashSet::new(), count: 0, sequence: 0 }
    }

    /// Takes the next event that has data.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&mut self, event: &Event) -> Result<(), String> {
        holds(!self.ended, "something comes behind the end")?;
        let data = event.data.as_deref().unwrap_or_default();
        if data == b"[DONE]" {
            holds(self.dialect != Dialect::AnthropicMessages && self.dialect != Dialect::OpenAiResponses, "no such end")?;
            self.ended = true;
            return Ok(());
        }
        let data: Value = serde_json::from_slice(data).map_err(|error| format!("data that is no JSON: {error}"))?;
        match self.dialect {
            Dialect::AnthropicMessages => self.messages(event, &data),
            Dialect::OpenAiResponses => self.responses(event, &data),
            _ => self.chunk(&data),
        }
    }

    /// The end of the stream.
    ///
    /// # Errors
    /// What is missing.
    pub fn end(&self) -> Result<(), String> {
        holds(self.ended, "the terminal event is missing")?;
        holds(self.open.is_empty(), "a block never ended")
    }

    fn chunk(&mut self, data: &Value) -> Result<(), String> {
        let choices = data["choices"].as_array().ok_or("a chunk without choices")?;
        holds(self.include_usage || data["usage"].is_null(), "usage that nobody asked for")?;
        holds(data["id"].as_str().is_some_and(|id| !id.is_empty()), "a chunk without an id")?;
        let Some(choice) = choices.first() else { return holds(data["usage"].is_object(), "a chunk that says nothing") };
        holds(!self.finished, "a choice behind its finish")?;
        if self.dialect == Dialect::OpenAiChat {
            holds(choice["delta"].is_object(), "a choice without a delta")?;
            holds(self.begun || choice["delta"]["role"] == "assistant", "the first chunk names the role")?;
        }
        self.begun = true;
        self.finished = choice["finish_reason"].is_string();
        Ok(())
    }

    fn messages(&mut self, event: &Event, data: &Value) -> Result<(), String> {
        let kind = named(event, data)?;
        let index = data["index"].as_u64();
        match kind {
            "message_start" => {
                holds(!self.begun, "it begins twice")?;
                self.begun = true;
            }
            "ping" => {}
            _ => holds(self.begun, "message_start comes first")?,
        }
        match kind {
            "content_block_start" => {
                holds(!self.finished && self.open.is_empty(), "one block at a time")?;
                holds(index == Some(self.count), "blocks are numbered as they come")?;
                self.count += 1;
                self.open.extend(index);
            }
            "content_block_delta" => holds(index.is_some_and(|index| self.open.contains(&index)), "a delta of no open block")?,
            "content_block_stop" => holds(index.is_some_and(|index| self.open.remove(&index)), "no open block to stop")?,
            "message_delta" => {
                holds(self.open.is_empty() && data["delta"]["stop_reason"].is_string(), "message_delta says why, behind all blocks")?;
                self.finished = true;
            }
            "message_stop" => {
                holds(self.finished, "message_delta comes before")?;
                self.ended = true;
            }
            "message_start" | "ping" => {}
            other => return Err(format!("no event of the dialect: {other}")),
        }
        Ok(())
    }

    fn responses(&mut self, event: &Event, data: &Value) -> Result<(), String> {
        let kind = named(event, data)?;
        holds(data["sequence_number"].as_u64() == Some(self.sequence), "events are numbered as they come")?;
        self.sequence += 1;
        holds(self.begun || kind == "response.created", "response.created comes first")?;
        let index = data["output_index"].as_u64();
        match kind {
            "response.created" => {
                holds(!self.begun, "it begins twice")?;
                self.begun = true;
            }
            "response.in_progress" => {}
            "response.output_item.added" => {
                holds(index == Some(self.count), "items are numbered as they come")?;
                self.count += 1;
                self.open.extend(index);
            }
            "response.output_item.done" => holds(index.is_some_and(|index| self.open.remove(&index)), "no open item")?,
            "response.completed" | "response.incomplete" => {
                let output = data["response"]["output"].as_array().ok_or("an end without its output")?;
                holds(output.len() as u64 == self.count, "the end has all items")?;
                self.ended = true;
            }
            _ => holds(index.is_some_and(|index| self.open.contains(&index)), "it belongs to no open item")?,
        }
        Ok(())
    }
}

/// The event's name, which is its type as well.
fn named<'a>(event: &Event, data: &'a Value) -> Result<&'a str, String> {
    let kind = data["type"].as_str().ok_or("an event without a type")?;
    holds(event.name.as_deref() == Some(kind.as_bytes()), "the event's name is its type")?;
    Ok(kind)
}

fn holds(is_so: bool, what: &str) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(what.to_owned()) }
}

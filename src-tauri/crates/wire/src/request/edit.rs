//! The body that goes upstream: the caller's bytes with a few members changed in place.

use std::ops::Range;

use serde_json::{Map, Value};

use super::outgoing::UpstreamEdit;
use super::params::{LIMITS, params};
use super::{Member, Request, StreamOptions};
use crate::hub::Notes;
use crate::segments::Edits;
use crate::{Dialect, Segments};

impl Request {
    /// The body for a target of the same dialect. Bodies from 16 KiB on share the caller's bytes.
    pub(super) fn edited(&self, edit: &UpstreamEdit<'_>, notes: &mut Notes) -> Segments {
        let params = edit.params.map(|_| params(self.dialect, edit, |name| self.value(name), notes));
        let edit = &UpstreamEdit { params: params.as_ref(), ..*edit };
        let mut edits = Edits::default();
        self.remove_own_members(&mut edits, edit);
        for member in &self.members {
            match member.name(&self.body) {
                b"model" => self.set(&mut edits, &member.value, |text| write(text, edit.model)),
                b"stream_options" => self.edit_stream_options(&mut edits, edit, &member.value),
                name => self.override_member(&mut edits, edit, name, &member.value),
            }
        }
        self.add_members(&mut edits, edit);
        edits.apply(&self.body)
    }

    /// Replaces a value, unless it says the same already.
    fn set(&self, edits: &mut Edits, value: &Range<usize>, new: impl FnOnce(&mut Vec<u8>)) {
        let mut text = Vec::new();
        new(&mut text);
        if text != self.body[value.clone()] {
            edits.replace(value.clone(), |out| out.append(&mut text));
        }
    }

    /// Removes `mlx:*` members, what is ours within others, and a limit that the target sets under another name.
    fn remove_own_members(&self, edits: &mut Edits, edit: &UpstreamEdit<'_>) {
        let goes = |member: &Member| member.is_mlx(&self.body) || is_superseded(edit, member.name(&self.body));
        let members: Vec<_> = self.members.iter().map(|member| (member.start()..member.value.end, goes(member))).collect();
        remove_own(&members, edits);
        // What a target sets in a member's place takes ours away, too.
        let replaced = |name: &[u8]| edit.params.is_some_and(|params| params.keys().any(|key| key.as_bytes() == name));
        let replaced: Vec<_> = self.members.iter().filter(|member| replaced(member.name(&self.body))).map(|member| &member.value).collect();
        for list in &self.own {
            let is_replaced = list.first().is_some_and(|(place, _)| replaced.iter().any(|value| value.contains(&place.start)));
            if !is_replaced {
                remove_own(list, edits);
            }
        }
    }

    fn override_member(&self, edits: &mut Edits, edit: &UpstreamEdit<'_>, name: &[u8], value: &Range<usize>) {
        let Some(params) = edit.params else { return };
        let Ok(name) = std::str::from_utf8(name) else {
            return;
        };
        if let Some(new) = params.get(name) {
            self.set(edits, value, |text| write(text, new));
        }
    }

    fn edit_stream_options(&self, edits: &mut Edits, edit: &UpstreamEdit<'_>, value: &Range<usize>) {
        if let Some(new) = stream_options_param(edit) {
            return self.set(edits, value, |text| write(text, &self.with_usage(edit, new)));
        }
        if !self.adds_usage(edit) {
            return;
        }
        match &self.stream_options {
            Some(StreamOptions::Object { include_usage: Some(flag), .. }) => {
                self.set(edits, flag, |text| text.extend_from_slice(b"true"));
            }
            Some(StreamOptions::Object { inside, is_empty, include_usage: None }) => {
                edits.replace(*inside..*inside, |text| {
                    text.extend_from_slice(br#""include_usage":true"#);
                    text.extend_from_slice(if *is_empty { b"" } else { b"," });
                });
            }
            Some(StreamOptions::Null) | None => {
                edits.replace(value.clone(), |text| text.extend_from_slice(USAGE_ONLY));
            }
        }
    }

    /// Adds what the caller's body does not have, behind its last member.
    fn add_members(&self, edits: &mut Edits, edit: &UpstreamEdit<'_>) {
        let Some(last) = self.members.last() else {
            return;
        };
        let end = last.value.end..last.value.end;
        for (name, value) in edit.params.into_iter().flatten() {
            if name != "stream_options" && !self.has(name) {
                edits.replace(end.clone(), |text| write_member(text, name, value));
            }
        }
        if self.has("stream_options") {
            return;
        }
        if let Some(value) = stream_options_param(edit) {
            let value = self.with_usage(edit, value);
            edits.replace(end, |text| write_member(text, "stream_options", &value));
        } else if self.adds_usage(edit) {
            edits.replace(end, |text| {
                text.extend_from_slice(br#","stream_options":"#);
                text.extend_from_slice(USAGE_ONLY);
            });
        }
    }

    fn adds_usage(&self, edit: &UpstreamEdit<'_>) -> bool {
        let has_option = matches!(self.dialect, Dialect::OpenAiChat | Dialect::OpenAiCompletions);
        has_option && self.facts.stream && edit.include_usage
    }

    fn with_usage(&self, edit: &UpstreamEdit<'_>, value: &Value) -> Value {
        let mut value = value.clone();
        if self.adds_usage(edit) {
            if !value.is_object() {
                value = Value::Object(Map::new());
            }
            value["include_usage"] = true.into();
        }
        value
    }

    fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name(&self.body) == name.as_bytes())
    }

    fn value(&self, name: &str) -> Option<Value> {
        serde_json::from_slice(&self.body[self.member(name)?.value.clone()]).ok()
    }
}

const USAGE_ONLY: &[u8] = br#"{"include_usage":true}"#;

/// Removes the members of one object or list that are ours (true), each with one of the commas beside it.
fn remove_own(members: &[(Range<usize>, bool)], edits: &mut Edits) {
    let mut kept_before = false;
    for (at, (place, is_own)) in members.iter().enumerate() {
        if !is_own {
            kept_before = true;
            continue;
        }
        let range = match (kept_before, at.checked_sub(1), members.get(at + 1)) {
            (true, Some(previous), _) => members[previous].0.end..place.end,
            (_, _, Some((next, _))) => place.start..next.start,
            // Nothing before it stays, and nothing follows.
            _ => place.clone(),
        };
        edits.remove(range);
    }
}

/// OpenAI refuses two limits.
fn is_superseded(edit: &UpstreamEdit<'_>, name: &[u8]) -> bool {
    let Some(params) = edit.params else { return false };
    let is_name = |limit: &str| limit.as_bytes() == name;
    LIMITS.into_iter().any(is_name) && LIMITS.into_iter().any(|limit| !is_name(limit) && params.contains_key(limit))
}

fn stream_options_param<'a>(edit: &UpstreamEdit<'a>) -> Option<&'a Value> {
    edit.params?.get("stream_options")
}

fn write_member(text: &mut Vec<u8>, name: &str, value: &Value) {
    text.push(b',');
    write(text, name);
    text.push(b':');
    write(text, value);
}

fn write<T: serde::Serialize + ?Sized>(text: &mut Vec<u8>, value: &T) {
    // Strings and JSON values always serialise, and a Vec takes every write.
    let written = serde_json::to_writer(&mut *text, value);
    debug_assert!(written.is_ok());
}

#[cfg(test)]
mod tests;

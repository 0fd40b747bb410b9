//! A target's own parameters, under the names of the dialect in which the target is asked: one target may be asked in
//! several, each of which refuses the names of the others.

use serde_json::{Map, Value, json};

use super::outgoing::{Quirks, UpstreamEdit};
use crate::Dialect;
use crate::hub::Notes;

/// Names of the limit on output.
pub(super) const LIMITS: [&str; 3] = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

/// Where a parameter goes.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// Its own name, as it is.
    Own,
    /// Another name.
    Named(&'static str),
    /// A member of a member.
    Within(&'static str, &'static str),
    /// Nowhere: the dialect has nothing like it, and refuses what it does not know.
    Nowhere,
}

/// The members to set. `before` tells what the body says of one, for those that are set in part.
pub(super) fn params(
    to: Dialect,
    edit: &UpstreamEdit<'_>,
    before: impl Fn(&str) -> Option<Value>,
    notes: &mut Notes,
) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, value) in edit.params.into_iter().flatten() {
        if matches!(name.as_str(), "model" | "stream") || name.starts_with("mlx:") {
            continue;
        }
        match place(to, edit.quirks, name) {
            Place::Own => drop(members.insert(name.clone(), value.clone())),
            Place::Named(name) => drop(members.insert(name.to_owned(), shaped(name, value))),
            Place::Within(outer, inner) => {
                let whole = members.remove(outer).or_else(|| before(outer)).filter(Value::is_object);
                let mut whole = whole.unwrap_or_else(|| json!({}));
                whole[inner] = shaped(inner, value);
                members.insert(outer.to_owned(), whole);
            }
            Place::Nowhere => notes.warn(format!("the target's parameter `{name}` was left out: {} has nothing like it", to.name())),
        }
    }
    members
}

fn place(to: Dialect, quirks: Quirks, name: &str) -> Place {
    match (to, name) {
        (Dialect::OpenAiEmbeddings | Dialect::BedrockConverse, _) => Place::Own,
        (Dialect::OpenAiResponses, limit) if LIMITS.contains(&limit) => Place::Named("max_output_tokens"),
        (Dialect::OpenAiChat, limit) if LIMITS.contains(&limit) && quirks.max_completion_tokens => Place::Named("max_completion_tokens"),
        (_, limit) if LIMITS.contains(&limit) => Place::Named("max_tokens"),
        (Dialect::OpenAiChat | Dialect::OpenAiCompletions, "stop_sequences") => Place::Named("stop"),
        (Dialect::AnthropicMessages, "stop") => Place::Named("stop_sequences"),
        (Dialect::AnthropicMessages, "user") => Place::Within("metadata", "user_id"),
        (
            Dialect::AnthropicMessages,
            "response_format"
            | "reasoning_effort"
            | "verbosity"
            | "seed"
            | "presence_penalty"
            | "frequency_penalty"
            | "logit_bias"
            | "logprobs"
            | "top_logprobs"
            | "n"
            | "parallel_tool_calls"
            | "stream_options",
        ) => Place::Nowhere,
        (Dialect::OpenAiResponses, "reasoning_effort") => Place::Within("reasoning", "effort"),
        (Dialect::OpenAiResponses, "verbosity") => Place::Within("text", "verbosity"),
        (Dialect::OpenAiResponses, "response_format") => Place::Within("text", "format"),
        (
            Dialect::OpenAiResponses,
            "stop" | "stop_sequences" | "seed" | "presence_penalty" | "frequency_penalty" | "logit_bias" | "logprobs" | "n",
        ) => Place::Nowhere,
        _ => Place::Own,
    }
}

/// The value in the form that goes with the name.
fn shaped(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("stop_sequences", Value::String(one)) => json!([one]),
        // Chat puts the schema one level deeper.
        ("format", Value::Object(format)) => match format.get("json_schema") {
            Some(Value::Object(inner)) => {
                let mut flat = inner.clone();
                flat.insert("type".to_owned(), "json_schema".into());
                flat.into()
            }
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Request;

    /// What a caller's body becomes for a target with these parameters, and the warnings.
    fn sent(from: Dialect, body: &str, to: Dialect, params: Value, quirks: Quirks) -> (Value, usize) {
        let edit = UpstreamEdit { model: "m", params: params.as_object(), quirks, ..UpstreamEdit::default() };
        let sent = Request::read(from, Bytes::copy_from_slice(body.as_bytes())).unwrap().upstream(to, &edit).unwrap();
        (serde_json::from_slice(&sent.body.into_bytes()).unwrap(), sent.warnings.len())
    }

    const CHAT: &str = r#"{"model":"m","max_completion_tokens":99,"messages":[{"role":"user","content":"a"}]}"#;
    const RESPONSES: &str = r#"{"model":"m","input":"a","reasoning":{"summary":"auto"},"max_output_tokens":99}"#;
    const MESSAGES: &str = r#"{"model":"m","max_tokens":99,"messages":[{"role":"user","content":"a"}]}"#;

    #[test]
    fn a_limit_goes_by_the_targets_name_in_place_and_translated() {
        let newer = Quirks { max_completion_tokens: true, ..Quirks::default() };
        let cases = [
            (Dialect::OpenAiChat, Quirks::default(), "max_tokens"),
            (Dialect::OpenAiChat, newer, "max_completion_tokens"),
            (Dialect::OpenAiResponses, newer, "max_output_tokens"),
            (Dialect::AnthropicMessages, newer, "max_tokens"),
        ];
        for (from, body) in [(Dialect::OpenAiChat, CHAT), (Dialect::OpenAiResponses, RESPONSES), (Dialect::AnthropicMessages, MESSAGES)] {
            for (to, quirks, name) in cases {
                for given in LIMITS {
                    let (body, _) = sent(from, body, to, json!({ given: 77 }), quirks);
                    let limits: Vec<_> = LIMITS.iter().filter_map(|limit| Some((*limit, body.get(*limit)?))).collect();
                    assert_eq!(limits, [(name, &json!(77))], "{given} from {from:?} to {to:?}");
                }
            }
        }
    }

    #[test]
    fn what_another_dialect_calls_otherwise_goes_by_the_name_here_or_is_said_to_be_left_out() {
        let params =
            json!({"stop": "END", "reasoning_effort": "low", "response_format": {"type": "json_schema", "json_schema": {"name": "x"}}});
        for (from, body) in [(Dialect::AnthropicMessages, MESSAGES), (Dialect::OpenAiChat, CHAT)] {
            let (body, warnings) = sent(from, body, Dialect::AnthropicMessages, params.clone(), Quirks::default());
            assert_eq!((&body["stop_sequences"], warnings), (&json!(["END"]), 2), "{body}");
            assert!(["stop", "reasoning_effort", "response_format"].iter().all(|name| body.get(name).is_none()), "{body}");
        }
        let (body, warnings) = sent(Dialect::OpenAiResponses, RESPONSES, Dialect::OpenAiResponses, params, Quirks::default());
        assert_eq!((&body["reasoning"], warnings), (&json!({"summary": "auto", "effort": "low"}), 1));
        assert_eq!((&body["text"], body.get("stop")), (&json!({"format": {"type": "json_schema", "name": "x"}}), None));
        let (body, _) =
            sent(Dialect::OpenAiChat, CHAT, Dialect::OpenAiChat, json!({"stop_sequences": ["END"], "top_k": 3}), Quirks::default());
        assert_eq!((&body["stop"], &body["top_k"]), (&json!(["END"]), &json!(3)));
    }
}

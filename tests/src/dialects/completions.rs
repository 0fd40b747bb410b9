//! OpenAI completions, from before the chat.

use serde_json::{Value, json};

use super::{Said, unnamed};
use crate::openai::DONE;

pub(super) fn answer(model: &str, said: &Said) -> Value {
    let mut answer = chunk(model, &said.text, json!("stop"));
    answer["usage"] = json!({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12});
    answer
}

fn chunk(model: &str, text: &str, finish: Value) -> Value {
    json!({
        "id": "cmpl-scripted", "object": "text_completion", "created": 1_700_000_000, "model": model,
        "choices": [{"text": text, "index": 0, "logprobs": null, "finish_reason": finish}],
    })
}

pub(super) fn events(model: &str, said: &Said, with_usage: bool) -> Vec<String> {
    let mut events: Vec<_> = said.parts().into_iter().map(|part| unnamed(&chunk(model, part, Value::Null))).collect();
    events.push(unnamed(&chunk(model, "", json!("stop"))));
    if with_usage {
        let mut last = chunk(model, "", Value::Null);
        last["choices"] = json!([]);
        last["usage"] = json!({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12});
        events.push(unnamed(&last));
    }
    events.push(DONE.to_owned());
    events
}

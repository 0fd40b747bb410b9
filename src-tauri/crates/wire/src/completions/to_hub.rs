//! A request of this dialect in the form between dialects: its prompt is what the user says.
//!
//! Several prompts, prompts in tokens, `suffix`, `echo`, `best_of`, `n` and `logprobs` are refused: no chat has the like.

use serde_json::{Map, Value};

use crate::chat;
use crate::hub::{Part, Prompt, Role, Turn, Untranslatable};

/// What no chat can be asked for.
const NATIVE_ONLY: [&str; 4] = ["suffix", "echo", "best_of", "logprobs"];

/// Reads it.
pub(crate) fn to_hub(mut body: Map<String, Value>) -> Result<Prompt, Untranslatable> {
    let text = text(body.remove("prompt").unwrap_or_default())?;
    for name in NATIVE_ONLY {
        if body.remove(name).is_some_and(|value| asks(name, &value)) {
            let why = "is taken only by targets that speak OpenAI completions; leave it out, or choose such a target";
            return Err(Untranslatable::new(name, why));
        }
    }
    // What is left is named and meant as in a chat.
    let mut prompt = chat::to_hub(body)?;
    prompt.turns.push(Turn { role: Role::User, parts: vec![Part::text(text)] });
    Ok(prompt)
}

fn asks(name: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => !(name == "best_of" && number.as_u64() == Some(1)),
        _ => true,
    }
}

fn text(prompt: Value) -> Result<String, Untranslatable> {
    let fault = |why: &str| Err(Untranslatable::new("prompt", why));
    match prompt {
        Value::String(text) => Ok(text),
        Value::Array(mut list) => match (list.len(), list.pop()) {
            (1, Some(Value::String(text))) => Ok(text),
            (_, Some(Value::String(_))) => {
                fault("has several texts, which only targets that speak OpenAI completions take; send one at a time")
            }
            (_, Some(_)) => fault("is given in tokens, which only targets that speak OpenAI completions take; send text"),
            (_, None) => fault("is empty; send text"),
        },
        Value::Null => fault("is missing; the target needs text to answer"),
        _ => fault("must be a string"),
    }
}

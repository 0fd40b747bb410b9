//! The body of a question of our own: a plain chat that is not streamed.

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// What models that think first may think in, beyond what they may write.
const THINKING_TOKENS: u64 = 4_096;

/// A request that tells a model its task (`system`) and asks it something (`user`). It is steady
/// (temperature 0) and may write `max_tokens`, unless `params`, which are merged into it later, say otherwise.
pub fn question(model: &str, system: &str, user: &str, max_tokens: u32, params: Option<&Map<String, Value>>) -> Bytes {
    let mut body = json!({
        "model": model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
    });
    let says = |name: &str| params.is_some_and(|params| params.contains_key(name));
    let limited = says("max_tokens") || says("max_completion_tokens");
    if thinks(model) {
        // These take neither `max_tokens` nor a temperature, and count their thoughts as output.
        if !limited {
            body["max_completion_tokens"] = (u64::from(max_tokens) + THINKING_TOKENS).into();
        }
    } else {
        if !limited {
            body["max_tokens"] = max_tokens.into();
        }
        body["temperature"] = 0.into();
    }
    body.to_string().into()
}

/// OpenAI's models that reason before they answer: o1, o3, o4, and gpt-5 on, but for the chat ones.
fn thinks(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let numbered = |prefix: &str| {
        let digits = name.strip_prefix(prefix).map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        digits.filter(|digits| *digits > 0).and_then(|digits| name[prefix.len()..prefix.len() + digits].parse::<u32>().ok())
    };
    numbered("o").is_some() || (numbered("gpt-").is_some_and(|number| number >= 5) && !name.contains("-chat"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(model: &str, params: Option<Value>) -> Value {
        let params = params.map(|params| params.as_object().cloned().unwrap_or_default());
        serde_json::from_slice(&question(model, "judge", "which?", 64, params.as_ref())).unwrap()
    }

    #[test]
    fn a_question_is_a_steady_chat_that_is_not_streamed() {
        let messages = json!([{"role": "system", "content": "judge"}, {"role": "user", "content": "which?"}]);
        assert_eq!(asked("gpt-4o", None), json!({"model": "gpt-4o", "messages": messages, "max_tokens": 64, "temperature": 0}));
    }

    #[test]
    fn models_that_think_get_room_for_it_and_no_temperature() {
        for model in ["o1", "o3-mini", "o4-mini", "gpt-5", "gpt-5.4-nano", "openai/gpt-6-sol"] {
            let body = asked(model, None);
            assert_eq!((&body["max_completion_tokens"], &body["max_tokens"]), (&json!(4_160), &Value::Null), "{model}");
            assert_eq!(body["temperature"], Value::Null, "{model}");
        }
        for model in ["gpt-4o", "gpt-4.1", "gpt-5-chat-latest", "olmo", "gpt-oss-120b", "claude-sonnet-4-5"] {
            assert_eq!(asked(model, None)["max_tokens"], 64, "{model}");
        }
    }

    #[test]
    fn a_limit_among_the_params_takes_the_place_of_ours() {
        for name in ["max_tokens", "max_completion_tokens"] {
            let body = asked("gpt-4o", Some(json!({name: 900})));
            assert_eq!((&body["max_tokens"], &body["max_completion_tokens"]), (&Value::Null, &Value::Null));
        }
    }
}

//! A recorded request as something to paste, and a streamed answer as something to read.

use bytes::Bytes;
use serde_json::Value;
use wire::sse::Splitter;

/// The request again, with a placeholder for the key.
pub(super) fn curl(base: &str, endpoint: &str, body: &str) -> String {
    format!(
        "curl {} \\\n  -H \"Authorization: Bearer $MODELUX_KEY\" \\\n  -H 'Content-Type: application/json' \\\n  -d {}",
        quoted(&format!("{base}{endpoint}")),
        quoted(body)
    )
}

/// One argument for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The text of a streamed answer; `None` where there is none to read.
pub(super) fn joined(bytes: &[u8]) -> Option<String> {
    let mut splitter = Splitter::new();
    splitter.push(Bytes::copy_from_slice(bytes));
    let mut text = String::new();
    while let Ok(Some(event)) = splitter.next_event() {
        add(&mut text, event.data.as_deref());
    }
    add(&mut text, splitter.finish().and_then(|event| event.data).as_deref());
    (!text.is_empty()).then_some(text)
}

fn add(text: &mut String, data: Option<&[u8]>) {
    let Some(chunk) = data.and_then(|data| serde_json::from_slice::<Value>(data).ok()) else { return };
    let delta = &chunk["choices"][0]["delta"];
    for part in ["content", "refusal"] {
        text.push_str(delta[part].as_str().unwrap_or_default());
    }
    for call in delta["tool_calls"].as_array().into_iter().flatten() {
        if let Some(name) = call["function"]["name"].as_str() {
            text.push_str(name);
            text.push(' ');
        }
        text.push_str(call["function"]["arguments"].as_str().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_stream_are_joined() {
        let stream = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n\
                      : keep-alive\n\n\
                      data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n\
                      data: {\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}\n\n\
                      data: {\"choices\":[],\"usage\":{}}\n\ndata: [DONE]\n\n";
        assert_eq!(joined(stream.as_bytes()).as_deref(), Some("Hello"));
        assert_eq!(joined(b"data: [DONE]\n\n"), None);
    }

    #[test]
    fn a_tool_call_reads_as_its_name_and_arguments() {
        let stream = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"c\"}}]}}]}\n\n\
                      data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"ity\\\":1}\"}}]}}]}\n\n";
        assert_eq!(joined(stream.as_bytes()).as_deref(), Some("weather {\"city\":1}"));
    }

    #[test]
    fn a_quote_in_the_body_does_not_end_the_argument() {
        let command = curl("http://127.0.0.1:8642", "/openai/v1/chat/completions", r#"{"a":"it's"}"#);
        assert!(command.contains(r#"-d '{"a":"it'\''s"}'"#), "{command}");
        assert!(command.contains("\"Authorization: Bearer $MODELUX_KEY\""), "{command}");
    }
}

//! What callers of each API ask, and what they hear. A stream is held against its grammar while it is read.

use serde_json::{Value, json};
use whole::client::Answer;

/// An API that callers speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// OpenAI chat completions.
    Chat,
    /// OpenAI Responses.
    Responses,
    /// Anthropic Messages.
    Messages,
}

/// All of them.
pub const ALL: [Caller; 3] = [Caller::Chat, Caller::Responses, Caller::Messages];

/// What a caller hears, in words that are the same for all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heard {
    /// The text.
    pub text: String,
    /// Calls as (id, name, arguments).
    pub calls: Vec<(String, String, Value)>,
    /// `done`, `calls` or `cut`.
    pub finish: &'static str,
    /// Tokens read (with cached ones), of these cached, and written.
    pub usage: Option<[u64; 3]>,
}

impl Caller {
    /// Where it asks.
    pub fn path(self) -> &'static str {
        match self {
            Caller::Chat => "/openai/v1/chat/completions",
            Caller::Responses => "/openai/v1/responses",
            Caller::Messages => "/anthropic/v1/messages",
        }
    }

    /// A question with a system prompt.
    pub fn ask(self, model: &str, stream: bool) -> Value {
        let user = json!({"role": "user", "content": "Weather in Paris?"});
        let mut body = match self {
            Caller::Chat => json!({"model": model, "messages": [{"role": "system", "content": "Be brief."}, user], "max_tokens": 64}),
            Caller::Responses => json!({"model": model, "instructions": "Be brief.", "input": [user], "max_output_tokens": 64}),
            Caller::Messages => json!({"model": model, "system": "Be brief.", "messages": [user], "max_tokens": 64}),
        };
        if stream {
            body["stream"] = json!(true);
            if self == Caller::Chat {
                body["stream_options"] = json!({"include_usage": true});
            }
        }
        body
    }

    /// The same with a tool.
    pub fn ask_with_tool(self, model: &str, stream: bool) -> Value {
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
        let mut body = self.ask(model, stream);
        body["tools"] = match self {
            Caller::Chat => json!([{"type": "function", "function": {"name": "weather", "description": "Now", "parameters": schema}}]),
            Caller::Responses => {
                json!([{"type": "function", "name": "weather", "description": "Now", "parameters": schema, "strict": false}])
            }
            Caller::Messages => json!([{"name": "weather", "description": "Now", "input_schema": schema}]),
        };
        body
    }

    /// Two calls and their results behind the question.
    pub fn with_results(self, mut body: Value) -> Value {
        let calls = [("call_a", r#"{"city":"Paris"}"#, "rain"), ("call_b", r#"{"city":"Rome"}"#, "sun")];
        match self {
            Caller::Chat => {
                let made = calls.map(
                    |(id, arguments, _)| json!({"id": id, "type": "function", "function": {"name": "weather", "arguments": arguments}}),
                );
                let list = body["messages"].as_array_mut().expect("messages");
                list.push(json!({"role": "assistant", "content": null, "tool_calls": made}));
                list.extend(calls.map(|(id, _, result)| json!({"role": "tool", "tool_call_id": id, "content": result})));
            }
            Caller::Responses => {
                let list = body["input"].as_array_mut().expect("input");
                list.extend(
                    calls.map(
                        |(id, arguments, _)| json!({"type": "function_call", "call_id": id, "name": "weather", "arguments": arguments}),
                    ),
                );
                list.extend(calls.map(|(id, _, result)| json!({"type": "function_call_output", "call_id": id, "output": result})));
            }
            Caller::Messages => {
                let made = calls.map(|(id, arguments, _)| {
                    json!({"type": "tool_use", "id": id, "name": "weather", "input": serde_json::from_str::<Value>(arguments).expect("JSON")})
                });
                let results = calls.map(|(id, _, result)| json!({"type": "tool_result", "tool_use_id": id, "content": result}));
                let list = body["messages"].as_array_mut().expect("messages");
                list.push(json!({"role": "assistant", "content": made}));
                list.push(json!({"role": "user", "content": results}));
            }
        }
        body
    }

    /// Reads an answer that was not streamed.
    #[track_caller]
    pub fn heard(self, answer: &Answer) -> Heard {
        let body = answer.expect(200);
        match self {
            Caller::Chat => chat(&body),
            Caller::Responses => responses(&body),
            Caller::Messages => messages(&body),
        }
    }

    /// Reads a stream that came to its end.
    #[track_caller]
    pub fn heard_streamed(self, answer: &Answer) -> Heard {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.complete, "the body ends as HTTP says it must");
        let events = events(answer.text());
        match self {
            Caller::Chat => chat_streamed(&events),
            Caller::Responses => responses_streamed(&events),
            Caller::Messages => messages_streamed(&events),
        }
    }
}

/// An event's name and data.
pub type Event = (Option<String>, Value);

/// Every event of a stream but comments and `[DONE]`, which comes as null.
#[track_caller]
pub fn events(text: &str) -> Vec<Event> {
    assert!(text.ends_with("\n\n"), "the last event is whole: {text:?}");
    let of = |block: &str| {
        let name = block.lines().find_map(|line| line.strip_prefix("event: ")).map(str::to_owned);
        let data = block.lines().find_map(|line| line.strip_prefix("data: "))?;
        let data = if data == "[DONE]" { Value::Null } else { serde_json::from_str(data).expect("data in JSON") };
        Some((name, data))
    };
    text.split("\n\n").filter_map(of).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn parsed(arguments: &Value) -> Value {
    serde_json::from_str(arguments.as_str().expect("arguments are a string")).expect("arguments are JSON")
}

fn counts(usage: &Value, names: [&str; 3]) -> Option<[u64; 3]> {
    (!usage.is_null()).then(|| names.map(|name| usage.pointer(name).and_then(Value::as_u64).unwrap_or(0)))
}

fn chat(body: &Value) -> Heard {
    assert_eq!(body["object"], "chat.completion", "{body}");
    let choice = &body["choices"][0];
    let calls = choice["message"]["tool_calls"].as_array().cloned().unwrap_or_default();
    let call = |call: &Value| (text(&call["id"]), text(&call["function"]["name"]), parsed(&call["function"]["arguments"]));
    Heard {
        text: text(&choice["message"]["content"]),
        calls: calls.iter().map(call).collect(),
        finish: chat_finish(&choice["finish_reason"]),
        usage: chat_usage(&body["usage"]),
    }
}

fn chat_usage(usage: &Value) -> Option<[u64; 3]> {
    counts(usage, ["/prompt_tokens", "/prompt_tokens_details/cached_tokens", "/completion_tokens"])
}

fn chat_finish(word: &Value) -> &'static str {
    match word.as_str() {
        Some("stop") => "done",
        Some("tool_calls") => "calls",
        Some("length") => "cut",
        other => panic!("no finish reason of OpenAI's chat: {other:?}"),
    }
}

fn chat_streamed(events: &[Event]) -> Heard {
    let (last, chunks) = events.split_last().expect("events");
    assert_eq!(last.1, Value::Null, "a whole stream ends with [DONE]");
    let mut heard = Heard::default();
    let mut calls: Vec<(String, String, String)> = Vec::new();
    for (name, chunk) in chunks {
        assert_eq!((name, &chunk["object"]), (&None, &json!("chat.completion.chunk")), "{chunk}");
        assert_eq!(chunk["id"], chunks[0].1["id"], "one answer has one id");
        if let Some(usage) = chat_usage(&chunk["usage"]) {
            heard.usage = Some(usage);
        }
        let choice = &chunk["choices"][0];
        heard.text += choice["delta"]["content"].as_str().unwrap_or_default();
        for delta in choice["delta"]["tool_calls"].as_array().unwrap_or(&Vec::new()) {
            let index = delta["index"].as_u64().expect("an index") as usize;
            if index == calls.len() {
                calls.push((text(&delta["id"]), text(&delta["function"]["name"]), String::new()));
            }
            calls[index].2 += delta["function"]["arguments"].as_str().unwrap_or_default();
        }
        if !choice["finish_reason"].is_null() {
            heard.finish = chat_finish(&choice["finish_reason"]);
        }
    }
    heard.calls = calls.into_iter().map(|(id, name, arguments)| (id, name, parsed(&json!(arguments)))).collect();
    heard
}

fn responses(body: &Value) -> Heard {
    assert_eq!(body["object"], "response", "{body}");
    let output = body["output"].as_array().expect("output");
    let of = |kind: &str| output.iter().filter(|item| item["type"] == kind).cloned().collect::<Vec<_>>();
    let calls: Vec<_> =
        of("function_call").iter().map(|call| (text(&call["call_id"]), text(&call["name"]), parsed(&call["arguments"]))).collect();
    let said = of("message").iter().flat_map(|item| item["content"].as_array().cloned().unwrap_or_default()).collect::<Vec<_>>();
    let finish = match body["status"].as_str() {
        Some("incomplete") => {
            assert_eq!(body["incomplete_details"]["reason"], "max_output_tokens", "{body}");
            "cut"
        }
        Some("completed") if calls.is_empty() => "done",
        Some("completed") => "calls",
        other => panic!("no status of a finished response: {other:?}"),
    };
    Heard {
        text: said.iter().map(|part| text(&part["text"])).collect(),
        calls,
        finish,
        usage: counts(&body["usage"], ["/input_tokens", "/input_tokens_details/cached_tokens", "/output_tokens"]),
    }
}

fn responses_streamed(events: &[Event]) -> Heard {
    let mut deltas = String::new();
    for (n, (name, event)) in events.iter().enumerate() {
        assert_eq!(name.as_deref(), event["type"].as_str(), "an event's name is its type");
        assert_eq!(event["sequence_number"], n, "events are numbered from 0: {event}");
        if event["type"] == "response.output_text.delta" {
            deltas += event["delta"].as_str().expect("a delta");
        }
    }
    assert_eq!(events[0].1["type"], "response.created");
    let kinds = |kind: &str| events.iter().filter(|(_, event)| event["type"] == kind).map(|(_, event)| event).collect::<Vec<_>>();
    let (added, done) = (kinds("response.output_item.added"), kinds("response.output_item.done"));
    let last = &events.last().expect("events").1;
    assert!(["response.completed", "response.incomplete"].contains(&last["type"].as_str().unwrap_or_default()), "{last}");
    let output = last["response"]["output"].as_array().expect("output");
    assert_eq!((added.len(), done.len()), (output.len(), output.len()), "every item begins and ends");
    for (item, done) in output.iter().zip(&done) {
        assert_eq!(item, &done["item"], "an item ends as it stands in the whole response");
    }
    let heard = responses(&last["response"]);
    assert_eq!(heard.text, deltas, "the deltas make the text");
    for call in output.iter().filter(|item| item["type"] == "function_call") {
        let parts = kinds("response.function_call_arguments.delta").into_iter().filter(|event| event["item_id"] == call["id"]);
        assert_eq!(parts.map(|event| text(&event["delta"])).collect::<String>(), text(&call["arguments"]));
    }
    heard
}

fn messages(body: &Value) -> Heard {
    assert_eq!((&body["type"], &body["role"]), (&json!("message"), &json!("assistant")), "{body}");
    let mut heard = Heard { finish: messages_finish(&body["stop_reason"]), ..Heard::default() };
    for block in body["content"].as_array().expect("content") {
        match block["type"].as_str() {
            Some("text") => heard.text += &text(&block["text"]),
            Some("tool_use") => heard.calls.push((text(&block["id"]), text(&block["name"]), block["input"].clone())),
            _ => {}
        }
    }
    heard.usage = messages_usage(&body["usage"]);
    heard
}

fn messages_usage(usage: &Value) -> Option<[u64; 3]> {
    let [fresh, cached, output] = counts(usage, ["/input_tokens", "/cache_read_input_tokens", "/output_tokens"])?;
    Some([fresh + cached, cached, output])
}

fn messages_finish(word: &Value) -> &'static str {
    match word.as_str() {
        Some("end_turn") => "done",
        Some("tool_use") => "calls",
        Some("max_tokens") => "cut",
        other => panic!("no stop reason of Anthropic's: {other:?}"),
    }
}

/// Puts the message together as an SDK does.
fn messages_streamed(events: &[Event]) -> Heard {
    let mut message = Value::Null;
    let mut open: Option<(usize, String)> = None;
    let mut ended = false;
    for (name, event) in events {
        assert_eq!(name.as_deref(), event["type"].as_str(), "an event's name is its type");
        assert!(!ended, "nothing follows message_stop: {event}");
        match event["type"].as_str().expect("a type") {
            "message_start" => {
                assert!(message.is_null(), "one start");
                message = event["message"].clone();
                assert!(message["usage"]["input_tokens"].is_u64() && message["usage"]["output_tokens"].is_u64(), "{message}");
            }
            "content_block_start" => {
                let blocks = message["content"].as_array_mut().expect("a started message");
                assert!(open.is_none(), "blocks do not overlap: {event}");
                assert_eq!(event["index"], blocks.len(), "blocks are numbered from 0");
                open = Some((blocks.len(), String::new()));
                blocks.push(event["content_block"].clone());
            }
            "content_block_delta" => {
                let (index, json) = open.as_mut().expect("an open block");
                assert_eq!(event["index"], *index);
                let (block, delta) = (&mut message["content"][*index], &event["delta"]);
                match delta["type"].as_str() {
                    Some("text_delta") => block["text"] = json!(text(&block["text"]) + &text(&delta["text"])),
                    Some("input_json_delta") => *json += &text(&delta["partial_json"]),
                    _ => {}
                }
            }
            "content_block_stop" => {
                let (index, json) = open.take().expect("an open block");
                assert_eq!(event["index"], index);
                if !json.is_empty() {
                    message["content"][index]["input"] = parsed(&json!(json));
                }
            }
            "message_delta" => {
                assert!(open.is_none(), "every block is closed before the message's end");
                message["stop_reason"] = event["delta"]["stop_reason"].clone();
                for (name, value) in event["usage"].as_object().expect("usage") {
                    message["usage"][name] = value.clone();
                }
            }
            "message_stop" => ended = true,
            "ping" => {}
            other => panic!("no event of Anthropic's: {other}"),
        }
    }
    assert!(ended, "a whole stream ends with message_stop");
    messages(&message)
}

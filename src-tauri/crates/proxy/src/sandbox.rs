//! The built-in sandbox, served in this process: the catalogue knows what it
//! answers and when, this gives it the form of an upstream's answer.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use catalog::sandbox::{Answer, Behaviour, Prompt, SandboxModel, Tool, ToolChoice, answer};
use http::{HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame};
use serde_json::{Value, json};
use tokio::time::{Instant, Sleep};
use wire::{Request, chat::ChosenTool};

/// Counts the calls of each model, for those that fail in a pattern.
#[derive(Debug, Default)]
pub struct Sandbox {
    calls: [AtomicU64; SandboxModel::ALL.len()],
}

/// What one call asks.
pub struct Ask<'a> {
    /// The model, without `sandbox/`.
    pub model: &'a str,
    /// The request as it goes upstream.
    pub chat: &'a Request,
    /// Makes ids.
    pub id: u128,
}

impl Sandbox {
    /// Answers as an OpenAI-shaped upstream would.
    pub fn answer(&self, ask: &Ask<'_>) -> Response<SandboxBody> {
        let Some(model) = SandboxModel::from_name(ask.model) else {
            return refusal(StatusCode::NOT_FOUND, "model_not_found", &format!("the sandbox has no model {:?}", ask.model));
        };
        let behaviour = model.behaviour();
        let call = self.calls[model as usize].fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(wait_ms) = behaviour.refuses(call) {
            let mut refused = refusal(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", "sandbox/flaky refuses every third call");
            refused.headers_mut().insert("retry-after-ms", HeaderValue::from(wait_ms));
            return refused;
        }
        let answer = reply(model, ask);
        let written = Written { ask, model, answer: &answer };
        if ask.chat.facts.stream { written.stream(&behaviour) } else { written.whole(&behaviour) }
    }
}

fn reply(model: SandboxModel, ask: &Ask<'_>) -> Answer {
    let parts = ask.chat.prompt();
    let facts = &ask.chat.facts;
    let tools: Vec<Tool> = parts.tools.into_iter().map(|(name, parameters)| Tool { name, parameters }).collect();
    answer(&Prompt {
        model,
        text: &parts.text,
        seed: serde_json::from_slice::<Seed>(ask.chat.body()).map_or(0, |seed| seed.seed),
        tools: &tools,
        tool_choice: match &parts.tool_choice {
            ChosenTool::Auto => ToolChoice::Auto,
            ChosenTool::None => ToolChoice::None,
            ChosenTool::Required => ToolChoice::Required,
            ChosenTool::Named(name) => ToolChoice::Named(name),
        },
        from_user: parts.from_user,
        wants_json: facts.wants_json,
        schema: parts.schema.as_ref(),
        max_tokens: facts.max_tokens,
    })
}

#[derive(serde::Deserialize)]
struct Seed {
    #[serde(default)]
    seed: u64,
}

struct Written<'a> {
    ask: &'a Ask<'a>,
    model: SandboxModel,
    answer: &'a Answer,
}

impl Written<'_> {
    fn whole(&self, behaviour: &Behaviour) -> Response<SandboxBody> {
        let answer = self.answer;
        let content = if answer.tool_call.is_some() { Value::Null } else { answer.text().into() };
        let mut message = json!({"role": "assistant", "content": content, "refusal": null});
        if answer.tool_call.is_some() {
            message["tool_calls"] = json!([self.tool_call()]);
        }
        let mut body = self.head("chat.completion");
        body["choices"] = json!([{"index": 0, "message": message, "logprobs": null, "finish_reason": answer.finish.as_openai()}]);
        body["usage"] = self.usage();
        let tokens = usize::try_from(answer.output_tokens).unwrap_or(usize::MAX).max(1);
        let due_us = behaviour.token_due_us(tokens - 1, tokens);
        response(StatusCode::OK, "application/json", [(due_us, body.to_string().into())].into())
    }

    fn stream(&self, behaviour: &Behaviour) -> Response<SandboxBody> {
        let answer = self.answer;
        let mut events = VecDeque::new();
        let mut push = |due_us: u64, chunk: Value| events.push_back((due_us, Bytes::from(format!("data: {chunk}\n\n"))));
        push(0, self.chunk(json!({"role": "assistant", "content": ""}), Value::Null));
        let tokens = answer.pieces.len();
        for (at, piece) in answer.pieces.iter().enumerate() {
            push(behaviour.token_due_us(at, tokens), self.chunk(json!({"content": piece}), Value::Null));
        }
        if answer.tool_call.is_some() {
            let mut call = self.tool_call();
            call["index"] = 0.into();
            push(behaviour.token_due_us(0, 1), self.chunk(json!({"tool_calls": [call]}), Value::Null));
        }
        let end_us = behaviour.token_due_us(tokens.saturating_sub(1), tokens.max(1));
        push(end_us, self.chunk(json!({}), answer.finish.as_openai().into()));
        if self.ask.chat.facts.include_usage == Some(true) {
            let mut last = self.head("chat.completion.chunk");
            last["choices"] = json!([]);
            last["usage"] = self.usage();
            push(end_us, last);
        }
        events.push_back((end_us, Bytes::from_static(b"data: [DONE]\n\n")));
        response(StatusCode::OK, "text/event-stream", events)
    }

    fn chunk(&self, delta: Value, finish_reason: Value) -> Value {
        let mut chunk = self.head("chat.completion.chunk");
        chunk["choices"] = json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason}]);
        chunk
    }

    fn head(&self, object: &str) -> Value {
        let created = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
        json!({"id": format!("chatcmpl-{:032x}", self.ask.id), "object": object, "created": created, "model": self.model.name()})
    }

    fn tool_call(&self) -> Value {
        let call = self.answer.tool_call.as_ref();
        json!({
            "id": call.map(|call| &call.id),
            "type": "function",
            "function": {"name": call.map(|call| &call.name), "arguments": call.map(|call| &call.arguments)},
        })
    }

    fn usage(&self) -> Value {
        let (input, output) = (self.ask.chat.facts.input_tokens_estimate().max(1), self.answer.output_tokens);
        json!({
            "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
            "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0},
        })
    }
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response<SandboxBody> {
    let body = json!({"error": {"message": message, "type": "sandbox_error", "param": null, "code": code}});
    response(status, "application/json", [(0, body.to_string().into())].into())
}

fn response(status: StatusCode, content_type: &'static str, events: VecDeque<(u64, Bytes)>) -> Response<SandboxBody> {
    let mut response = Response::new(SandboxBody { started: Instant::now(), events, sleep: None });
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Pieces of an answer, each when it is due.
pub struct SandboxBody {
    started: Instant,
    /// Microseconds after the start, and the bytes.
    events: VecDeque<(u64, Bytes)>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Body for SandboxBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some((due_us, _)) = self.events.front() else {
            return Poll::Ready(None);
        };
        let due = self.started + Duration::from_micros(*due_us);
        if due > Instant::now() {
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
            if sleep.deadline() != due {
                sleep.as_mut().reset(due);
            }
            std::task::ready!(sleep.as_mut().poll(cx));
        }
        Poll::Ready(self.events.pop_front().map(|(_, bytes)| Ok(Frame::data(bytes))))
    }
}

//! From what routing decided to what the caller gets.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header};
use routing::plan::Plan;
use wire::{Dialect, chat::add_member};

use crate::{
    body::{EventStream, Playback, ProxyBody},
    call::OpenCall,
    hold::{HeldStream, Routing},
    kept::Kept,
    live::Rode,
    recording::Recording,
    refusal::Refusal,
    reply::Reply,
    upstream::Committed,
};

/// What an answer depends on besides the decision.
#[derive(Clone)]
pub struct Wanted {
    /// What ran.
    pub plan: Arc<Plan>,
    /// The caller's dialect.
    pub dialect: Dialect,
    /// The caller wants the trace.
    pub trace: bool,
}

/// An answer that can go out.
pub enum Served {
    /// All of it.
    Whole(Response<ProxyBody>),
    /// A head, and the stream that follows.
    Streamed(Response<()>, Streamed),
}

/// What follows the head of a stream.
pub enum Streamed {
    /// A call that is still open.
    Live(Box<Committed>, Box<OpenCall>),
    /// A stream that has ended and is played back.
    Kept(Box<Kept>),
    /// Comments until there is a decision, this often.
    Held(Routing, Duration),
}

impl Streamed {
    /// The body; the recording ends with it.
    pub fn body(self, mut recording: Recording, wanted: &Wanted) -> ProxyBody {
        match self {
            Self::Live(stream, call) => {
                // Its first content goes out now.
                recording.first_content();
                ProxyBody::Stream(Box::new(EventStream::new(*stream, *call, recording, wanted.trace)))
            }
            Self::Kept(kept) => {
                recording.first_content();
                ProxyBody::Played(Box::new(Playback::new(*kept, recording, wanted.trace)))
            }
            Self::Held(routing, beat) => ProxyBody::Held(Box::new(HeldStream::new(routing, recording, wanted.clone(), beat))),
        }
    }
}

/// Puts a decision into an answer.
///
/// # Errors
/// What the caller is told where nobody answered.
pub fn answer(rode: Rode, wanted: &Wanted, recording: &mut Recording) -> Result<Served, Refusal> {
    recording.waited(rode.waited_us);
    match rode.routed {
        Ok(Reply::Whole { whole, target, spent, .. }) => {
            recording.answered(&target, whole.facts.model.as_deref(), spent);
            let mut response = Response::new(());
            carry_over(&whole.headers, response.headers_mut());
            label_json(response.headers_mut());
            tell(response.headers_mut(), recording, &wanted.plan, target.provider(), target.model());
            tell_cost(response.headers_mut(), recording);
            warn(response.headers_mut(), &whole.way.warnings);
            let body = if wanted.trace { with_trace(&whole.body, recording) } else { whole.body };
            recording.sent(&body);
            Ok(Served::Whole(response.map(|()| body.into())))
        }
        Ok(Reply::Stream { stream, call }) => {
            let mut response = stream_head(&stream.headers);
            tell(response.headers_mut(), recording, &wanted.plan, call.target().provider(), call.target().model());
            warn(response.headers_mut(), &stream.source.way.warnings);
            Ok(Served::Streamed(response, Streamed::Live(stream, call)))
        }
        Ok(Reply::Kept { kept, target, spent }) => {
            recording.answered(&target, kept.model.as_deref(), spent);
            let mut response = stream_head(&kept.headers);
            tell(response.headers_mut(), recording, &wanted.plan, target.provider(), target.model());
            tell_cost(response.headers_mut(), recording);
            warn(response.headers_mut(), &kept.way.warnings);
            Ok(Served::Streamed(response, Streamed::Kept(kept)))
        }
        Err(failure) => Err(Refusal::of(failure, &recording.tracer.snapshot())),
    }
}

/// The head of a stream that nobody has won yet.
pub fn undecided(routing: Routing, beat: Duration, wanted: &Wanted, recording: &Recording) -> Served {
    let mut response = stream_head(&HeaderMap::new());
    tell_config(response.headers_mut(), recording, &wanted.plan);
    Served::Streamed(response, Streamed::Held(routing, beat))
}

fn stream_head(upstream: &HeaderMap) -> Response<()> {
    let mut response = Response::new(());
    carry_over(upstream, response.headers_mut());
    // Some upstreams mislabel their streams, and SDKs go by the label.
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Some upstreams mislabel their answers, and SDKs go by the label. This one was read as JSON.
fn label_json(headers: &mut HeaderMap) {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/json") {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
}

/// What of an upstream's headers is the caller's business.
fn carry_over(from: &HeaderMap, to: &mut HeaderMap) {
    for (name, value) in from {
        let text = name.as_str();
        if *name == header::CONTENT_TYPE || is_upstreams_word(text) {
            to.insert(name.clone(), value.clone());
        }
    }
}

/// What providers say beside the body, that callers go by.
fn is_upstreams_word(name: &str) -> bool {
    ["openai-", "anthropic-", "x-ratelimit-"].iter().any(|prefix| name.starts_with(prefix)) || matches!(name, "x-request-id" | "request-id")
}

fn tell(headers: &mut HeaderMap, recording: &Recording, plan: &Plan, provider: &str, model: &str) {
    tell_config(headers, recording, plan);
    put(headers, "x-modelux-provider-used", provider);
    put(headers, "x-modelux-model-used", model);
    headers.insert("x-modelux-attempts", HeaderValue::from(recording.tracer.calls()));
}

fn tell_config(headers: &mut HeaderMap, recording: &Recording, plan: &Plan) {
    if let Some((slug, version)) = &plan.config {
        put(headers, "x-modelux-config", &format!("{slug}:{version}"));
    }
    if let Some(variant) = recording.tracer.variant() {
        put(headers, "x-modelux-ab-variant", &variant);
    }
}

/// Over all calls: members, judges and answers that were turned down cost, too.
fn tell_cost(headers: &mut HeaderMap, recording: &Recording) {
    if let Some(nanos) = recording.tracer.cost_nanos() {
        put(headers, "x-modelux-cost-usd", &crate::money::decimal(nanos));
    }
}

/// What the target was not told.
fn warn(headers: &mut HeaderMap, warnings: &[String]) {
    for warning in warnings {
        if let Ok(value) = HeaderValue::from_str(warning) {
            headers.append("x-modelux-warning", value);
        }
    }
}

/// Adds a header, if its value can be sent in one.
pub fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn with_trace(body: &Bytes, recording: &Recording) -> Bytes {
    let trace = recording.trace_json();
    std::str::from_utf8(&trace).map_or_else(|_| body.clone(), |trace| add_member(body, "mlx:trace", trace).into_bytes())
}

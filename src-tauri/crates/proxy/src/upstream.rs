//! One call upstream: send it, wait for its commit, judge what comes.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use routing::{failure::Detail, outcome::Outcome, reason::Reason, world::AttemptFailure};
use wire::{
    Caller, Dialect, Malformed, Relay, Relayed, ReplyFacts, Untranslatable, reply,
    upstream_error::{self, FailureClass},
};

use crate::{
    decoded::{BodyError, Coding, Decoded},
    provider::Secrets,
    room::{Room, Taken},
    sandbox::SandboxBody,
};

/// Of an error's body, this much is read.
const MAX_ERROR: usize = 1024 * 1024;
/// What may come before the first content of a stream, in bytes.
const MAX_BEFORE_COMMIT: usize = 16 * 1024 * 1024;

/// An upstream's own error, to be passed on as it is.
#[derive(Debug, Clone)]
pub struct UpstreamError {
    /// Its status.
    pub status: u16,
    /// Its body, where it is an error in the words of the caller's dialect.
    pub body: Option<Bytes>,
    /// Its message.
    pub message: String,
    /// Its code.
    pub code: Option<String>,
    /// The request's member that is wrong, where we know.
    pub param: Option<String>,
}

/// A failure of one call.
pub type CallFailure = AttemptFailure<Box<UpstreamError>>;

/// The bytes of an answer, wherever they come from.
pub enum UpstreamBody {
    /// From the network.
    Http(hyper::body::Incoming),
    /// From the network, compressed.
    Decoded(Box<Decoded>),
    /// From the sandbox.
    Sandbox(SandboxBody),
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Http(body) => Pin::new(body).poll_frame(cx).map_err(BodyError::from),
            Self::Decoded(body) => Pin::new(body.as_mut()).poll_frame(cx),
            Self::Sandbox(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
        }
    }
}

/// Between which dialects an answer goes.
#[derive(Debug, Clone)]
pub struct Way {
    /// The upstream's.
    pub from: Dialect,
    /// The caller's.
    pub to: Dialect,
    /// What the caller asked in.
    pub caller: Caller,
    /// What the target was not told of the request, in sentences.
    pub warnings: Vec<String>,
    /// What it must not repeat.
    pub secrets: Secrets,
}

impl UpstreamBody {
    /// The body of an answer from the network.
    ///
    /// # Errors
    /// A compression that nobody asked for and that is not known here.
    pub fn of(response: Response<hyper::body::Incoming>) -> Result<Response<Self>, CallFailure> {
        let (head, body) = response.into_parts();
        let body = match Decoded::coding(&head.headers) {
            Coding::Plain => Self::Http(body),
            Coding::Decoded => Self::Decoded(Box::new(Decoded::new(&head.headers, body))),
            Coding::Unknown(name) => {
                return Err(connection(format!(
                    "the upstream compressed its answer as {name:?}, which was not asked for and cannot be read"
                )));
            }
        };
        Ok(Response::from_parts(head, body))
    }
}

/// A whole answer.
pub struct Whole {
    /// Headers of the upstream.
    pub headers: HeaderMap,
    /// The body, in the caller's dialect.
    pub body: Bytes,
    /// What it says of itself.
    pub facts: ReplyFacts,
    /// The way that it came.
    pub way: Way,
    /// What it takes of the request's room, until it is dropped.
    _room: Taken,
}

/// A stream that has committed.
pub struct Committed {
    /// Headers of the upstream.
    pub headers: HeaderMap,
    /// Events read so far, to be sent on.
    pub queue: VecDeque<Bytes>,
    /// What is still to come.
    pub source: EventSource,
    /// The stream has already ended, well.
    pub ended: bool,
}

/// Reads events off an upstream's body.
pub struct EventSource {
    body: UpstreamBody,
    /// What it has read so far.
    pub relay: Relay,
    /// Longest gap between bytes.
    pub idle: Duration,
    /// The way that the events go.
    pub way: Way,
}

impl EventSource {
    /// Reads a body; `gather` keeps what it says.
    pub fn new(body: UpstreamBody, idle: Duration, way: Way, gather: bool) -> Self {
        Self { body, relay: Relay::new(way.from, way.to, &way.caller, gather), idle, way }
    }

    /// Polls for more bytes: `Ok(false)` at the end of the body.
    pub fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, String>> {
        loop {
            return match std::task::ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                None => Poll::Ready(Ok(false)),
                Some(Err(error)) => Poll::Ready(Err(broke_off(&error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => {
                        self.relay.push(data);
                        Poll::Ready(Ok(true))
                    }
                    Err(_trailers) => continue,
                },
            };
        }
    }

    /// Waits for more bytes: `Ok(false)` at the end of the body.
    ///
    /// # Errors
    /// A body that breaks off, or falls silent for too long.
    pub async fn more(&mut self) -> Result<bool, CallFailure> {
        let idle = self.idle;
        match tokio::time::timeout(idle, std::future::poll_fn(|cx| self.poll_more(cx))).await {
            Ok(Ok(more)) => Ok(more),
            Ok(Err(why)) => Err(connection(why)),
            Err(_) => Err(idle_timeout(idle)),
        }
    }
}

/// Reads a stream until its first content.
///
/// # Errors
/// Whatever comes instead of it; nothing was sent to the caller then.
pub async fn until_commit(headers: HeaderMap, source: EventSource) -> Result<Committed, CallFailure> {
    let mut source = stream_of(&headers, source).await?;
    let mut queue = VecDeque::new();
    let mut held = 0;
    loop {
        match source.relay.next_event().map_err(connection)? {
            Relayed::Forward { bytes, content, done } => {
                held += bytes.len();
                queue.push_back(bytes);
                if content || done {
                    return Ok(Committed { headers, queue, source, ended: done });
                }
                if held > MAX_BEFORE_COMMIT {
                    return Err(connection(format!("the upstream sent {held} bytes without any content")));
                }
            }
            Relayed::Hidden => {}
            Relayed::Starved => {
                if !source.more().await? {
                    queue.extend(source.relay.finish().map_err(connection)?);
                    return Ok(Committed { headers, queue, source, ended: true });
                }
            }
        }
    }
}

/// The source, if it is a stream at all.
///
/// # Errors
/// JSON in its place.
pub async fn stream_of(headers: &HeaderMap, source: EventSource) -> Result<EventSource, CallFailure> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(not_a_stream(source).await);
    }
    Ok(source)
}

/// An upstream that was asked for a stream and answered with JSON: an error in it is worth telling.
async fn not_a_stream(source: EventSource) -> CallFailure {
    let (idle, from) = (source.idle, source.way.from);
    match collect(source.body, &mut Room::new(MAX_ERROR).begin(), idle).await {
        Ok(body) => match reply::read(from, &body) {
            Ok(ReplyFacts { error: Some(error), .. }) => connection(format!("the upstream reported an error: {}", error.message)),
            _ => connection("a stream was asked for, and the upstream answered with plain JSON".to_owned()),
        },
        Err(failure) => failure,
    }
}

/// Reads a whole answer, and puts it into the caller's dialect.
///
/// # Errors
/// An answer that breaks off, that the request has no room for, that is none of its dialect's, or is an error in spite of its 200.
pub async fn whole(headers: HeaderMap, body: UpstreamBody, mut room: Taken, idle: Duration, way: Way) -> Result<Whole, CallFailure> {
    let body = collect(body, &mut room, idle).await?;
    let (facts, body) =
        reply::read_for(way.from, way.to, &body, &way.caller).map_err(|malformed| connection(no_answer(&headers, &malformed)))?;
    if let Some(error) = facts.error {
        return Err(connection(format!("the upstream answered 200 with an error in it: {}", error.message)));
    }
    Ok(Whole { headers, body, facts, way, _room: room })
}

/// Why a body is no answer.
fn no_answer(headers: &HeaderMap, malformed: &Malformed) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
        return "one answer was asked for, and the upstream sent a stream of events".to_owned();
    }
    malformed.to_string()
}

/// Reads an answer that is not 2xx.
pub async fn refused(
    response: Response<UpstreamBody>,
    idle: Duration,
    to: Dialect,
    redact: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> CallFailure {
    let (head, body) = response.into_parts();
    let status = head.status.as_u16();
    if head.status.is_redirection() {
        let to = head.headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
        return connection(format!(
            "the upstream answered {status} and points to {to}; redirects are not followed, so put the right address into the provider's base URL"
        ));
    }
    let body = match collect(body, &mut Room::new(MAX_ERROR).begin(), idle).await {
        Ok(body) => redact(&body).map_or(body, Bytes::from),
        Err(_) => Bytes::new(),
    };
    let failure = upstream_error::read(status, &head.headers, &body, SystemTime::now());
    let detail = match failure.class {
        FailureClass::ContextLength => Detail::ContextLength,
        FailureClass::ContentFilter => Detail::ContentFilter,
        _ => Detail::None,
    };
    let wait = failure.retry_after_ms.map(|wait| format!(", retry after {wait} ms")).unwrap_or_default();
    let is_shaped = serde_json::from_slice::<Shaped>(&body).is_ok_and(|shaped| shaped.kind.is_some() != to.is_openai());
    AttemptFailure {
        outcome: Outcome::Http(status),
        detail,
        reason: Reason::text(format!("the upstream answered {status}{wait}: {}", failure.message)),
        retry_after_ms: failure.retry_after_ms,
        error: Some(Box::new(UpstreamError {
            status,
            body: is_shaped.then_some(body),
            message: failure.message,
            code: failure.code,
            param: None,
        })),
    }
}

/// An error body that SDKs understand as it is.
#[derive(serde::Deserialize)]
struct Shaped {
    /// Anthropic's errors have it, OpenAI's do not.
    #[serde(rename = "type")]
    kind: Option<String>,
    #[allow(dead_code, reason = "only its presence counts")]
    error: ShapedError,
}

#[derive(serde::Deserialize)]
struct ShapedError {
    #[allow(dead_code, reason = "only its presence counts")]
    message: String,
}

async fn collect(mut body: UpstreamBody, room: &mut Taken, idle: Duration) -> Result<Bytes, CallFailure> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    loop {
        let frame = match tokio::time::timeout(idle, body.frame()).await {
            Err(_) => return Err(idle_timeout(idle)),
            Ok(None) => return Ok(if all.is_empty() { first } else { all.freeze() }),
            Ok(Some(Err(error))) => return Err(connection(broke_off(&error))),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        room.take(data.len())?;
        // Most answers come in one piece, which is then not copied.
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            if all.is_empty() {
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data);
        }
    }
}

/// A call that got no proper answer.
pub fn connection(why: String) -> CallFailure {
    AttemptFailure { outcome: Outcome::Connection, detail: Detail::None, reason: Reason::text(why), retry_after_ms: None, error: None }
}

/// A request that the target's dialect has no words for.
pub fn untranslatable(error: &Untranslatable) -> CallFailure {
    AttemptFailure {
        outcome: Outcome::Http(400),
        detail: Detail::None,
        reason: Reason::text(format!("it was not called: {error}")),
        retry_after_ms: None,
        error: Some(Box::new(UpstreamError {
            status: 400,
            body: None,
            message: error.message.clone(),
            code: Some("untranslatable".to_owned()),
            param: Some(error.param.clone()),
        })),
    }
}

/// A call that did not commit in time.
pub fn timed_out(after: Duration) -> CallFailure {
    AttemptFailure {
        outcome: Outcome::Timeout,
        detail: Detail::None,
        // Rounded up: what is left of 400 ms when the call goes out is 399.9.
        reason: Reason::text(format!("no answer within {} ms", after.as_micros().div_ceil(1_000))),
        retry_after_ms: None,
        error: None,
    }
}

fn idle_timeout(idle: Duration) -> CallFailure {
    CallFailure { reason: Reason::text(format!("the upstream sent nothing for {} ms", idle.as_millis())), ..timed_out(idle) }
}

fn broke_off(error: &BodyError) -> String {
    format!("the upstream's answer broke off: {error}")
}

/// A failure to send at all, as a sentence.
pub fn unreachable(error: &hyper_util::client::legacy::Error) -> CallFailure {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    connection(if error.is_connect() {
        format!("the upstream cannot be reached: {cause}")
    } else {
        format!("the upstream closed the connection: {cause}")
    })
}

/// Is it a success that has a body to read?
pub fn is_answer(status: StatusCode) -> bool {
    status.is_success()
}

//! The body of an answer: bytes at hand, or a stream that is recorded at its end.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use routing::{outcome::Outcome, target::ModelTarget};
use tokio::time::{Instant, Sleep};
use wire::{ApiError, Dialect, ErrorKind, Relayed};

use crate::{
    call::OpenCall,
    hold::HeldStream,
    kept::Kept,
    passthrough::PassedBody,
    recording::Recording,
    upstream::{Committed, EventSource},
};

/// What goes out to a caller.
pub enum ProxyBody {
    /// Bytes at hand.
    Full(Full<Bytes>),
    /// An event stream.
    Stream(Box<EventStream>),
    /// An event stream that was held back and has ended.
    Played(Box<Playback>),
    /// An event stream that nobody has won yet.
    Held(Box<HeldStream>),
    /// What a provider answers, passed on.
    Passed(Box<PassedBody>),
    /// What the router answers.
    Routed(axum::body::Body),
}

impl From<Bytes> for ProxyBody {
    fn from(bytes: Bytes) -> Self {
        Self::Full(Full::new(bytes))
    }
}

impl Body for ProxyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            Self::Full(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Stream(body) => body.poll_event(cx).map(|event| event.map(|bytes| Ok(Frame::data(bytes)))),
            Self::Played(body) => Poll::Ready(body.next_event().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Held(body) => body.poll_piece(cx),
            Self::Passed(body) => body.poll_piece(cx),
            Self::Routed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(body) => body.is_end_stream(),
            Self::Stream(_) | Self::Played(_) | Self::Held(_) => false,
            Self::Passed(body) => body.is_end_stream(),
            Self::Routed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(body) => body.size_hint(),
            Self::Stream(_) | Self::Played(_) | Self::Held(_) => SizeHint::default(),
            Self::Passed(body) => body.size_hint(),
            Self::Routed(body) => body.size_hint(),
        }
    }
}

/// A committed stream on its way to the caller: events go on as they come, and it is judged at its end.
pub struct EventStream {
    committed: Committed,
    idle: Pin<Box<Sleep>>,
    /// Settled and taken when the stream ends.
    open: Option<OpenCall>,
    target: ModelTarget,
    recording: Recording,
    wants_trace: bool,
}

impl EventStream {
    /// A stream that has just committed.
    pub fn new(committed: Committed, call: OpenCall, recording: Recording, wants_trace: bool) -> Self {
        let idle = Box::pin(tokio::time::sleep(committed.source.idle));
        Self { target: call.target().clone(), committed, idle, open: Some(call), recording, wants_trace }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(bytes) = self.committed.queue.pop_front() {
                self.recording.sent(&bytes);
                return Poll::Ready(Some(bytes));
            }
            if self.committed.ended {
                self.end(Outcome::Ok, None);
                return Poll::Ready(None);
            }
            match self.committed.source.relay.next_event() {
                Ok(Relayed::Forward { bytes, done, .. }) => {
                    if done {
                        self.before_done();
                        self.committed.ended = true;
                    }
                    self.committed.queue.push_back(bytes);
                }
                Ok(Relayed::Hidden) => {}
                Ok(Relayed::Starved) => std::task::ready!(self.poll_more(cx)),
                Err(why) => self.break_off(why),
            }
        }
    }

    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.committed.source.poll_more(cx) {
            Poll::Ready(Ok(true)) => {
                let idle = self.committed.source.idle;
                self.idle.as_mut().reset(Instant::now() + idle);
            }
            Poll::Ready(Ok(false)) => match self.committed.source.relay.finish() {
                Ok(rest) => {
                    self.before_done();
                    self.committed.queue.extend(rest);
                    self.committed.ended = true;
                }
                Err(why) => self.break_off(why),
            },
            Poll::Ready(Err(why)) => self.break_off(why),
            Poll::Pending => {
                std::task::ready!(self.idle.as_mut().poll(cx));
                let idle = self.committed.source.idle;
                self.break_off(format!("the upstream sent nothing for {} ms", idle.as_millis()));
            }
        }
        Poll::Ready(())
    }

    /// A caller that asked for the trace gets it before the end.
    fn before_done(&mut self) {
        if self.wants_trace {
            self.committed.queue.push_back(trace_event(self.committed.source.way.to, &self.recording));
        }
    }

    /// After the commit nobody else can take over: the caller gets a well-formed error event and no `[DONE]`.
    fn break_off(&mut self, why: String) {
        let why = self.committed.source.way.secrets.redacted(why);
        let error =
            ApiError::new(502, ErrorKind::Upstream, format!("{} broke off its answer: {why}", self.target)).with_code("stream_broken");
        let source = &self.committed.source;
        self.committed.queue.push_back(source.relay.error_event(source.way.to, &error));
        self.end(Outcome::Broken, Some(why));
        self.committed.ended = true;
    }

    fn end(&mut self, outcome: Outcome, why: Option<String>) {
        let Some(open) = self.open.take() else { return };
        settle(&mut self.recording, &self.committed.source, open, &self.target, (outcome, why.clone()));
        let error = why.as_deref().map(|why| ("broken", why));
        // A broken stream's error event is still in the queue, and belongs to what is kept.
        for event in self.committed.queue.iter().filter(|_| outcome == Outcome::Broken) {
            self.recording.sent(event);
        }
        self.recording.finish(200, error);
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            let gone = (Outcome::Cancelled, Some("the caller hung up".to_owned()));
            settle(&mut self.recording, &self.committed.source, open, &self.target, gone);
        }
    }
}

fn settle(recording: &mut Recording, source: &EventSource, open: OpenCall, target: &ModelTarget, end: (Outcome, Option<String>)) {
    let reader = &source.relay;
    let spent = open.ended(end.0, end.1, reader.usage(), reader.output_chars());
    recording.answered(target, reader.model(), spent);
}

/// The trace, for a caller that asked for it: an event of its dialect with nothing else in it.
fn trace_event(dialect: Dialect, recording: &Recording) -> Bytes {
    let head: &[u8] = match dialect {
        Dialect::AnthropicMessages => b"event: ping\ndata: {\"type\":\"ping\",\"mlx:trace\":",
        Dialect::OpenAiResponses => b"event: mlx.trace\ndata: {\"type\":\"mlx.trace\",\"mlx:trace\":",
        _ => b"data: {\"object\":\"chat.completion.chunk\",\"choices\":[],\"mlx:trace\":",
    };
    let mut event = head.to_vec();
    event.extend_from_slice(&recording.trace_json());
    event.extend_from_slice(b"}\n\n");
    event.into()
}

/// A stream that was held back, on its way to the caller; its call is settled already.
pub struct Playback {
    events: VecDeque<Bytes>,
    recording: Recording,
}

impl Playback {
    /// Plays it from its beginning.
    pub fn new(kept: Kept, recording: Recording, wants_trace: bool) -> Self {
        let mut events = VecDeque::from(kept.events);
        if wants_trace {
            // Before the end.
            events.insert(events.len().saturating_sub(usize::from(kept.is_done)), trace_event(kept.way.to, &recording));
        }
        Self { events, recording }
    }

    fn next_event(&mut self) -> Option<Bytes> {
        match self.events.pop_front() {
            Some(event) => {
                self.recording.sent(&event);
                Some(event)
            }
            None => {
                self.recording.finish(200, None);
                None
            }
        }
    }
}

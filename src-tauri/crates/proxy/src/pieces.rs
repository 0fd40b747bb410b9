//! Bodies of requests upstream.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::oneshot;
use wire::Segments;

/// A request body: pieces of known length, or what a caller is still sending.
#[derive(Debug)]
pub struct Pieces {
    source: Source,
    /// Goes with it once all of it is sent.
    _sent: Option<oneshot::Sender<()>>,
}

#[derive(Debug)]
enum Source {
    Known { parts: std::vec::IntoIter<Bytes>, left: u64 },
    Caller(Incoming),
}

impl Pieces {
    /// No body.
    pub fn empty() -> Self {
        Source::Known { parts: Vec::new().into_iter(), left: 0 }.into()
    }
}

impl Pieces {
    /// The same, and what ends once all of it is sent: whoever sends a body lets go of it then.
    pub fn watched(self) -> (Self, oneshot::Receiver<()>) {
        let (sent, ended) = oneshot::channel();
        (Self { _sent: Some(sent), ..self }, ended)
    }
}

impl From<Source> for Pieces {
    fn from(source: Source) -> Self {
        Self { source, _sent: None }
    }
}

impl From<Segments> for Pieces {
    fn from(segments: Segments) -> Self {
        let left = segments.len() as u64;
        Source::Known { parts: segments.into_parts().into_iter(), left }.into()
    }
}

impl From<Bytes> for Pieces {
    fn from(bytes: Bytes) -> Self {
        Source::Known { left: bytes.len() as u64, parts: vec![bytes].into_iter() }.into()
    }
}

impl From<Incoming> for Pieces {
    fn from(body: Incoming) -> Self {
        Source::Caller(body).into()
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut self.source {
            Source::Known { parts, left } => {
                let next = parts.next();
                if let Some(part) = &next {
                    *left -= part.len() as u64;
                }
                Poll::Ready(next.map(|part| Ok(Frame::data(part))))
            }
            Source::Caller(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Known { left, .. } => *left == 0,
            Source::Caller(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Known { left, .. } => SizeHint::with_exact(*left),
            Source::Caller(body) => body.size_hint(),
        }
    }
}

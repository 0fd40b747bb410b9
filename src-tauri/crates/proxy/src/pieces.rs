//! Bodies of requests upstream.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use wire::Segments;

/// A request body: pieces of known length, or what a caller is still sending.
#[derive(Debug)]
pub struct Pieces(Source);

#[derive(Debug)]
enum Source {
    Known { parts: std::vec::IntoIter<Bytes>, left: u64 },
    Caller(Incoming),
}

impl Pieces {
    /// No body.
    pub fn empty() -> Self {
        Self(Source::Known { parts: Vec::new().into_iter(), left: 0 })
    }
}

impl From<Segments> for Pieces {
    fn from(segments: Segments) -> Self {
        let left = segments.len() as u64;
        Self(Source::Known { parts: segments.into_parts().into_iter(), left })
    }
}

impl From<Bytes> for Pieces {
    fn from(bytes: Bytes) -> Self {
        Self(Source::Known { left: bytes.len() as u64, parts: vec![bytes].into_iter() })
    }
}

impl From<Incoming> for Pieces {
    fn from(body: Incoming) -> Self {
        Self(Source::Caller(body))
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut self.0 {
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
        match &self.0 {
            Source::Known { left, .. } => *left == 0,
            Source::Caller(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Known { left, .. } => SizeHint::with_exact(*left),
            Source::Caller(body) => body.size_hint(),
        }
    }
}

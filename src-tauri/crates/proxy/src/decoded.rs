//! Bodies that an upstream compressed, although nobody asked it to.

use std::{
    io::Write,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::{Body, Frame};
use hyper::body::Incoming;

/// So much is decompressed at a time: what a piece unpacks to stays within some hundred times of it.
const AT_ONCE: usize = 4 * 1024;

/// Why a body cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection.
    #[error(transparent)]
    Connection(#[from] hyper::Error),
    /// What came is not compressed as its header says.
    #[error("it is not compressed as its Content-Encoding says: {0}")]
    Coding(#[from] std::io::Error),
}

/// A body, decompressed as it comes.
pub struct Decoded {
    body: Incoming,
    coder: Option<Coder>,
    /// Compressed bytes that are still to be read.
    input: Bytes,
}

enum Coder {
    Gzip(flate2::write::MultiGzDecoder<Vec<u8>>),
    Deflate(flate2::write::ZlibDecoder<Vec<u8>>),
    Brotli(Box<brotli::DecompressorWriter<Vec<u8>>>),
}

impl Coder {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "gzip" | "x-gzip" => Self::Gzip(flate2::write::MultiGzDecoder::new(Vec::new())),
            "deflate" => Self::Deflate(flate2::write::ZlibDecoder::new(Vec::new())),
            "br" => Self::Brotli(Box::new(brotli::DecompressorWriter::new(Vec::new(), AT_ONCE))),
            _ => return None,
        })
    }

    /// What these bytes unpack to, all of it: events of a stream are not to wait for the next ones.
    fn decode(&mut self, input: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Gzip(coder) => {
                coder.write_all(input)?;
                coder.flush()?;
                Ok(std::mem::take(coder.get_mut()))
            }
            Self::Deflate(coder) => {
                coder.write_all(input)?;
                coder.flush()?;
                Ok(std::mem::take(coder.get_mut()))
            }
            Self::Brotli(coder) => {
                coder.write_all(input)?;
                coder.flush()?;
                Ok(std::mem::take(coder.get_mut()))
            }
        }
    }

    fn finish(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Gzip(coder) => coder.finish(),
            Self::Deflate(coder) => coder.finish(),
            Self::Brotli(mut coder) => {
                coder.close()?;
                Ok(std::mem::take(coder.get_mut()))
            }
        }
    }
}

/// How a body is to be read.
pub enum Coding {
    /// As it is.
    Plain,
    /// Through a decoder.
    Decoded,
    /// In no way that is known here.
    Unknown(String),
}

impl Decoded {
    /// How to read a body with these headers.
    pub fn coding(headers: &HeaderMap) -> Coding {
        match name(headers).as_deref() {
            None | Some("" | "identity") => Coding::Plain,
            Some(name) if Coder::of(name).is_some() => Coding::Decoded,
            Some(name) => Coding::Unknown(name.to_owned()),
        }
    }

    /// Decompresses a body by its headers.
    pub fn new(headers: &HeaderMap, body: Incoming) -> Self {
        Self { body, coder: name(headers).as_deref().and_then(Coder::of), input: Bytes::new() }
    }
}

fn name(headers: &HeaderMap) -> Option<String> {
    headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or_default().trim().to_ascii_lowercase())
}

impl Body for Decoded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            let this = &mut *self;
            let Some(coder) = &mut this.coder else { return Poll::Ready(None) };
            if !this.input.is_empty() {
                let input = this.input.split_to(this.input.len().min(AT_ONCE));
                match coder.decode(&input) {
                    Ok(out) if out.is_empty() => continue,
                    Ok(out) => return Poll::Ready(Some(Ok(Frame::data(out.into())))),
                    Err(error) => {
                        this.coder = None;
                        return Poll::Ready(Some(Err(error.into())));
                    }
                }
            }
            match std::task::ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => this.input = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => {
                    let rest = this.coder.take().map_or(Ok(Vec::new()), Coder::finish);
                    return Poll::Ready(match rest {
                        Ok(rest) if rest.is_empty() => None,
                        Ok(rest) => Some(Ok(Frame::data(rest.into()))),
                        Err(error) => Some(Err(error.into())),
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = br#"{"id":"x","choices":[{"message":{"content":"hello hello hello"}}]}"#;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        coder.write_all(text).unwrap();
        coder.finish().unwrap()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut coder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        coder.write_all(text).unwrap();
        coder.finish().unwrap()
    }

    fn brotli(text: &[u8]) -> Vec<u8> {
        let mut coder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
        coder.write_all(text).unwrap();
        coder.into_inner()
    }

    fn decoded(name: &str, bytes: &[u8], piece: usize) -> std::io::Result<Vec<u8>> {
        let mut coder = Coder::of(name).unwrap();
        let mut all = Vec::new();
        for piece in bytes.chunks(piece) {
            all.extend(coder.decode(piece)?);
        }
        all.extend(coder.finish()?);
        Ok(all)
    }

    #[test]
    fn each_coding_is_read_however_the_bytes_are_cut() {
        for (name, bytes) in [("gzip", gzip(TEXT)), ("x-gzip", gzip(TEXT)), ("deflate", zlib(TEXT)), ("br", brotli(TEXT))] {
            for piece in [1, 7, 4096] {
                assert_eq!(decoded(name, &bytes, piece).unwrap(), TEXT, "{name} by {piece}");
            }
        }
    }

    #[test]
    fn what_was_flushed_comes_out_at_once() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
        for coder in [&mut gzip as &mut dyn Write, &mut zlib, &mut brotli] {
            coder.write_all(TEXT).unwrap();
            coder.flush().unwrap();
        }
        for (name, bytes) in [("gzip", gzip.get_ref()), ("deflate", zlib.get_ref()), ("br", brotli.get_ref())] {
            assert_eq!(Coder::of(name).unwrap().decode(bytes).unwrap(), TEXT, "{name}");
        }
    }

    #[test]
    fn what_is_not_compressed_as_it_says_is_an_error() {
        assert!(decoded("gzip", TEXT, 16).is_err());
        assert!(decoded("deflate", TEXT, 16).is_err());
        assert!(decoded("br", &[0xff; 64], 16).is_err());
        let whole = gzip(TEXT);
        assert!(decoded("gzip", &whole[..whole.len() - 9], 4096).is_err(), "it broke off");
    }

    #[test]
    fn only_known_codings_are_read() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_ENCODING, http::HeaderValue::from_static(value));
            Decoded::coding(&headers)
        };
        assert!(matches!(Decoded::coding(&HeaderMap::new()), Coding::Plain));
        assert!(matches!(of("identity"), Coding::Plain));
        assert!(matches!(of(" GZIP"), Coding::Decoded));
        assert!(matches!(of("zstd"), Coding::Unknown(name) if name == "zstd"));
    }
}

//! A small HTTP client that shows what really came: status, headers, bytes, events.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};

/// A complete answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body's bytes, unframed.
    pub body: Bytes,
    /// Did the body end as HTTP says it must?
    pub complete: bool,
}

impl Answer {
    /// The value of a header, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header in ASCII"))
    }

    /// The id under which the request was recorded.
    pub fn request_id(&self) -> &str {
        self.header("x-modelux-request-id").unwrap_or_else(|| panic!("every answer carries its request id: {self:?}"))
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("a body in JSON ({error}): {self:?}"))
    }

    /// The body as JSON, after checking the status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The message of an error in OpenAI's shape.
    #[track_caller]
    pub fn error_message(&self) -> String {
        let body = self.json();
        body["error"]["message"].as_str().unwrap_or_else(|| panic!("an error in OpenAI's shape: {body}")).to_owned()
    }
}

/// An answer whose body is still on its way. Dropping it hangs up.
#[derive(Debug)]
pub struct Streaming {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    body: Incoming,
    unread: BytesMut,
    connection: Connection,
}

#[derive(Debug)]
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Streaming {
    /// The next event with the blank line that ends it; `None` at the end of the body.
    pub async fn event(&mut self) -> Option<String> {
        loop {
            if let Some(end) = event_end(&self.unread) {
                return Some(String::from_utf8(self.unread.split_to(end).to_vec()).expect("events in UTF-8"));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.unread.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Everything up to the end.
    pub async fn rest(mut self) -> Answer {
        let mut all = self.unread;
        let complete = loop {
            match self.body.frame().await {
                Some(Ok(frame)) => all.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
                Some(Err(_)) => break false,
                None => break true,
            }
        };
        Answer { status: self.status, headers: self.headers, body: all.freeze(), complete }
    }

    /// Closes the connection in the middle of the answer.
    pub fn hang_up(self) {
        drop(self.connection);
    }
}

fn event_end(bytes: &[u8]) -> Option<usize> {
    let ends = [&b"\n\n"[..], b"\r\n\r\n"];
    ends.iter().filter_map(|end| bytes.windows(end.len()).position(|window| window == *end).map(|at| at + end.len())).min()
}

/// Sends a request on a connection of its own; the head is awaited.
///
/// # Errors
/// Where nobody answers.
pub async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Result<Streaming, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = Connection(tokio::spawn(async move {
        let _ = connection.await;
    }));
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request = request.header("host", address.to_string());
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(Full::new(body.into()))?).await?;
    let (head, body) = response.into_parts();
    let status = StatusCode::as_u16(&head.status);
    Ok(Streaming { status, headers: head.headers, body, unread: BytesMut::new(), connection })
}

/// Sends bytes as they are and returns all that comes back until the other side closes.
///
/// # Errors
/// Where nobody answers, or the connection is reset.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

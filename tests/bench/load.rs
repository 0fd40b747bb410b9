//! The load generator: requests made before the start, answers read without a parser.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{subjects::APP_KEY, upstream::EVENTS};

/// A request, as the bytes that go out.
#[derive(Debug, Clone)]
pub struct Ask(Vec<u8>);

impl Ask {
    /// A chat that is not streamed, with a body of about `size` bytes.
    pub fn chat(address: SocketAddr, size: usize) -> Self {
        Self::post(address, "/openai/v1/chat/completions", &body(size, ""))
    }

    /// A chat that is streamed without pause.
    pub fn stream(address: SocketAddr, path: &str) -> Self {
        Self::post(address, path, &body(1_000, r#","stream":true"#))
    }

    /// A chat that is streamed with 2 ms between events.
    pub fn paced_stream(address: SocketAddr, path: &str) -> Self {
        Self::post(address, path, &body(1_000, r#","stream":true,"user":"PACED""#))
    }

    /// A chat that is streamed, and held after its first event until [`release`].
    pub fn held_stream(address: SocketAddr, path: &str) -> Self {
        Self::post(address, path, &body(1_000, r#","stream":true,"user":"HELD""#))
    }

    fn post(address: SocketAddr, path: &str, body: &str) -> Self {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {APP_KEY}\r\ncontent-type: application/json\r\n\
             x-modelux-user-tags: team=ml\r\naccept: */*\r\nuser-agent: bench\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        Self((head + body).into_bytes())
    }
}

fn body(size: usize, extra: &str) -> String {
    let frame = format!(r#"{{"model":"@production","messages":[{{"role":"user","content":""}}],"temperature":0.2{extra}}}"#);
    let text = "Not all those who wander are lost. ".repeat(size / 35 + 1);
    let text = &text[..size.saturating_sub(frame.len())];
    frame.replacen("\"content\":\"\"", &format!("\"content\":\"{text}\""), 1)
}

/// One request on a connection of its own; panics where it fails.
pub fn once(address: SocketAddr, ask: &Ask) {
    let mut connection = connect(address);
    exchange(&mut connection, ask, &mut Vec::new()).unwrap_or_else(|error| panic!("{address}: {error}"));
}

/// Latencies of `count` requests on one connection, in order.
pub fn serial(address: SocketAddr, ask: &Ask, count: usize) -> Vec<Duration> {
    let (mut connection, mut inbox) = (connect(address), Vec::new());
    for _ in 0..count / 20 {
        exchange(&mut connection, ask, &mut inbox).expect("an answer");
    }
    (0..count)
        .map(|_| {
            let started = Instant::now();
            exchange(&mut connection, ask, &mut inbox).expect("an answer");
            started.elapsed()
        })
        .collect()
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_nodelay(true).expect("a TCP socket");
    stream
}

fn exchange(connection: &mut TcpStream, ask: &Ask, inbox: &mut Vec<u8>) -> io::Result<()> {
    connection.write_all(&ask.0)?;
    inbox.clear();
    let mut block = [0; 1 << 14];
    loop {
        match connection.read(&mut block)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => inbox.extend_from_slice(&block[..read]),
        }
        if is_whole(inbox)? {
            return Ok(());
        }
    }
}

/// Is the answer complete? Any status but 200 is an error.
fn is_whole(inbox: &[u8]) -> io::Result<bool> {
    let Some(end) = inbox.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(false) };
    if !inbox.starts_with(b"HTTP/1.1 200") {
        return Err(io::Error::other(String::from_utf8_lossy(inbox).into_owned()));
    }
    match content_length(&inbox[..end]) {
        Some(length) => Ok(inbox.len() >= end + 4 + length),
        None => Ok(inbox.ends_with(b"\r\n0\r\n\r\n")),
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    let name = b"content-length:";
    let at = head.windows(name.len()).position(|window| window.eq_ignore_ascii_case(name))? + name.len();
    let digits = head[at..].iter().skip_while(|byte| **byte == b' ').take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |value, digit| value * 10 + usize::from(digit - b'0')))
}

/// What one stream looked like from here.
#[derive(Debug, Clone, Copy)]
pub struct Streamed {
    /// Until the first event.
    pub first: Duration,
    /// Until the end.
    pub total: Duration,
    /// Reads that brought something.
    pub reads: usize,
}

/// Streams, one after the other on one connection.
pub fn streams(address: SocketAddr, ask: &Ask, count: usize) -> Vec<Streamed> {
    let (mut connection, mut inbox) = (connect(address), Vec::new());
    (0..count).map(|_| stream(&mut connection, ask, &mut inbox).expect("a whole stream")).collect()
}

fn stream(connection: &mut TcpStream, ask: &Ask, inbox: &mut Vec<u8>) -> io::Result<Streamed> {
    let started = Instant::now();
    connection.write_all(&ask.0)?;
    inbox.clear();
    let (mut first, mut reads, mut block) = (None, 0, [0; 1 << 16]);
    loop {
        match connection.read(&mut block)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => inbox.extend_from_slice(&block[..read]),
        }
        reads += 1;
        if first.is_none() && inbox.windows(5).any(|window| window == b"word0") {
            first = Some(started.elapsed());
        }
        if inbox.ends_with(b"\r\n0\r\n\r\n") {
            break;
        }
    }
    let total = started.elapsed();
    let events = unchunked(inbox).windows(8).filter(|window| *window == b"\"delta\":").count();
    if events != EVENTS {
        return Err(io::Error::other(format!("{events} of {EVENTS} events")));
    }
    Ok(Streamed { first: first.unwrap_or_default(), total, reads })
}

/// The body of a chunked answer; a proxy may cut it anew, in the middle of an event.
fn unchunked(answer: &[u8]) -> Vec<u8> {
    let line = |from: usize| answer[from..].windows(2).position(|window| window == b"\r\n").map(|at| from + at);
    let mut at = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(answer.len(), |end| end + 4);
    let mut body = Vec::new();
    while let Some(end) = line(at) {
        let size = std::str::from_utf8(&answer[at..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size.filter(|size| *size > 0 && end + 2 + size <= answer.len()) else { break };
        body.extend_from_slice(&answer[end + 2..end + 2 + size]);
        at = end + 2 + size + 2;
    }
    body
}

/// What load on many connections came to.
#[derive(Debug, Clone, Copy)]
pub struct Parallel {
    /// Answers.
    pub requests: u64,
    /// For how long.
    pub elapsed: Duration,
}

impl Parallel {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }
}

/// Keeps `connections` busy for that long.
pub fn parallel(address: SocketAddr, ask: &Ask, connections: usize, milliseconds: u64) -> Parallel {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let started = Instant::now();
        let until = started + Duration::from_millis(milliseconds);
        let tasks: Vec<_> = (0..connections).map(|_| tokio::spawn(busy(address, ask.clone(), until))).collect();
        let mut requests = 0;
        for task in tasks {
            requests += task.await.expect("no panic").expect("no failed request");
        }
        Parallel { requests, elapsed: started.elapsed() }
    })
}

async fn busy(address: SocketAddr, ask: Ask, until: Instant) -> io::Result<u64> {
    let mut connection = tokio::net::TcpStream::connect(address).await?;
    connection.set_nodelay(true)?;
    let (mut inbox, mut requests) = (Vec::with_capacity(1 << 14), 0);
    while Instant::now() < until {
        connection.write_all(&ask.0).await?;
        inbox.clear();
        while !is_whole(&inbox)? {
            if connection.read_buf(&mut inbox).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        requests += 1;
    }
    Ok(requests)
}

/// Lets the upstream's held streams go on.
pub fn release(upstream: SocketAddr) {
    once(upstream, &Ask::post(upstream, "/release", "{}"));
}

/// Opens `count` streams at once; `while_open` runs when each has its first event. Returns how many came to a whole end.
pub fn open_at_once(address: SocketAddr, ask: &Ask, count: usize, while_open: impl FnOnce()) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut open = Vec::with_capacity(count);
        for batch in (0..count).collect::<Vec<_>>().chunks(50) {
            let opening = batch.iter().map(|_| opened(address, ask));
            open.extend(futures_util::future::join_all(opening).await.into_iter().filter_map(Result::ok));
        }
        while_open();
        let ends = futures_util::future::join_all(open.into_iter().map(ended)).await;
        ends.into_iter().filter(|whole| *whole).count()
    })
}

async fn opened(address: SocketAddr, ask: &Ask) -> io::Result<tokio::net::TcpStream> {
    let mut connection = tokio::net::TcpStream::connect(address).await?;
    connection.write_all(&ask.0).await?;
    let mut inbox = Vec::new();
    while !inbox.windows(5).any(|window| window == b"word0") {
        if connection.read_buf(&mut inbox).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(connection)
}

async fn ended(mut connection: tokio::net::TcpStream) -> bool {
    let (mut block, mut tail) = (vec![0; 1 << 14], Vec::new());
    loop {
        match connection.read(&mut block).await {
            Ok(read @ 1..) => tail.extend_from_slice(&block[..read]),
            Ok(0) | Err(_) => return false,
        }
        if tail.ends_with(b"data: [DONE]\n\n\r\n0\r\n\r\n") {
            return true;
        }
        let excess = tail.len().saturating_sub(64);
        tail.drain(..excess);
    }
}

//! One connection: reads requests, performs replies.

use std::{io, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};

use super::{Reply, Seen, Step, server::State};

/// Serves connections until dropped.
pub(super) async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut tasks = tokio::task::JoinSet::new();
    for connection in 0.. {
        let Ok((stream, _)) = listener.accept().await else { return };
        let state = state.clone();
        tasks.spawn(async move {
            let _ = stream.set_nodelay(true);
            let _ = serve(stream, connection, &state).await;
        });
    }
}

async fn serve(stream: TcpStream, connection: usize, state: &State) -> io::Result<()> {
    let mut inbox = Vec::new();
    while let Some(mut seen) = read_request(&stream, &mut inbox).await? {
        if let Some(reply) = state.administer(&seen) {
            perform(&stream, reply, state).await?;
            continue;
        }
        seen.connection = connection;
        seen.model = seen.wants().model;
        let reply = state.reply_for(&seen);
        let index = state.record(seen);
        tokio::select! {
            biased;
            done = perform(&stream, reply, state) => match done {
                Ok(true) => state.mark(index, |seen| seen.finished = true),
                Ok(false) => {
                    state.mark(index, |seen| seen.finished = true);
                    return Ok(());
                }
                Err(_) => {
                    state.mark(index, |seen| seen.hung_up = true);
                    return Ok(());
                }
            },
            () = gone(&stream, &mut inbox) => {
                state.mark(index, |seen| seen.hung_up = true);
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Ends when the other side has closed or reset the connection.
async fn gone(stream: &TcpStream, inbox: &mut Vec<u8>) {
    while matches!(read_some(stream, inbox).await, Ok(1..)) {}
}

async fn read_some(stream: &TcpStream, inbox: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read_buf(inbox) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}

async fn read_request(stream: &TcpStream, inbox: &mut Vec<u8>) -> io::Result<Option<Seen>> {
    let end = loop {
        if let Some(end) = find(inbox, b"\r\n\r\n") {
            break end;
        }
        if read_some(stream, inbox).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&inbox[..end]).into_owned();
    inbox.drain(..end + 4);
    let Some(mut seen) = Seen::from_head(&head) else { return Ok(None) };
    seen.body = if seen.header("transfer-encoding").is_some() {
        read_chunks(stream, inbox).await?
    } else {
        let length = seen.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        take(stream, inbox, length).await?
    };
    Ok(Some(seen))
}

async fn read_chunks(stream: &TcpStream, inbox: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = find(inbox, b"\r\n") {
                break end;
            }
            if read_some(stream, inbox).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let size = usize::from_str_radix(&String::from_utf8_lossy(&inbox[..end]), 16).map_err(io::Error::other)?;
        inbox.drain(..end + 2);
        body.extend(take(stream, inbox, size).await?);
        take(stream, inbox, 2).await?;
        if size == 0 {
            return Ok(body);
        }
    }
}

async fn take(stream: &TcpStream, inbox: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    while inbox.len() < length {
        if read_some(stream, inbox).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let rest = inbox.split_off(length);
    Ok(std::mem::replace(inbox, rest))
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// Does the steps; false where the connection is not to be used again.
async fn perform(stream: &TcpStream, reply: Reply, state: &State) -> io::Result<bool> {
    let mut chunked = false;
    for step in reply.0 {
        match step {
            Step::Head { status, headers } => {
                let has = |name: &str| headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
                chunked = !has("content-length") && !matches!(status, 204 | 304);
                write_all(stream, head(status, &headers, chunked).as_bytes()).await?;
            }
            Step::Text { text } => body(stream, text.as_bytes(), chunked).await?,
            Step::Bytes { base64 } => body(stream, &STANDARD.decode(base64).map_err(io::Error::other)?, chunked).await?,
            Step::Drip { text, every_ms } => {
                for byte in text.bytes() {
                    body(stream, &[byte], chunked).await?;
                    sleep(Duration::from_millis(every_ms)).await;
                }
            }
            Step::Fill { bytes } => fill(stream, bytes, chunked).await?,
            Step::Raw { text } => write_all(stream, text.as_bytes()).await?,
            Step::Wait { gate } => {
                let mut gates = state.gates.subscribe();
                let _ = gates.wait_for(|open| open.contains(&gate)).await;
            }
            Step::Pause { ms } => sleep(Duration::from_millis(ms)).await,
            Step::Hang => std::future::pending().await,
            Step::Reset => {
                stream.set_zero_linger()?;
                return Ok(false);
            }
            Step::Close => return Ok(false),
            Step::End if chunked => write_all(stream, b"0\r\n\r\n").await?,
            Step::End => {}
            Step::Say(_) | Step::Refuse { .. } => return Err(io::Error::other("what stands for a whole reply has to be alone")),
        }
    }
    Ok(true)
}

fn head(status: u16, headers: &[(String, String)], chunked: bool) -> String {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if chunked {
        head += "transfer-encoding: chunked\r\n";
    }
    head + "\r\n"
}

async fn body(stream: &TcpStream, bytes: &[u8], chunked: bool) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    if !chunked {
        return write_all(stream, bytes).await;
    }
    let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
    framed.extend_from_slice(bytes);
    framed.extend_from_slice(b"\r\n");
    write_all(stream, &framed).await
}

async fn fill(stream: &TcpStream, bytes: u64, chunked: bool) -> io::Result<()> {
    let block = vec![b' '; 1 << 18];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(block.len() as u64);
        body(stream, &block[..now as usize], chunked).await?;
        left -= now;
    }
    Ok(())
}

async fn write_all(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

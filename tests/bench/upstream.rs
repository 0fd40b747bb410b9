//! An upstream that costs next to nothing: bare sockets, one thread, answers made before the start.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Events in a stream, besides `[DONE]`.
pub const EVENTS: usize = 200;

/// Serves until killed; says its port first.
pub fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("bound").port());
        let gate = watch::Sender::new(0_u64);
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let gate = gate.clone();
            tokio::spawn(async move {
                let _ = serve(stream, gate).await;
            });
        }
    });
}

/// What the request asks for between two events.
#[derive(Clone, Copy, PartialEq)]
enum Pace {
    None,
    /// 2 ms.
    Slow,
    /// After the first event, nothing until somebody asks for `/release`.
    Held,
}

async fn serve(mut stream: TcpStream, gate: watch::Sender<u64>) -> io::Result<()> {
    let answer = answer();
    let mut inbox = Vec::with_capacity(1 << 16);
    loop {
        let Some((head, length)) = read_head(&mut stream, &mut inbox).await? else { return Ok(()) };
        while inbox.len() < head + length {
            if stream.read_buf(&mut inbox).await? == 0 {
                return Ok(());
            }
        }
        let body = &inbox[head..head + length];
        let streamed = contains(body, b"\"stream\":true");
        let pace = match () {
            () if contains(body, b"PACED") => Pace::Slow,
            () if contains(body, b"HELD") => Pace::Held,
            () => Pace::None,
        };
        if inbox.starts_with(b"POST /release") {
            gate.send_modify(|opened| *opened += 1);
        }
        inbox.drain(..head + length);
        if streamed {
            write_stream(&mut stream, pace, gate.subscribe()).await?;
        } else {
            stream.write_all(&answer).await?;
        }
    }
}

/// Where the body begins, and its length.
async fn read_head(stream: &mut TcpStream, inbox: &mut Vec<u8>) -> io::Result<Option<(usize, usize)>> {
    loop {
        if let Some(end) = inbox.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&inbox[..end]).to_ascii_lowercase();
            let length = head.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
            return Ok(Some((end + 4, length.unwrap_or(0))));
        }
        if stream.read_buf(inbox).await? == 0 {
            return Ok(None);
        }
    }
}

/// Looks at both ends only, so that a megabyte of messages costs nothing here.
fn contains(body: &[u8], needle: &[u8]) -> bool {
    let near = 600.min(body.len());
    [&body[..near], &body[body.len() - near..]].iter().any(|part| part.windows(needle.len()).any(|window| window == needle))
}

fn answer() -> Vec<u8> {
    let body = format!(
        r#"{{"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"m1","choices":[{{"index":0,"message":{{"role":"assistant","content":"{}"}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":200,"completion_tokens":120,"total_tokens":320}}}}"#,
        "All that is gold does not glitter. ".repeat(16)
    );
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

async fn write_stream(stream: &mut TcpStream, pace: Pace, mut gate: watch::Receiver<u64>) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n").await?;
    for n in 0..EVENTS {
        let finish = if n + 1 == EVENTS { "\"stop\"" } else { "null" };
        stream.write_all(&chunk(&format!(
            "data: {{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m1\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"word{n} \"}},\"finish_reason\":{finish}}}]}}\n\n"
        ))).await?;
        match pace {
            Pace::None => {}
            Pace::Slow => tokio::time::sleep(Duration::from_millis(2)).await,
            Pace::Held if n == 0 => drop(gate.changed().await),
            Pace::Held => {}
        }
    }
    stream.write_all(&chunk("data: [DONE]\n\n")).await?;
    stream.write_all(b"0\r\n\r\n").await
}

fn chunk(text: &str) -> Vec<u8> {
    format!("{:x}\r\n{text}\r\n", text.len()).into_bytes()
}

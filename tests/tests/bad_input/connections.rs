//! HTTP that is old, or broken, on either side.

use serde_json::Value;
use whole::{
    client,
    dialects::Said,
    modelux::APP_KEY,
    upstream::{Reply, Step},
};

use super::{
    UPSTREAMS, bare, breaks,
    callers::{self, Caller},
    error_of, logged, own_and_other, post, stage,
};

/// Head and body of an answer read off a bare connection.
fn parted(answer: &[u8]) -> (String, String) {
    let text = String::from_utf8(answer.to_vec()).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("a head: {text}"));
    (head.to_ascii_lowercase(), body.to_owned())
}

fn head(caller: Caller, version: &str, more: &str) -> String {
    format!("POST {} HTTP/{version}\r\nauthorization: Bearer {APP_KEY}\r\ncontent-type: application/json\r\n{more}\r\n", caller.path())
}

#[tokio::test]
async fn a_caller_of_http_1_0_gets_its_answer_without_chunks_and_then_the_end() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        for model in own_and_other(caller) {
            for (stream, host) in [(false, ""), (false, "host: localhost\r\n"), (true, "")] {
                let body = caller.ask(model, stream).to_string();
                let request = head(caller, "1.0", &format!("{host}content-length: {}\r\n", body.len())) + &body;
                let answer = client::raw(stage.modelux.address, request.as_bytes()).await.expect("an answer");
                let (head, body) = parted(&answer);
                assert!(head.starts_with("http/1.0 200") || head.starts_with("http/1.1 200"), "{head}");
                assert!(!head.contains("transfer-encoding"), "such a caller knows no chunks: {head}");
                assert!(body.contains("hello"), "{caller:?} through {model}, stream {stream}: {body}");
                let is_whole = if stream { body.ends_with("\n\n") } else { serde_json::from_str::<Value>(&body).is_ok() };
                assert!(is_whole, "{body}");
            }
        }
    }
}

#[tokio::test]
async fn an_upstream_of_http_1_0_is_read_to_its_end() {
    let said = Said::text("old but good");
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let whole = format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{}", dialect.answer("scripted", &said));
            let events = dialect.events("scripted", &said, true).concat();
            let streamed = format!("HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n{events}");
            let raw = |text: String| Reply::new().then(Step::Raw { text }).then(Step::Close);
            stage.upstream.script(bare(model), [raw(whole), raw(streamed)]);
            let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
            assert_eq!(caller.heard(&answer).text, "old but good", "{caller:?} through {dialect:?}");
            let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
            assert_eq!(caller.heard_streamed(&answer).text, "old but good", "{caller:?} through {dialect:?}");
        }
    }
}

#[tokio::test]
async fn a_callers_chunks_are_taken_and_broken_ones_are_refused() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        let body = caller.ask("alpha/a1", false).to_string();
        let (first, second) = body.split_at(20);
        let chunked = |chunks: &str| head(caller, "1.1", "host: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\n") + chunks;
        let good = format!("{:x};note=1\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\ntrailer: x\r\n\r\n", first.len(), second.len());
        let answer = client::raw(stage.modelux.address, chunked(&good).as_bytes()).await.expect("an answer");
        assert!(parted(&answer).0.starts_with("http/1.1 200"), "{caller:?}");
        for bad in [
            format!("zz\r\n{body}\r\n0\r\n\r\n"),
            format!("-1\r\n{body}\r\n0\r\n\r\n"),
            format!("fffffffffffffffff\r\n{body}\r\n0\r\n\r\n"),
            format!("5\r\n{body}\r\n0\r\n\r\n"),
        ] {
            let calls = stage.upstream.seen().len();
            let answer = client::raw(stage.modelux.address, chunked(&bad).as_bytes()).await.expect("an answer");
            let (head, body) = parted(&answer);
            assert!(head.starts_with("http/1.1 400"), "{bad:.10}: {head}");
            let body: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("an error in the caller's form: {body:?}"));
            assert!(body["error"]["message"].as_str().is_some_and(|message| message.contains("broke off")), "{body}");
            assert_eq!(stage.upstream.seen().len(), calls, "nobody is called for it");
        }
    }
    assert_eq!(stage.modelux.logs(15).await.len(), 15, "each of them is in the log");
}

#[tokio::test]
async fn a_body_that_its_caller_cuts_off_is_in_the_log() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        let body = caller.ask("alpha/a1", false).to_string();
        for cut in [
            head(caller, "1.1", &format!("host: localhost\r\ncontent-length: {}\r\n", body.len() + 100)) + &body,
            head(caller, "1.1", "host: localhost\r\ntransfer-encoding: chunked\r\n") + &format!("{:x}\r\n{body}", body.len() + 100),
        ] {
            use tokio::io::AsyncWriteExt;
            let mut stream = tokio::net::TcpStream::connect(stage.modelux.address).await.expect("it listens");
            stream.write_all(cut.as_bytes()).await.expect("it reads");
            stream.shutdown().await.expect("a shutdown");
        }
    }
    let rows = stage.modelux.logs(6).await;
    assert!(rows.iter().all(|row| row["status"] == 400 || row["status"] == 499), "{rows:#?}");
    assert!(stage.upstream.seen().is_empty());
}

/// A head that announces chunks, and these chunks.
fn chunks(kind: &str, chunks: &str) -> Reply {
    let text = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
    Reply::new().then(Step::Raw { text }).then(Step::Close)
}

#[tokio::test]
async fn an_upstreams_broken_chunks_are_a_502_and_no_answer() {
    let said = Said::text("never heard");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[]).await;
            let body = dialect.answer("scripted", &said);
            for bad in [
                format!("zz\r\n{body}\r\n0\r\n\r\n"),
                format!("{:x}\r\n{body}\r\n", body.len()),
                format!("{:x}\r\n{body}", body.len() + 10),
                format!("{:x}\r\n{body}garbage\r\n0\r\n\r\n", body.len()),
            ] {
                stage.upstream.script(bare(model), [chunks("application/json", &bad)]);
                let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
                assert_eq!(answer.status, 502, "{caller:?} through {dialect:?}: {}", answer.text());
                let message = error_of(caller, &answer);
                assert!(message.contains(model) && message.contains("broke off"), "{message}");
                logged(&stage.modelux, &answer, 502).await;
            }
        }
    }
}

#[tokio::test]
async fn a_stream_whose_chunks_break_ends_with_an_error_event() {
    let said = Said::text("half of it");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[]).await;
            let events = dialect.events("scripted", &said, true);
            let begun = events[..events.len() - 3].concat();
            for bad in ["zz\r\nx\r\n0\r\n\r\n", "10\r\ndata: {", ""] {
                let all = format!("{:x}\r\n{begun}\r\n{bad}", begun.len());
                stage.upstream.script(bare(model), [chunks("text/event-stream", &all)]);
                let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
                assert!(answer.text().contains("half"), "what came is not taken back: {}", answer.text());
                let message = breaks(caller, &answer);
                assert!(message.contains(model), "{message}");
                let log = logged(&stage.modelux, &answer, 200).await;
                assert_eq!(log["trace"]["attempts"][0]["outcome"], "broken");
            }
        }
    }
}

#[tokio::test]
async fn a_caller_that_reads_slowly_slows_its_upstream_down() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stage = stage(&[]).await;
    post(&stage.modelux, Caller::Chat, Caller::Chat.ask("alpha/a2", true).to_string()).await;
    let before = super::peak_kib(&stage.modelux);
    let event = whole::openai::content_event(&"x".repeat(1 << 20));
    let events = (0..96).fold(Reply::stream(), |reply, _| reply.text(event.clone()));
    stage.upstream.script("a1", [events.text(whole::openai::finish_event()).text(whole::openai::DONE).end()]);
    let body = Caller::Chat.ask("alpha/a1", true).to_string();
    let request = head(Caller::Chat, "1.0", &format!("content-length: {}\r\n", body.len())) + &body;
    let mut stream = tokio::net::TcpStream::connect(stage.modelux.address).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let (mut piece, mut read) = (vec![0; 1 << 16], 0);
    while let Ok(more @ 1..) = stream.read(&mut piece).await {
        read += more;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert!(read > 96 << 20, "{read} bytes came");
    let grown = super::peak_kib(&stage.modelux) - before;
    // All of it would be 96 MiB.
    assert!(grown < 72 << 10, "{grown} KiB were held for it");
}

//! Bodies that upstreams compressed, although they were asked not to.

use std::io::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use whole::{
    dialects::Said,
    upstream::{Reply, Step},
};

use super::{UPSTREAMS, bare, breaks, callers, error_of, logged, peak_kib, post, stage};

/// What the proxy may take at its highest while something tries to fill its memory.
const ENOUGH_KIB: u64 = 400 << 10;

type Squeeze = fn(&[u8]) -> Vec<u8>;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    coder.write_all(bytes).expect("a Vec takes every write");
    coder.finish().expect("a Vec takes every write")
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    coder.write_all(bytes).expect("a Vec takes every write");
    coder.finish().expect("a Vec takes every write")
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut coder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
    coder.write_all(bytes).expect("a Vec takes every write");
    coder.into_inner()
}

const CODINGS: [(&str, Squeeze); 4] = [("gzip", gzip), ("x-gzip", gzip), ("deflate", deflate), ("br", brotli)];

/// A 200 with that body, sent in pieces of a thousand bytes.
pub fn reply(kind: &str, coding: Option<&str>, bytes: &[u8]) -> Reply {
    let headers: Vec<_> = [("content-type", kind)].into_iter().chain(coding.map(|coding| ("content-encoding", coding))).collect();
    let reply = Reply::new().head(200, &headers);
    bytes.chunks(1_000).fold(reply, |reply, piece| reply.then(Step::Bytes { base64: STANDARD.encode(piece) })).end()
}

/// Gzip of `head`, spaces to a GiB, and `tail`.
fn bomb(head: &str, tail: &str) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    coder.write_all(head.as_bytes()).expect("a Vec takes every write");
    let block = vec![b' '; 1 << 20];
    for _ in 0..1 << 10 {
        coder.write_all(&block).expect("a Vec takes every write");
    }
    coder.write_all(tail.as_bytes()).expect("a Vec takes every write");
    coder.finish().expect("a Vec takes every write")
}

#[tokio::test]
async fn a_compressed_answer_is_read_whole_and_streamed() {
    let stage = stage(&[]).await;
    let said = Said::text("squeezed but whole");
    for (coding, squeeze) in CODINGS {
        for caller in callers::ALL {
            for (dialect, model) in UPSTREAMS {
                let body = squeeze(dialect.answer("scripted", &said).as_bytes());
                stage.upstream.script(bare(model), [reply("application/json", Some(coding), &body)]);
                let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
                assert_eq!(caller.heard(&answer).text, "squeezed but whole", "{coding}: {caller:?} through {dialect:?}");
                let body = squeeze(dialect.events("scripted", &said, true).concat().as_bytes());
                stage.upstream.script(bare(model), [reply("text/event-stream", Some(coding), &body)]);
                let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
                assert_eq!(caller.heard_streamed(&answer).text, "squeezed but whole", "{coding}: {caller:?} through {dialect:?}");
                assert_eq!(answer.header("content-encoding"), None);
            }
        }
    }
}

#[tokio::test]
async fn a_compressed_stream_is_sent_on_event_by_event() {
    let said = Said::text("first second third");
    for (dialect, model) in UPSTREAMS {
        let stage = stage(&[]).await;
        let events = dialect.events("scripted", &said, true);
        let at = events.iter().position(|event| event.contains("first")).expect("there") + 1;
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        coder.write_all(events[..at].concat().as_bytes()).expect("a Vec takes every write");
        coder.flush().expect("a Vec takes every write");
        let first = std::mem::take(coder.get_mut());
        coder.write_all(events[at..].concat().as_bytes()).expect("a Vec takes every write");
        let rest = coder.finish().expect("a Vec takes every write");
        let head = Reply::new().head(200, &[("content-type", "text/event-stream"), ("content-encoding", "gzip")]);
        let piece = |bytes: &[u8]| Step::Bytes { base64: STANDARD.encode(bytes) };
        stage.upstream.script(bare(model), [head.then(piece(&first)).wait("go").then(piece(&rest)).end()]);
        let mut answer = stage.modelux.stream(whole::stage::ask_streamed(model)).await;
        let mut before = String::new();
        while !before.contains("first") {
            before += &answer.event().await.unwrap_or_else(|| panic!("{dialect:?}: no text in {before}"));
        }
        stage.upstream.release("go");
        assert!(answer.rest().await.text().contains("third"), "{dialect:?}");
    }
}

#[tokio::test]
async fn what_is_not_compressed_as_it_says_is_named() {
    let said = Said::text("half of it");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[]).await;
            let plain = dialect.answer("scripted", &said).into_bytes();
            let cut = gzip(&plain);
            for (coding, body) in [("gzip", &plain[..]), ("deflate", &plain), ("br", &[0xff; 64]), ("gzip", &cut[..cut.len() - 9])] {
                stage.upstream.script(bare(model), [reply("application/json", Some(coding), body)]);
                let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
                assert_eq!(answer.status, 502, "{caller:?} through {dialect:?}, {coding}: {}", answer.text());
                assert!(error_of(caller, &answer).contains("Content-Encoding"), "{}", answer.text());
                logged(&stage.modelux, &answer, 502).await;
            }
            stage.upstream.script(bare(model), [reply("application/json", Some("zstd"), &plain)]);
            let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
            assert_eq!(answer.status, 502, "{}", answer.text());
            assert!(error_of(caller, &answer).contains("zstd"), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_gzip_bomb_is_an_error_and_not_the_end_of_the_memory() {
    let answer_bomb = bomb("{\"a\":\"", "\"}");
    let event_bomb = bomb("data: {\"a\":\"", "\"}\n\n");
    for caller in callers::ALL {
        let [model, _] = super::own_and_other(caller);
        let stage = stage(&[]).await;
        for (stream, kind, body) in [(false, "application/json", &answer_bomb), (true, "text/event-stream", &event_bomb)] {
            stage.upstream.script(bare(model), [reply(kind, Some("gzip"), body)]);
            let answer = post(&stage.modelux, caller, caller.ask(model, stream).to_string()).await;
            assert_eq!(answer.status, 502, "{caller:?}, stream {stream}: {}", answer.text());
            assert!(error_of(caller, &answer).contains("larger than"), "{}", answer.text());
            logged(&stage.modelux, &answer, 502).await;
        }
        // The error of a provider, as large.
        let mut refused = reply("application/json", Some("gzip"), &answer_bomb);
        refused.0[0] = Step::Head { status: 500, headers: vec![("content-encoding".to_owned(), "gzip".to_owned())] };
        stage.upstream.script(bare(model), [refused]);
        let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
        assert_eq!(answer.status, 500, "{}", answer.text());
        assert!(!error_of(caller, &answer).is_empty());
        let peak = peak_kib(&stage.modelux);
        assert!(peak < ENOUGH_KIB, "its memory peaked at {peak} KiB");
    }
}

#[tokio::test]
async fn a_bomb_behind_the_first_words_ends_the_stream_with_an_error() {
    let said = Said::text("half of it");
    for (dialect, model) in UPSTREAMS {
        let caller = callers::ALL.into_iter().find(|caller| super::own_and_other(*caller)[0] == model).expect("one of each");
        let stage = stage(&[]).await;
        let events = dialect.events("scripted", &said, true);
        let begun = events[..events.len() - 3].concat();
        stage.upstream.script(bare(model), [reply("text/event-stream", Some("gzip"), &bomb(&format!("{begun}data: "), ""))]);
        let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
        assert!(answer.text().contains("half") && breaks(caller, &answer).contains("larger than"), "{}", answer.text());
        let peak = peak_kib(&stage.modelux);
        assert!(peak < ENOUGH_KIB, "its memory peaked at {peak} KiB");
    }
}

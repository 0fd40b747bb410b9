use bytes::Bytes;

use super::*;
use crate::chat::decoder;
use crate::sse::Splitter;

fn caller(include_usage: bool) -> Caller {
    Caller { body: Bytes::from_static(br#"{"model":"@prod"}"#), include_usage, created: 7, id: "req_1".to_owned(), input_tokens: 3 }
}

fn written(pieces: &[Piece], caller: &Caller) -> String {
    let (mut encoder, mut out) = (encoder(caller), Vec::new());
    for piece in pieces {
        encoder.write(piece, &mut out);
    }
    encoder.end(&mut out);
    String::from_utf8(out).unwrap()
}

fn rich() -> Vec<Piece> {
    let text = |text: &str| text.to_owned();
    vec![
        Piece::Start { id: Some(text("msg_1")), model: Some(text("claude")) },
        Piece::Thinking { at: 0, text: text("h\"m") },
        Piece::Signature { at: 0, signature: text("sig") },
        Piece::HiddenThinking { at: 1, data: text("d") },
        Piece::Text { at: 2, text: text("Hi\n") },
        Piece::Ping,
        Piece::ToolCall { at: 3, id: text("a"), name: text("f"), custom: false },
        Piece::Arguments { at: 3, json: text("{\"x\":") },
        Piece::Arguments { at: 3, json: text("1}") },
        Piece::ToolCall { at: 4, id: text("b"), name: text("sh"), custom: true },
        Piece::Arguments { at: 4, json: text("ls") },
        Piece::ToolCall { at: 5, id: text("c"), name: text("g"), custom: false },
        Piece::Usage(Usage { input: 10, cached_input: 4, output: 5, reasoning: 2, ..Usage::default() }),
        Piece::Finish(Finish::ToolCalls),
        Piece::End,
    ]
}

#[test]
fn a_stream_is_written_as_openai_writes_it() {
    insta::assert_snapshot!(written(&rich(), &caller(true)));
}

#[test]
fn usage_comes_only_to_those_who_asked() {
    let text = written(&rich(), &caller(false));
    assert!(!text.contains("usage"), "{text}");
    assert!(text.ends_with("\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"), "{text}");
}

#[test]
fn a_stream_that_says_nothing_is_whole_all_the_same() {
    let text = written(&[], &caller(true));
    let events: Vec<&str> = text.split_terminator("\n\n").collect();
    assert_eq!(events.len(), 4, "role, finish, usage, done: {text}");
    assert!(events[0].contains("\"id\":\"chatcmpl-req_1\"") && events[0].contains("\"model\":\"@prod\""), "{text}");
    assert!(events[2].contains("\"prompt_tokens\":3"), "{text}");
}

#[test]
fn what_is_written_reads_as_the_same_pieces() {
    let (mut splitter, mut decoder, mut read) = (Splitter::new(), decoder(), Vec::new());
    splitter.push(written(&rich(), &caller(true)).into());
    while let Some(event) = splitter.next_event().unwrap() {
        decoder.read(&event, &mut read).unwrap();
    }
    let mut expected: Vec<_> = rich().into_iter().filter(|piece| !matches!(piece, Piece::Ping)).collect();
    expected[0] = Piece::Start { id: Some("chatcmpl-msg_1".to_owned()), model: Some("claude".to_owned()) };
    // No arguments are an empty object, and usage comes last.
    let usage = expected.remove(11);
    expected.insert(11, Piece::Arguments { at: 5, json: "{}".to_owned() });
    expected.insert(13, usage);
    assert_eq!(read, expected);
}

//! Streams of every dialect, on their way to every caller.
//!
//! ```text
//! [which upstream][size][size][its bytes, cut into pieces of these sizes in turn]
//! ```
//! For Bedrock the bytes are lines, `name payload`, each of which becomes a frame; as they are they are no frames.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::Bytes;
use wire::{
    Caller, Dialect, Relay, Relayed,
    sse::{Event, Splitter},
    stream_with_text,
};

use crate::grammar::Grammar;

const UPSTREAMS: [Dialect; 5] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::AnthropicMessages, Dialect::OpenAiCompletions, Dialect::BedrockConverse];
const CALLERS: [Dialect; 4] = [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::AnthropicMessages, Dialect::OpenAiCompletions];

/// However a stream is cut, the caller gets the same: whole events of its own dialect in the order of its grammar, up to its
/// end or to where the stream is found broken.
pub fn stream(data: &[u8]) {
    let Some((&[which, sizes @ ..], stream)) = data.split_first_chunk::<3>() else { return };
    let from = UPSTREAMS[usize::from(which.wrapping_sub(b'0')) % UPSTREAMS.len()];
    for to in CALLERS {
        if from == Dialect::BedrockConverse {
            relay(from, to, &frames(stream), sizes);
        }
        relay(from, to, stream, sizes);
    }
}

fn relay(from: Dialect, to: Dialect, stream: &[u8], sizes: [u8; 2]) {
    for include_usage in [true, false] {
        let whole = relayed(Relay::new(from, to, &caller(include_usage), true), [Bytes::copy_from_slice(stream)]);
        let split = relayed(Relay::new(from, to, &caller(include_usage), false), pieces(stream, sizes));
        let shown = || format!("{from:?} to {to:?}, usage {include_usage}:\n{}", whole.text());
        assert_eq!((&whole.sent, &whole.end), (&split.sent, &split.end), "splits change what is sent: {}", shown());
        if from == to {
            continue;
        }
        let events = events([Bytes::copy_from_slice(&whole.sent)]);
        assert!(events.iter().all(|event| event.terminated), "each event is whole: {}", shown());
        let mut grammar = Grammar::new(to, include_usage);
        for event in events.iter().filter(|event| event.data.is_some()) {
            grammar.take(event).unwrap_or_else(|why| panic!("{why}: {}", shown()));
        }
        if whole.end.is_ok() {
            grammar.end().unwrap_or_else(|why| panic!("{why}: {}", shown()));
            said_again(to, &whole, &shown());
        }
    }
}

/// The caller reads what was said, and can be given another text in its place.
fn said_again(to: Dialect, whole: &Sent, shown: &str) {
    let heard = relayed(Relay::new(to, to, &caller(true), true), [Bytes::copy_from_slice(&whole.sent)]);
    // Completions have no calls, and neither have they refusals: what is left may be nothing.
    if to == Dialect::OpenAiCompletions {
        return;
    }
    assert_eq!(heard.end, Ok(()), "{shown}");
    // Anthropic's refusals are text, between which there may be more.
    let (heard_text, said) = (heard.said.unwrap_or_default(), whole.said.as_deref().unwrap_or_default());
    if to == Dialect::AnthropicMessages {
        assert!(within(said, &heard_text), "{heard_text:?} lacks {said:?}: {shown}");
    } else {
        assert_eq!(heard_text, said, "{shown}");
    }
    let events: Vec<Bytes> = events([Bytes::copy_from_slice(&whole.sent)]).iter().map(Event::forward_bytes).collect();
    let other = stream_with_text(to, &events, "42", &caller(true)).concat();
    let other = relayed(Relay::new(to, to, &caller(true), true), [Bytes::from(other)]);
    assert_eq!((other.end, other.said.as_deref()), (Ok(()), Some("42")), "{shown}");
}

/// Is it all there, in this order, whatever is between?
pub(crate) fn within(said: &str, heard: &str) -> bool {
    let mut heard = heard.chars();
    said.chars().all(|char| heard.any(|other| other == char))
}

#[derive(Debug)]
struct Sent {
    sent: Vec<u8>,
    end: Result<(), String>,
    said: Option<String>,
}

impl Sent {
    fn text(&self) -> String {
        format!("{}{:?}", String::from_utf8_lossy(&self.sent), self.end)
    }
}

/// All that goes to the caller, as the proxy takes it.
fn relayed(mut relay: Relay, chunks: impl IntoIterator<Item = Bytes>) -> Sent {
    let mut sent = Vec::new();
    let end = (|| {
        for chunk in chunks {
            relay.push(chunk);
            loop {
                match relay.next_event()? {
                    Relayed::Forward { bytes, done, .. } => {
                        sent.extend_from_slice(&bytes);
                        if done {
                            return Ok(());
                        }
                    }
                    Relayed::Hidden => {}
                    Relayed::Starved => break,
                }
            }
        }
        sent.extend(relay.finish()?.into_iter().flatten());
        Ok(())
    })();
    relay.model();
    relay.usage();
    Sent { sent, end, said: relay.take_said().map(|said| said.text().to_owned()) }
}

fn events(chunks: impl IntoIterator<Item = Bytes>) -> Vec<Event> {
    let mut splitter = Splitter::new();
    let mut events = Vec::new();
    for chunk in chunks {
        splitter.push(chunk);
        while let Some(event) = splitter.next_event().expect("far below the limit") {
            events.push(event);
        }
    }
    events.extend(splitter.finish());
    events
}

fn pieces(mut stream: &[u8], sizes: [u8; 2]) -> Vec<Bytes> {
    let mut pieces = Vec::new();
    for size in sizes.into_iter().cycle() {
        if stream.is_empty() {
            break;
        }
        let (piece, rest) = stream.split_at(stream.len().min(usize::from(size % 64) + 1));
        pieces.push(Bytes::copy_from_slice(piece));
        stream = rest;
    }
    pieces
}

/// One frame for each line.
fn frames(lines: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let at = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
        let (name, payload) = (String::from_utf8_lossy(&line[..at]).into_owned(), line.get(at + 1..).unwrap_or_default());
        let header = if name.ends_with("Exception") { ":exception-type" } else { ":event-type" };
        let message = Message::new(Bytes::copy_from_slice(payload)).add_header(Header::new(header, HeaderValue::String(name.into())));
        write_message_to(&message, &mut all).expect("a short name");
    }
    all
}

fn caller(include_usage: bool) -> Caller {
    let body = Bytes::from_static(br#"{"model":"asked","messages":[]}"#);
    Caller { body, include_usage, input_tokens: 3, created: 1_700_000_000, id: "x1".to_owned() }
}

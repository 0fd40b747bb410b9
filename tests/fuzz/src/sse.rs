//! Streams.

use bytes::Bytes;
use wire::{
    Caller, Dialect,
    chat::{StreamEnd, StreamReader},
    sse::{Event, Splitter},
    stream_with_text,
};

/// However the bytes are split, the events are the same, all bytes are in them, and the verdict is one.
/// The first two bytes say how they are split.
pub fn sse(data: &[u8]) {
    let Some((sizes, stream)) = data.split_first_chunk::<2>() else { return };
    let whole = events([Bytes::copy_from_slice(stream)]);
    let split = events(pieces(stream, *sizes));
    assert_eq!(whole, split, "splits change the events");
    let raw: Vec<u8> = whole.iter().flat_map(|event| event.raw.to_vec()).collect();
    assert_eq!(raw, stream, "bytes are lost");
    let (mut plain, mut gathering) = (StreamReader::new(), StreamReader::gathering());
    for event in &whole {
        assert_eq!(plain.read(event), gathering.read(event), "gathering changes what an event is");
        forwarded(event);
    }
    assert_eq!(plain.end(), gathering.end());
    assert_eq!((plain.usage(), plain.output_chars(), plain.is_done()), (gathering.usage(), gathering.output_chars(), gathering.is_done()));
    gathering.take_said();
    // Another text is only put into what came to a good end.
    if gathering.end() == StreamEnd::Complete {
        let sent: Vec<Bytes> = whole.iter().map(Event::forward_bytes).collect();
        says(&stream_with_text(Dialect::OpenAiChat, &sent, "42", &Caller::default()));
    }
    small(stream);
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
        let (piece, rest) = stream.split_at(stream.len().min(usize::from(size % 32) + 1));
        pieces.push(Bytes::copy_from_slice(piece));
        stream = rest;
    }
    pieces
}

/// What is sent on is one event that ends and says the same.
fn forwarded(event: &Event) {
    let again = events([event.forward_bytes()]);
    let sent = again.first().expect("an event is sent on as an event");
    assert!(sent.terminated, "{sent:?}");
    // A byte order mark is none but at the start of a stream.
    if !event.raw.starts_with(b"\xEF\xBB\xBF") {
        assert_eq!((again.len(), &sent.data, &sent.name), (1, &event.data, &event.name), "{again:?}");
    }
}

/// The stream that was made in place of another says what it must, and ends well.
fn says(events: &[Bytes]) {
    let mut reader = StreamReader::gathering();
    for event in self::events(events.iter().cloned()) {
        reader.read(&event);
    }
    assert_eq!(reader.end(), StreamEnd::Complete, "{events:?}");
    assert_eq!(reader.take_said().expect("gathered").text(), "42", "{events:?}");
}

/// A limit is kept, and no event above it comes out.
fn small(stream: &[u8]) {
    let mut splitter = Splitter::with_limit(16);
    splitter.push(Bytes::copy_from_slice(stream));
    while let Ok(Some(event)) = splitter.next_event() {
        assert!(event.raw.len() <= 16, "{event:?}");
    }
}

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue};
use proptest::prelude::*;

use super::*;

/// A frame with these headers, all of them text.
pub(in crate::converse) fn frame(headers: &[(&'static str, &'static str)], payload: &str) -> Vec<u8> {
    let text = |value: &'static str| HeaderValue::String(value.into());
    let headers = headers.iter().map(|(name, value)| Header::new(*name, text(value))).collect();
    let mut bytes = Vec::new();
    write_message_to(&Message::new_from_parts(headers, payload.as_bytes().to_vec()), &mut bytes).unwrap();
    bytes
}

pub(in crate::converse) fn event_frame(name: &'static str, payload: &str) -> Vec<u8> {
    frame(&[(":event-type", name), (":content-type", "application/json"), (":message-type", "event")], payload)
}

fn read(bytes: &[u8]) -> Result<Vec<(String, String)>, String> {
    let mut frames = Frames::default();
    frames.push(Bytes::copy_from_slice(bytes));
    let mut all = Vec::new();
    while let Some(event) = frames.next_event()? {
        let text = |bytes: Option<Bytes>| String::from_utf8(bytes.unwrap_or_default().to_vec()).unwrap();
        all.push((text(event.name), text(event.data)));
    }
    frames.finish().map(|()| all)
}

#[test]
fn a_frame_is_read_by_hand_too() {
    // The example of Amazon's own description: no headers, no payload.
    let empty = [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff];
    assert_eq!(read(&empty), Ok(vec![(String::new(), String::new())]));
}

#[test]
fn exceptions_and_errors_have_their_names() {
    let exception = frame(&[(":message-type", "exception"), (":exception-type", "throttlingException")], r#"{"message":"slow"}"#);
    let error = frame(&[(":message-type", "error"), (":error-code", "InternalError"), (":error-message", "b\"ad")], "");
    let all = read(&[exception, error].concat()).unwrap();
    assert_eq!(all[0], ("throttlingException".to_owned(), r#"{"message":"slow"}"#.to_owned()));
    assert_eq!(all[1], ("InternalError".to_owned(), r#"{"message":"b\"ad"}"#.to_owned()));
}

#[test]
fn what_is_damaged_or_too_long_is_refused() {
    let good = event_frame("messageStart", "{}");
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(read(&bad).is_err(), "byte {at}");
        assert!(at == 0 || read(&good[..at]).is_err(), "cut at {at}");
    }
    let huge = [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];
    assert!(read(&huge).unwrap_err().contains("larger than"));
    for length in [0_u8, 15] {
        assert!(read(&[0, 0, 0, length, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap_err().contains("cannot be"));
    }
    assert!(read(&[0, 0, 0, 20, 0, 0, 0, 5, 0, 0, 0, 0]).unwrap_err().contains("cannot be"));
}

proptest! {
    #[test]
    fn however_the_bytes_are_cut_the_events_are_the_same(cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let all = [event_frame("messageStart", "{}"), event_frame("contentBlockDelta", r#"{"x":"ü"}"#), event_frame("metadata", "")].concat();
        let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(all.len())).collect();
        at.extend([0, all.len()]);
        at.sort_unstable();
        let (mut frames, mut names) = (Frames::default(), Vec::new());
        for pair in at.windows(2) {
            frames.push(Bytes::copy_from_slice(&all[pair[0]..pair[1]]));
            while let Some(event) = frames.next_event().unwrap() {
                names.push(event.name.unwrap());
            }
        }
        prop_assert_eq!(frames.finish(), Ok(()));
        prop_assert_eq!(names, ["messageStart", "contentBlockDelta", "metadata"]);
    }

    #[test]
    fn any_bytes_are_an_error_at_worst(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = read(&bytes);
    }
}

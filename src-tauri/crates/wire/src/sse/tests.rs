use proptest::prelude::*;

use super::*;

fn events(chunks: &[&[u8]]) -> Vec<Event> {
    let mut splitter = Splitter::new();
    let mut all = Vec::new();
    for chunk in chunks {
        splitter.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = splitter.next_event().unwrap() {
            all.push(event);
        }
    }
    all.extend(splitter.finish());
    all
}

fn data(events: &[Event]) -> Vec<Option<&str>> {
    events.iter().map(|event| event.data.as_deref().map(|data| str::from_utf8(data).unwrap())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_split_of_the_bytes_gives_the_same_events(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "data: {\"a\":1}", "data:x", "data", "event: error", ": ping", "\n", "\r\n", "\r", "\n\n",
                "\r\n\r\n", "id: 7", "é", "\u{FEFF}", " ", ":", "data: [DONE]\n\n",
            ]),
            0..14,
        ),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let text = tokens.concat();
        let bytes = text.as_bytes();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let chunks: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let split = events(&chunks);
        prop_assert_eq!(&split, &events(&[bytes]));
        let single: Vec<_> = bytes.chunks(1).collect();
        prop_assert_eq!(&split, &events(&single));
        let whole: Vec<u8> = split.iter().flat_map(|event| event.raw.to_vec()).collect();
        prop_assert_eq!(whole, bytes);
    }
}

#[test]
fn the_three_line_ends_mean_the_same() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["event: x", "data: a", "data: b", "", ": ping", "", "data:c", "", ""].join(end);
        let all = events(&[text.as_bytes()]);
        assert_eq!(data(&all), [Some("a\nb"), None, Some("c")], "{end:?}");
        assert_eq!(all[0].name.as_deref(), Some(&b"x"[..]));
        assert!(all[1].is_comment());
        assert!(all.iter().all(|event| event.terminated));
    }
}

#[test]
fn a_last_event_without_its_blank_line_is_given_at_the_end_and_forwarded_with_it() {
    let all = events(&[b"data: 1\n\ndata: [DONE]"]);
    assert_eq!(data(&all), [Some("1"), Some("[DONE]")]);
    assert!(all[0].terminated && !all[1].terminated);
    assert_eq!(all[1].forward_bytes(), "data: [DONE]\n\n");
    let all = events(&[b"data: [DONE]\n"]);
    assert_eq!(all[0].forward_bytes(), "data: [DONE]\n\n");
    let all = events(&[b"data: [DONE]\r"]);
    assert_eq!(all[0].forward_bytes(), "data: [DONE]\r\n\n", "a line feed alone would be a part of the line's own end");
}

#[test]
fn a_byte_order_mark_belongs_to_the_first_event_only() {
    let all = events(&["\u{FEFF}data: 1\n\n\u{FEFF}data: 2\n\n".as_bytes()]);
    assert_eq!(data(&all), [Some("1"), None]);
}

#[test]
fn an_event_within_one_chunk_is_not_copied() {
    let chunk = Bytes::from_static(b"data: 1\n\ndata: 2\n\n");
    let mut splitter = Splitter::new();
    splitter.push(chunk.clone());
    splitter.next_event().unwrap();
    let second = splitter.next_event().unwrap().unwrap();
    assert_eq!(second.raw.as_ptr(), chunk[9..].as_ptr());
    assert_eq!(second.data.unwrap().as_ptr(), chunk[15..].as_ptr());
}

#[test]
fn an_event_above_the_limit_is_refused_however_it_comes() {
    let mut whole = Splitter::with_limit(8);
    whole.push(Bytes::from_static(b"data: 12345\n\n"));
    assert_eq!(whole.next_event(), Err(SseError::TooLarge { limit: 8 }));
    let mut dripping = Splitter::with_limit(8);
    let refused = (0..9).any(|_| {
        dripping.push(Bytes::from_static(b"x"));
        dripping.next_event().is_err()
    });
    assert!(refused);
}

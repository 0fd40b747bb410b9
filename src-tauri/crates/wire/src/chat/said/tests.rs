use super::*;

fn body(message: &str, finish: &str) -> String {
    format!(
        r#"{{"id":"c1","choices":[{{"index":0,"message":{message},"finish_reason":{finish}}},{{"index":1,"message":{{"content":"other"}}}}]}}"#
    )
}

fn said(message: &str) -> Said {
    Said::of(body(message, "\"stop\"").as_bytes())
}

fn streamed(chunks: &[&str]) -> Said {
    let mut said = Said::default();
    for chunk in chunks {
        said.add(chunk);
    }
    said
}

fn delta(delta: &str) -> String {
    format!(r#"{{"choices":[{{"delta":{delta},"index":0}}]}}"#)
}

#[test]
fn the_text_is_that_of_the_first_choice_whatever_its_form() {
    assert_eq!(said(r#"{"role":"assistant","content":"caf\u00e9 \ud800!"}"#).text(), "café \u{fffd}!");
    assert_eq!(said(r#"{"content":[{"type":"text","text":"a"},"b",{"type":"image"},{"text":"c"}]}"#).text(), "abc");
    assert_eq!(said(r#"{"content":null}"#).text(), "");
    let out_of_order = r#"{"choices":[{"message":{"content":"second"},"index":1},{"message":{"content":"first"},"index":0}]}"#;
    assert_eq!(Said::of(out_of_order.as_bytes()).text(), "first");
}

#[test]
fn a_refusal_stands_for_a_text_that_is_missing() {
    assert_eq!(said(r#"{"content":null,"refusal":"I will not"}"#).text(), "I will not");
    assert_eq!(said(r#"{"content":"yes","refusal":"no"}"#).text(), "yes");
}

#[test]
fn tool_calls_have_their_names_and_arguments() {
    let message = r#"{"content":null,"tool_calls":[{"id":"1","function":{"name":"a","arguments":"{\"x\":1}"}},
        {"id":"2","type":"custom","custom":{"name":"b","input":"raw"}},{"function":{"name":"a","arguments":{"y":2}}}]}"#;
    let calls: Vec<_> = said(message).tool_calls.into_iter().map(|call| (call.name, call.arguments)).collect();
    let wanted = [("a", r#"{"x":1}"#), ("b", "raw"), ("a", r#"{"y":2}"#)].map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(calls, wanted);
    assert_eq!(said(r#"{"function_call":{"name":"old","arguments":"{}"}}"#).tool_calls[0].name, "old");
}

#[test]
fn a_stream_says_what_its_pieces_say_together() {
    let chunks = [
        delta(r#"{"role":"assistant","content":""}"#),
        delta(r#"{"content":"Hel"}"#),
        r#"{"choices":[{"delta":{"content":"not me"},"index":1}]}"#.to_owned(),
        delta(r#"{"content":"lo"}"#),
        r#"{"choices":[{"delta":{},"index":0,"finish_reason":"stop"}]}"#.to_owned(),
        r#"{"choices":[],"usage":{"prompt_tokens":1}}"#.to_owned(),
    ];
    let said = streamed(&chunks.each_ref().map(String::as_str));
    assert_eq!((said.text(), said.finish_reason.as_deref()), ("Hello", Some("stop")));
}

#[test]
fn streamed_tool_calls_are_put_together_by_their_index() {
    let chunks = [
        delta(r#"{"tool_calls":[{"index":0,"id":"1","function":{"name":"a","arguments":""}}]}"#),
        delta(r#"{"tool_calls":[{"index":1,"id":"2","function":{"name":"b","arguments":"{"}}]}"#),
        delta(r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}},{"index":1,"function":{"arguments":"}"}}]}"#),
        delta(r#"{"tool_calls":[{"index":0,"function":{"name":"a","arguments":"1}"}}]}"#),
    ];
    let said = streamed(&chunks.each_ref().map(String::as_str));
    let calls: Vec<_> = said.tool_calls.iter().map(|call| (&*call.name, &*call.arguments)).collect();
    assert_eq!(calls, [("a", r#"{"x":1}"#), ("b", "{}")]);
}

#[test]
fn the_mean_of_the_log_probabilities_is_over_all_tokens() {
    let with = |logprobs: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"x"}},"logprobs":{logprobs}}}]}}"#);
    let said = streamed(&[
        &with(r#"{"content":[{"token":"a","logprob":-1.0,"top_logprobs":[{"logprob":-9}]},{"token":"b","logprob":-3}]}"#),
        &with("null"),
        &with(r#"{"content":[{"token":"c","logprob":-5e-1}]}"#),
    ]);
    assert_eq!(said.logprob_mean(), Some(-1.5));
    assert_eq!(Said::default().logprob_mean(), None);
}

#[test]
fn of_very_many_calls_the_first_ones_are_read() {
    let piece = |index: u32, function: &str| delta(&format!(r#"{{"tool_calls":[{{"index":{index},"function":{{{function}}}}}]}}"#));
    let mut chunks: Vec<String> = (0..5_000).map(|index| piece(index, &format!(r#""name":"f{index}""#))).collect();
    chunks.extend([0, 1_023, 4_000, 1_023].map(|index| piece(index, r#""arguments":"x""#)));
    let said = streamed(&chunks.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(said.tool_calls.len(), 1_024);
    let call = |at: usize| (said.tool_calls[at].name.as_str(), said.tool_calls[at].arguments.as_str());
    assert_eq!((call(0), call(1), call(1_023)), (("f0", "x"), ("f1", ""), ("f1023", "xx")));
    let whole: Vec<_> = (0..2_000).map(|_| r#"{"function":{"name":"a","arguments":"{}"}}"#).collect();
    let whole = Said::of(body(&format!(r#"{{"tool_calls":[{}]}}"#, whole.join(",")), "null").as_bytes());
    assert_eq!(whole.tool_calls.len(), 1_024, "a body's, too");
}

#[test]
fn what_is_no_answer_says_nothing() {
    for odd in ["", "[]", "7", "{", r#"{"choices":7}"#, r#"{"choices":[7,null]}"#, r#"{"choices":[{"message":7}]}"#] {
        assert_eq!(Said::of(odd.as_bytes()), Said::default(), "{odd}");
    }
}

#[test]
fn another_text_leaves_the_rest_of_a_body_as_it_was() {
    let put = |message: &str| String::from_utf8(with_text(&Bytes::from(body(message, "null")), "4 \"2\"").into_bytes().to_vec()).unwrap();
    assert_eq!(
        put(r#"{"role":"assistant", "content" : "x" ,"n":1.50}"#),
        body(r#"{"role":"assistant", "content" : "4 \"2\"" ,"n":1.50}"#, "null")
    );
    assert_eq!(put(r#"{"content":null}"#), body(r#"{"content":"4 \"2\""}"#, "null"));
    assert_eq!(put(r#"{"role":"assistant"}"#), body(r#"{"content":"4 \"2\"","role":"assistant"}"#, "null"));
    assert_eq!(put("{}"), body(r#"{"content":"4 \"2\""}"#, "null"));
    let odd = Bytes::from_static(b"{\"choices\":[]}");
    assert_eq!(with_text(&odd, "x").into_bytes(), odd);
}

#[test]
fn another_text_goes_to_the_choice_that_is_read_wherever_it_stands() {
    let body = |first: &str| {
        Bytes::from(format!(r#"{{"choices":[{{"message":{{"content":"b"}},"index":1}},{{"index":0,"message":{{"content":"{first}"}}}}]}}"#))
    };
    assert_eq!(with_text(&body("a"), "42").into_bytes(), body("42"));
    assert_eq!(Said::of(&body("42")).text(), "42");
}

#[test]
fn another_text_of_a_stream_comes_in_the_streams_own_envelope() {
    let event = |data: &str| Bytes::from(format!("data: {data}\n\n"));
    let usage = event(r#"{"id":"c9","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#);
    let events = [
        Bytes::from_static(b": ping\n\n"),
        // Azure begins with one that has neither choices nor usage.
        event(r#"{"id":"","choices":[],"prompt_filter_results":[]}"#),
        event(r#"{"id":"c9","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":{"content":"41"}}]}"#),
        event(r#"{"id":"c9","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#),
        usage.clone(),
        Bytes::from_static(b"data: [DONE]\n\n"),
    ];
    let chunk = |delta: &str, finish: &str| {
        event(&format!(
            r#"{{"id":"c9","object":"chat.completion.chunk","created":5,"model":"m","choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}]}}"#
        ))
    };
    let wanted = [
        chunk(r#"{"role":"assistant","content":""}"#, "null"),
        chunk(r#"{"content":"42"}"#, "null"),
        chunk("{}", "\"stop\""),
        usage,
        Bytes::from_static(b"data: [DONE]\n\n"),
    ];
    assert_eq!(stream_with_text(&events, "42"), wanted);
    assert_eq!(stream_with_text(&[], "42").len(), 4, "without an envelope it is still a stream");
}

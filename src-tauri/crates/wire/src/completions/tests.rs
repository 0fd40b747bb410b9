use super::*;
use crate::hub::{Finish, Piece};
use crate::{Dialect, Facts, Relay, Relayed, Request, UpstreamEdit, reply};

fn request(body: Value) -> Request {
    Request::read(Dialect::OpenAiCompletions, body.to_string().into()).unwrap()
}

fn facts(body: Value) -> Facts {
    request(body).facts
}

fn caller(include_usage: bool) -> Caller {
    Caller { body: Bytes::from_static(br#"{"model":"@prod"}"#), include_usage, created: 7, id: "req_1".to_owned(), input_tokens: 3 }
}

#[test]
fn reads_what_routing_needs() {
    let body = json!({"model": "m", "prompt": "Say it.", "suffix": "end", "max_tokens": 5, "stream": true, "stream_options": {"include_usage": true}, "user": "u", "n": 2});
    let facts = facts(body);
    assert_eq!((facts.model.as_str(), facts.stream, facts.include_usage, facts.max_tokens), ("m", true, Some(true), Some(5)));
    assert_eq!((facts.input_chars, facts.messages, facts.n, facts.user.as_deref()), (10, 1, Some(2), Some("u")));
}

#[test]
fn prompts_count_in_every_form() {
    let count = |prompt: Value| {
        let facts = facts(json!({"model": "m", "prompt": prompt}));
        (facts.input_chars, facts.messages)
    };
    assert_eq!(count(json!("abc")), (3, 1));
    assert_eq!(count(json!(["abc", "de"])), (5, 2));
    assert_eq!(count(json!([1, 2, 3])), (12, 1));
    assert_eq!(count(json!([[1, 2], [3]])), (12, 2));
    assert_eq!(count(json!(null)), (0, 0));
    let wrong = Request::read(Dialect::OpenAiCompletions, Bytes::from_static(br#"{"model":"m","prompt":{}}"#)).unwrap_err();
    assert_eq!(wrong.param().as_deref(), Some("prompt"));
}

#[test]
fn a_prompt_becomes_a_chat_of_one_message() {
    let request = request(
        json!({"model": "x", "prompt": ["Say it."], "max_tokens": 5, "temperature": 0, "stop": "\n", "echo": false, "best_of": 1, "logit_bias": {"1": 2}}),
    );
    let out = request.upstream(Dialect::OpenAiChat, &UpstreamEdit { model: "m", ..UpstreamEdit::default() }).unwrap();
    let body: Value = serde_json::from_slice(&out.body.into_bytes()).unwrap();
    let expected = json!({"model": "m", "messages": [{"role": "user", "content": "Say it."}], "max_tokens": 5, "temperature": 0, "stop": ["\n"], "logit_bias": {"1": 2}});
    assert_eq!((body, out.warnings), (expected, Vec::new()));
}

#[test]
fn what_no_chat_can_be_asked_is_named() {
    let cases = [
        ("prompt", json!(["a", "b"])),
        ("prompt", json!([1, 2])),
        ("prompt", json!([])),
        ("prompt", json!(null)),
        ("suffix", json!("end")),
        ("echo", json!(true)),
        ("best_of", json!(3)),
        ("logprobs", json!(0)),
        ("n", json!(2)),
    ];
    for (member, value) in cases {
        let mut body = json!({"model": "m", "prompt": "a"});
        body[member] = value.clone();
        assert_eq!(request(body).hub().expect_err(&format!("{member}: {value}")).param, member);
    }
}

const ANSWER: &[u8] = br#"{"id":"cmpl-1","object":"text_completion","model":"m","choices":[{"text":"abcd","index":0,"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;

#[test]
fn an_answer_is_read() {
    let facts = reply::read(Dialect::OpenAiCompletions, ANSWER).unwrap();
    assert!(facts.has_content);
    assert_eq!((facts.output_chars, facts.finish_reason.as_deref(), facts.usage.map(|usage| usage.output)), (4, Some("length"), Some(2)));
    assert_eq!(reply::said(Dialect::OpenAiCompletions, ANSWER).text(), "abcd");
    assert_eq!(read_reply(br#"{"choices":[]}"#), Err(Malformed::EmptyChoices));
}

#[test]
fn another_text_takes_the_place_of_the_answers() {
    let other = with_text(&Bytes::from_static(ANSWER), "x\"y").into_bytes();
    assert_eq!(other, String::from_utf8_lossy(ANSWER).replace("\"abcd\"", "\"x\\\"y\"").as_bytes());
}

#[test]
fn a_chats_answer_is_written_as_a_completion() {
    let answer = Completion { parts: vec![Part::text("a"), Part::text("b")], finish: Some(Finish::Length), ..Completion::default() };
    let expected = json!({
        "id": "cmpl-req_1", "object": "text_completion", "created": 7, "model": "@prod",
        "choices": [{"text": "ab", "index": 0, "logprobs": null, "finish_reason": "length"}],
        "usage": {
            "prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4,
            "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0},
        },
    });
    assert_eq!(write_answer(&answer, &caller(false)), expected);
}

fn relayed(from: Dialect, stream: &'static str, include_usage: bool) -> (String, Vec<bool>) {
    let mut relay = Relay::new(from, Dialect::OpenAiCompletions, &caller(include_usage), true);
    relay.push(Bytes::from_static(stream.as_bytes()));
    let (mut out, mut contents) = (String::new(), Vec::new());
    loop {
        match relay.next_event().unwrap() {
            Relayed::Forward { bytes, content, .. } => {
                out.push_str(std::str::from_utf8(&bytes).unwrap());
                contents.push(content);
            }
            Relayed::Hidden => {}
            Relayed::Starved => break,
        }
    }
    assert_eq!(relay.finish().unwrap(), None);
    assert_eq!(relay.take_said().unwrap().text(), "Hi");
    (out, contents)
}

#[test]
fn its_own_stream_is_passed_on_but_for_usage_that_nobody_asked_for() {
    const TEXT: &str = "data: {\"id\":\"cmpl-1\",\"choices\":[{\"text\":\"Hi\",\"index\":0,\"finish_reason\":null}]}\n\n";
    const STREAM: &str = concat!(
        "data: {\"id\":\"cmpl-1\",\"choices\":[{\"text\":\"Hi\",\"index\":0,\"finish_reason\":null}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
        "data: [DONE]\n\n"
    );
    assert_eq!(relayed(Dialect::OpenAiCompletions, STREAM, false), (format!("{TEXT}data: [DONE]\n\n"), vec![true, false]));
    assert_eq!(relayed(Dialect::OpenAiCompletions, STREAM, true).0, STREAM);
}

#[test]
fn a_chats_stream_is_written_in_its_chunks() {
    const STREAM: &str = concat!(
        "data: {\"id\":\"chatcmpl-1\",\"model\":\"m\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"reasoning_content\":\"hm\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
        "data: [DONE]\n\n"
    );
    insta::assert_snapshot!(relayed(Dialect::OpenAiChat, STREAM, true).0);
}

#[test]
fn a_stream_with_another_text_keeps_its_id_and_model() {
    let event = Bytes::from_static(b"data: {\"id\":\"cmpl-1\",\"model\":\"m\",\"choices\":[{\"text\":\"Hi\"}]}\n\n");
    let events = crate::stream_with_text(Dialect::OpenAiCompletions, [&event], "Bye", &caller(false));
    let whole = String::from_utf8(events.concat()).unwrap();
    let head = "data: {\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":7,\"model\":\"m\",\"choices\":[{\"text\":\"Bye\"";
    assert!(whole.starts_with(head) && whole.ends_with("data: [DONE]\n\n"), "{whole}");
}

#[test]
fn pings_keep_the_stream_alive() {
    let mut out = Vec::new();
    encoder(&caller(false)).write(&Piece::Ping, &mut out);
    assert_eq!(out, b": ping\n\n");
}

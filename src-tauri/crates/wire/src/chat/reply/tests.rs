use super::*;

fn read(body: &str) -> ReplyFacts {
    read_reply(body.as_bytes()).unwrap()
}

#[test]
fn reads_what_accounting_needs() {
    let facts = read(
        r#"{"id":"c","model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"Hi there"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":12,"completion_tokens":30,"total_tokens":42,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":20}},"new":{"x":[1]}}"#,
    );
    assert_eq!(facts.model.as_deref(), Some("gpt-4o-2024-08-06"));
    assert_eq!(facts.finish_reason.as_deref(), Some("stop"));
    assert!(facts.has_content);
    assert_eq!(facts.output_chars, 8);
    let usage = Usage { input: 12, cached_input: 8, output: 30, reasoning: 20, ..Usage::default() };
    assert_eq!(facts.usage, Some(usage));
}

#[test]
fn text_a_tool_call_or_a_refusal_is_content() {
    let has_content = |message: &str| read(&format!(r#"{{"choices":[{{"message":{message}}}]}}"#)).has_content;
    assert!(has_content(r#"{"content":"x"}"#));
    assert!(has_content(r#"{"content":[{"type":"text","text":"x"}]}"#));
    assert!(has_content(r#"{"content":null,"refusal":"No."}"#));
    assert!(has_content(r#"{"content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}"#));
    assert!(has_content(r#"{"function_call":{"name":"f","arguments":""}}"#));
    assert!(!has_content(r#"{"content":""}"#));
    assert!(!has_content(r#"{"content":null,"tool_calls":[]}"#));
    assert!(!has_content(r#"{"content":null,"reasoning_content":"hmm"}"#));
    assert!(!has_content(r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hmm"}]}]}"#));
}

#[test]
fn reasoning_left_out_of_the_completion_is_found_in_the_total() {
    let usage = |text: &str| {
        let body = format!(r#"{{"choices":[{{}}],"usage":{text}}}"#);
        read(&body).usage.unwrap()
    };
    let xai = usage(r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,"completion_tokens_details":{"reasoning_tokens":20}}"#);
    assert_eq!((xai.output, xai.reasoning), (25, 20));
    let deepseek = usage(r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_cache_hit_tokens":4}"#);
    assert_eq!((deepseek.output, deepseek.cached_input), (5, 4));
    let silly = usage(r#"{"prompt_tokens":-1,"completion_tokens":1e99,"prompt_tokens_details":null}"#);
    assert_eq!(silly, Usage::default());
    let huge = usage(&format!(r#"{{"prompt_tokens":{0},"completion_tokens":{0},"total_tokens":{0}}}"#, u64::MAX));
    assert_eq!(huge.input, u64::MAX);
}

#[test]
fn an_error_in_a_200_is_an_error() {
    let error = read(r#"{"error":{"message":"Overloaded","code":503}}"#).error.unwrap();
    assert_eq!((error.status, error.message.as_str()), (503, "Overloaded"));
    let vllm = read(r#"{"object":"error","message":"bad","code":400}"#).error.unwrap();
    assert_eq!((vllm.status, vllm.message.as_str()), (400, "bad"));
    assert!(read(r#"{"error":null,"choices":[{}]}"#).error.is_none());
}

#[test]
fn refuses_what_is_no_completion() {
    let refusal = |body: &[u8]| read_reply(body).unwrap_err();
    assert_eq!(refusal(b""), Malformed::Empty);
    assert_eq!(refusal(b" \r\n"), Malformed::Empty);
    assert_eq!(refusal(b"[]"), Malformed::NoChoices);
    assert_eq!(refusal(b"{}"), Malformed::NoChoices);
    assert_eq!(refusal(br#"{"choices":[]}"#), Malformed::EmptyChoices);
    assert_eq!(refusal(b"\xFF"), Malformed::NotUtf8);
    assert!(matches!(refusal(b"<html>"), Malformed::NotJson(_)));
    assert!(matches!(refusal(br#"{"choices":[{"#), Malformed::NotJson(_)));
}

#[test]
fn a_trace_goes_behind_the_last_member_and_leaves_the_rest_alone() {
    let added = |body: &'static str| {
        let whole = add_member(&Bytes::from_static(body.as_bytes()), "mlx:trace", r#"{"n":1}"#);
        String::from_utf8(whole.into_bytes().to_vec()).unwrap()
    };
    assert_eq!(added("{\"a\": 1.0 }\n"), "{\"a\": 1.0,\"mlx:trace\":{\"n\":1} }\n");
    assert_eq!(added("{}"), "{}");
    assert_eq!(added("[1]"), "[1]");
}

use super::*;

fn read(body: &str) -> Result<Request, RequestError> {
    Request::read(Dialect::OpenAiChat, Bytes::copy_from_slice(body.as_bytes()))
}

fn facts(body: &str) -> Facts {
    read(body).unwrap().facts
}

fn refusal(body: &str) -> RequestError {
    read(body).unwrap_err()
}

/// A valid request with one more member.
fn with(member: &str) -> String {
    format!(r#"{{"model":"m","messages":[],{member}}}"#)
}

#[test]
fn reads_what_routing_needs() {
    let body = r#"{
        "model": "@production",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo"}}
            ]}
        ],
        "stream": true, "stream_options": {"include_usage": false},
        "max_tokens": 10, "max_completion_tokens": 20, "n": 2, "user": "u_1",
        "tools": [{"a":1}], "response_format": {"type": "json_schema", "json_schema": {}},
        "metadata": {"trace_id": "t", "conversation_id": "c", "other": 1},
        "mlx:tags": {"tenant": "acme"}, "mlx:end_user": "eu", "mlx:trace": true
    }"#;
    let facts = facts(body);
    assert_eq!(facts.model, "@production");
    assert!(facts.stream && facts.has_tools && facts.has_images && facts.wants_json);
    assert_eq!(facts.include_usage, Some(false));
    assert_eq!(facts.max_tokens, Some(20));
    assert_eq!((facts.messages, facts.n), (2, Some(2)));
    assert_eq!(facts.user.as_deref(), Some("u_1"));
    assert_eq!(facts.trace_id.as_deref(), Some("t"));
    assert_eq!(facts.conversation_id.as_deref(), Some("c"));
    assert_eq!(facts.mlx.tags["tenant"], "acme");
    assert_eq!(facts.mlx.end_user.as_deref(), Some("eu"));
    assert!(facts.mlx.trace);
    // "Be brief." + "What is this?" + the tool as written; the image counts nothing.
    assert_eq!(facts.input_chars, 9 + 13 + 7);
    assert_eq!(facts.input_tokens_estimate(), 8);
}

#[test]
fn nulls_read_as_absent() {
    let facts = facts(&with(
        r#""stream":null,"stream_options":null,"max_tokens":null,"n":null,"user":null,"tools":null,
        "response_format":null,"metadata":null,"mlx:tags":null,"mlx:end_user":null,"mlx:trace":null"#,
    ));
    assert_eq!(facts, Facts { model: "m".to_owned(), ..Facts::default() });
}

#[test]
fn an_empty_list_of_tools_is_no_tools() {
    assert!(!facts(&with(r#""tools":[]"#)).has_tools);
}

#[test]
fn a_key_written_with_escapes_is_the_same_key() {
    assert_eq!(facts(r#"{"mod\u0065l":"m","messages":[]}"#).model, "m");
    let twice = refusal(r#"{"model":"a","mod\u0065l":"b","messages":[]}"#);
    assert_eq!(twice, RequestError::Duplicate { param: "model".to_owned() });
}

#[test]
fn names_the_member_that_is_wrong() {
    let cases = [
        (r#"{"messages":[]}"#.to_owned(), "model", "missing_required_parameter"),
        (r#"{"model":"m"}"#.to_owned(), "messages", "missing_required_parameter"),
        (r#"{"model":" ","messages":[]}"#.to_owned(), "model", "empty_value"),
        (r#"{"model":7,"messages":[]}"#.to_owned(), "model", "invalid_type"),
        (r#"{"model":null,"messages":[]}"#.to_owned(), "model", "invalid_type"),
        (r#"{"model":"m","messages":{}}"#.to_owned(), "messages", "invalid_type"),
        (r#"{"model":"m","messages":[{},"x"]}"#.to_owned(), "messages[1]", "invalid_type"),
        (with(r#""stream":"yes""#), "stream", "invalid_type"),
        (with(r#""stream_options":[]"#), "stream_options", "invalid_type"),
        (with(r#""stream_options":{"include_usage":1}"#), "stream_options.include_usage", "invalid_type"),
        (with(r#""max_tokens":-1"#), "max_tokens", "invalid_type"),
        (with(r#""max_tokens":1.5"#), "max_tokens", "invalid_type"),
        (with(r#""max_tokens":1e999"#), "max_tokens", "invalid_type"),
        (with(r#""n":"2""#), "n", "invalid_type"),
        (with(r#""user":5"#), "user", "invalid_type"),
        (with(r#""tools":{}"#), "tools", "invalid_type"),
        (with(r#""response_format":"json""#), "response_format", "invalid_type"),
        (with(r#""metadata":{"trace_id":5}"#), "metadata.trace_id", "invalid_type"),
        (with(r#""mlx:tags":[]"#), "mlx:tags", "invalid_type"),
        (with(r#""mlx:tags":{"k":1}"#), "mlx:tags.k", "invalid_tag"),
        (with(r#""mlx:trace":"true""#), "mlx:trace", "invalid_type"),
        (with(r#""model":"again""#), "model", "duplicate_key"),
        (with(r#""messages":[]"#), "messages", "duplicate_key"),
        (with(r#""stream":true,"stream":false"#), "stream", "duplicate_key"),
    ];
    for (body, param, code) in cases {
        let error = refusal(&body);
        assert_eq!(error.param().as_deref(), Some(param), "{body}");
        assert_eq!(error.code(), code, "{body}");
    }
}

#[test]
fn refuses_what_is_no_json_object() {
    assert_eq!(refusal(""), RequestError::EmptyBody);
    assert_eq!(refusal(" \n"), RequestError::EmptyBody);
    assert_eq!(refusal("[]"), RequestError::NotAnObject { found: "an array" });
    assert_eq!(refusal("null"), RequestError::NotAnObject { found: "null" });
    assert_eq!(refusal("\u{FEFF}{}"), RequestError::ByteOrderMark);
    let latin1 = Request::read(Dialect::OpenAiChat, Bytes::from_static(b"{\"model\":\"\xE9\"}")).unwrap_err();
    assert_eq!(latin1, RequestError::NotUtf8 { offset: 10 });
}

#[test]
fn finds_malformed_json_at_any_depth_and_says_where() {
    let broken = [
        "{",
        "[",
        "nope",
        r#"{"model":"m","messages":[]}}"#,
        r#"{"model":"m","messages":[],}"#,
        r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":tru}]}]}"#,
        r#"{"model":"m","messages":[],"x":{"a":[{"b":01}]}}"#,
        r#"{"model":"m","messages":[],"x":"\q"}"#,
        r#"{"model":"m","messages":[],"x":"\u12"}"#,
        "{\"model\":\"m\",\"messages\":[],\"x\":\"a\tb\"}",
        r#"{'model':'m'}"#,
    ];
    for body in broken {
        assert_eq!(refusal(body).code(), "invalid_json", "{body}");
    }
    let error = refusal("{\n  \"model\": \"m\",\n  \"messages\": [},\n}");
    let (line, column) = (3, 16);
    assert!(matches!(error, RequestError::NotJson { line: l, column: c, .. } if (l, c) == (line, column)), "{error}");
}

#[test]
fn deep_nesting_passes_until_it_cannot_be_meant() {
    let nested = |depth: usize| with(&format!(r#""x":{}1{}"#, "[".repeat(depth), "]".repeat(depth)));
    assert!(read(&nested(40)).is_ok());
    assert_eq!(refusal(&nested(200)).code(), "invalid_json");
    assert_eq!(refusal(&nested(100_000)).code(), "invalid_json");
}

#[test]
fn lone_surrogates_and_huge_numbers_are_none_of_our_business() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"\ud83d"}],"seed":1e400,"big":123456789012345678901234567890}"#;
    assert_eq!(facts(body).input_chars, 1);
}

#[test]
fn tags_keep_their_rules() {
    let many: Vec<_> = (0..33).map(|n| format!(r#""k{n:02}":"v""#)).collect();
    let tags = |members: &str| with(&format!(r#""mlx:tags":{{{members}}}"#));
    assert_eq!(facts(&tags(&many[..32].join(","))).mlx.tags.len(), 32);
    assert_eq!(refusal(&tags(&many.join(","))).param().as_deref(), Some("mlx:tags.k32"));
    let long = |key: usize, value: usize| tags(&format!(r#""{}":"{}""#, "é".repeat(key), "é".repeat(value)));
    assert!(read(&long(64, 256)).is_ok(), "the limits count characters, not bytes");
    assert!(matches!(refusal(&long(65, 1)), RequestError::Tag { .. }));
    assert!(matches!(refusal(&long(1, 257)), RequestError::Tag { .. }));
}

#[test]
fn an_image_that_is_null_is_no_image() {
    let body = |image: &str| {
        let part = format!(r#"{{"type":"text","text":"x","image_url":{image}}}"#);
        format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{part}]}}]}}"#)
    };
    assert!(!facts(&body("null")).has_images);
    assert!(facts(&body(r#"{"url":"u"}"#)).has_images);
}

/// A body that has everything, to be broken at random.
const RICH: &str = r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a\u00e9\n"},
    {"type":"image_url","image_url":{"url":"u"}}]},{"role":"assistant","tool_calls":[{"function":{"arguments":"{}"}}]}],
    "stream":true,"stream_options":{"include_usage":true},"mlx:tags":{"a":"b"},"metadata":{"trace_id":"t"},"seed":-1.5e3}"#;

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(3000))]

    #[test]
    fn a_broken_body_is_refused_or_read_as_serde_json_reads_it(
        at in proptest::prelude::any::<proptest::sample::Index>(),
        byte in proptest::prelude::any::<u8>(),
        cut in proptest::prelude::any::<bool>(),
    ) {
        let mut bytes = RICH.as_bytes().to_vec();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(request) = Request::read(Dialect::OpenAiChat, Bytes::from(bytes.clone())) {
            let theirs: Result<&serde_json::value::RawValue, _> = serde_json::from_slice(&bytes);
            proptest::prop_assert!(theirs.is_ok());
            let edit = UpstreamEdit { model: "x", include_usage: true, ..UpstreamEdit::default() };
            let upstream = request.edited(&edit, &mut crate::hub::Notes::default()).into_bytes();
            let again = Request::read(Dialect::OpenAiChat, upstream).unwrap();
            proptest::prop_assert_eq!(again.facts.model, "x");
            proptest::prop_assert_eq!(again.facts.mlx, MlxFields::default());
        }
    }
}

#[test]
fn a_schema_is_told_from_plain_json() {
    for (format, wanted) in [
        ("null", (false, false)),
        (r#"{"type":"text"}"#, (false, false)),
        (r#"{"type":"json_object"}"#, (true, false)),
        (r#"{"type":"json_schema","json_schema":{}}"#, (true, true)),
    ] {
        let body = format!(r#"{{"model":"m","messages":[],"response_format":{format}}}"#);
        let facts = Request::read(Dialect::OpenAiChat, body.into()).unwrap().facts;
        assert_eq!((facts.wants_json, facts.wants_schema), wanted, "{format}");
    }
}

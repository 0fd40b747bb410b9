use super::*;
use http::HeaderValue;

fn now() -> SystemTime {
    httpdate::parse_http_date("Sun, 22 Nov 2026 10:00:00 GMT").unwrap()
}

fn failure(status: u16, body: &str) -> UpstreamFailure {
    read(status, &HeaderMap::new(), body.as_bytes(), now())
}

fn wait(status: u16, headers: &[(&'static str, &'static str)]) -> Option<u64> {
    let headers = headers.iter().map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
    read(status, &headers.collect(), b"", now()).retry_after_ms
}

#[test]
fn reads_the_shapes_that_servers_use() {
    let cases = [
        (r#"{"error":{"message":"m","code":"c","type":"t"}}"#, "m"),
        (r#"{"error":"m"}"#, "m"),
        (r#"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]"#, "m"),
        (r#"{"object":"error","message":"m","code":40001}"#, "m"),
        (r#"{"detail":"m"}"#, "m"),
        (r#"{"detail":[{"loc":["body"],"msg":"m"}]}"#, "m"),
        (r#"{"object":"error","message":{"detail":[{"msg":"m"}]}}"#, "m"),
        ("m", "m"),
        ("<html>502</html>", "The upstream answered with a web page instead of JSON."),
        ("", "The upstream answered 400 without a message."),
        ("{}", "The upstream answered 400 without a message."),
        ("[]", "The upstream answered 400 without a message."),
    ];
    for (body, message) in cases {
        assert_eq!(failure(400, body).message, message, "{body}");
    }
    let whole = failure(400, cases[0].0);
    assert_eq!((whole.code.as_deref(), whole.kind.as_deref()), (Some("c"), Some("t")));
    assert_eq!(failure(500, &"x".repeat(100_000)).message.chars().count(), MAX_MESSAGE + 1);
}

#[test]
fn tells_the_classes_apart() {
    use FailureClass::*;
    let cases = [
        (401, "{}", Auth),
        (403, "{}", Auth),
        (404, "{}", NotFound),
        (429, "{}", RateLimited),
        (500, "{}", Server),
        (503, "{}", Server),
        (400, "{}", Other),
        (400, r#"{"error":{"message":"x","code":"context_length_exceeded"}}"#, ContextLength),
        (400, r#"{"error":{"message":"This model's maximum context length is 8192 tokens."}}"#, ContextLength),
        (413, r#"{"error":{"message":"Prompt is too long"}}"#, ContextLength),
        (500, r#"{"error":{"message":"maximum context length"}}"#, Server),
        (400, r#"{"error":{"message":"x","code":"content_filter"}}"#, ContentFilter),
        (403, r#"{"error":{"message":"Your input was flagged"}}"#, ContentFilter),
    ];
    for (status, body, class) in cases {
        assert_eq!(failure(status, body).class, class, "{status} {body}");
    }
}

#[test]
fn the_most_exact_of_the_waiting_times_holds() {
    assert_eq!(wait(429, &[("retry-after", "2")]), Some(2000));
    assert_eq!(wait(429, &[("retry-after", "0.5")]), Some(500));
    assert_eq!(wait(429, &[("retry-after", "2"), ("retry-after-ms", "1500")]), Some(1500));
    assert_eq!(wait(503, &[("retry-after", "Sun, 22 Nov 2026 10:00:30 GMT")]), Some(30_000));
    assert_eq!(wait(429, &[("retry-after", "Sun, 22 Nov 2026 09:00:00 GMT")]), Some(0));
    assert_eq!(wait(429, &[("retry-after", "soon")]), None);
    assert_eq!(wait(429, &[("retry-after", "-1")]), None);
    assert_eq!(wait(429, &[("retry-after", "NaN")]), None);
}

#[test]
fn a_rate_limit_reset_holds_on_a_429_for_the_limit_that_is_used_up() {
    let reset = |value| wait(429, &[("x-ratelimit-reset-requests", value)]);
    assert_eq!(reset("1s"), Some(1000));
    assert_eq!(reset("6m0s"), Some(360_000));
    assert_eq!(reset("250ms"), Some(250));
    assert_eq!(reset("1h2m3.5s"), Some(3_723_500));
    assert_eq!(reset("7"), Some(7000));
    assert_eq!(reset("x"), None);
    assert_eq!(reset("1parsec"), None);
    assert_eq!(wait(500, &[("x-ratelimit-reset-requests", "1s")]), None);
    let both = [("x-ratelimit-reset-requests", "1s"), ("x-ratelimit-reset-tokens", "9s")];
    assert_eq!(wait(429, &both), Some(9000));
    let used_up = [
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-remaining-tokens", "100"),
        ("x-ratelimit-reset-requests", "1s"),
        ("x-ratelimit-reset-tokens", "9s"),
    ];
    assert_eq!(wait(429, &used_up), Some(1000));
}

#[test]
fn anthropic_says_when_to_come_back() {
    let at = |what: &str| {
        wait(429, &[("anthropic-ratelimit-requests-remaining", "0"), ("anthropic-ratelimit-requests-reset", what.to_owned().leak())])
    };
    assert_eq!(at("2026-11-22T10:00:07Z"), Some(7000));
    assert_eq!(at("2026-11-22T09:00:00+00:00"), Some(0));
    assert_eq!(at("soon"), None);
    let some_left = [("anthropic-ratelimit-tokens-remaining", "10"), ("anthropic-ratelimit-tokens-reset", "2026-11-22T10:00:07Z")];
    assert_eq!(wait(429, &some_left), None);
    let both = [("retry-after", "3"), ("anthropic-ratelimit-input-tokens-reset", "2026-11-22T10:00:07Z")];
    assert_eq!(wait(429, &both), Some(3000), "what is said outright holds");
}

#[test]
fn anthropic_and_amazon_are_understood() {
    use FailureClass::*;
    let overloaded = failure(529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#);
    assert_eq!(
        (overloaded.message.as_str(), overloaded.kind.as_deref(), overloaded.class),
        ("Overloaded", Some("overloaded_error"), Server)
    );
    let too_long = r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 9 + 9 > 10"}}"#;
    assert_eq!(failure(400, too_long).class, ContextLength);
    let headers = [(http::HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static("ThrottlingException:http://x/"))];
    let throttled = read(429, &headers.into_iter().collect(), br#"{"message":"Too many requests"}"#, now());
    assert_eq!((throttled.kind.as_deref(), throttled.class), (Some("ThrottlingException"), RateLimited));
    assert_eq!(failure(403, r#"{"Message":"User is not authorized"}"#).message, "User is not authorized");
}

#[test]
fn the_name_of_an_error_inside_a_200_stands_for_its_status() {
    let inside = |kind: &str| in_body(&format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"m"}}}}"#));
    assert_eq!((inside("overloaded_error").status, inside("overloaded_error").class), (529, FailureClass::Server));
    assert_eq!((inside("rate_limit_error").status, inside("rate_limit_error").class), (429, FailureClass::RateLimited));
    assert_eq!(inside("new_error").status, 502);
    let thrown = named("throttlingException", r#"{"message":"slow down"}"#);
    assert_eq!((thrown.status, thrown.message.as_str(), thrown.class), (429, "slow down", FailureClass::RateLimited));
}

use insta::assert_snapshot;

use super::*;

fn both(error: &ApiError) -> String {
    let body = |dialect| String::from_utf8(error.body(dialect, "req_1")).unwrap();
    format!("{}\n{}", body(Dialect::OpenAiChat), body(Dialect::AnthropicMessages))
}

#[test]
fn a_refused_request_names_its_member_in_either_dialect() {
    let refusal = RequestError::WrongType { param: "stream".to_owned(), expected: "a boolean", found: "a string".to_owned() };
    let error = ApiError::from(refusal);
    assert_eq!(error.status, 400);
    assert_snapshot!(both(&error), @r#"
    {"error":{"message":"`stream` must be a boolean, not a string.","type":"invalid_request_error","param":"stream","code":"invalid_type"}}
    {"type":"error","error":{"type":"invalid_request_error","message":"`stream` must be a boolean, not a string."},"request_id":"req_1"}
    "#);
}

#[test]
fn a_budget_error_has_a_number_for_its_code_and_says_which_budget() {
    let error = ApiError::new(402, ErrorKind::BudgetExceeded, "budget \"team-ml\" exceeded ($100.00 of $100.00)")
        .with_code(402)
        .with_extra("budget", json!({"name": "team-ml", "cap_usd": 100.0}));
    assert_snapshot!(both(&error), @r#"
    {"error":{"message":"budget \"team-ml\" exceeded ($100.00 of $100.00)","type":"budget_exceeded","param":null,"code":402,"budget":{"name":"team-ml","cap_usd":100.0}}}
    {"type":"error","error":{"type":"budget_exceeded","message":"budget \"team-ml\" exceeded ($100.00 of $100.00)","budget":{"name":"team-ml","cap_usd":100.0}},"request_id":"req_1"}
    "#);
}

#[test]
fn a_broken_stream_ends_with_an_error_event() {
    let error = ApiError::new(502, ErrorKind::Upstream, "the stream broke off");
    let events =
        [Dialect::OpenAiChat, Dialect::AnthropicMessages].map(|dialect| String::from_utf8(error.sse_event(dialect).to_vec()).unwrap());
    assert_snapshot!(events.concat(), @r#"
    data: {"error":{"message":"the stream broke off","type":"upstream_error","param":null,"code":null}}

    event: error
    data: {"type":"error","error":{"type":"api_error","message":"the stream broke off"}}
    "#);
}

#[test]
fn a_broken_stream_of_responses_ends_with_an_event_on_which_the_sdks_raise() {
    let error = ApiError::new(502, ErrorKind::Upstream, "the stream broke off").with_code("stream_broken");
    let event = String::from_utf8(error.sse_event(Dialect::OpenAiResponses).to_vec()).unwrap();
    assert_snapshot!(event, @r#"
    event: error
    data: {"type":"error","sequence_number":0,"code":"stream_broken","message":"the stream broke off","param":null,"error":{"message":"the stream broke off","type":"upstream_error","param":null,"code":"stream_broken"}}
    "#);
}

#[test]
fn every_kind_has_the_name_that_it_serialises_to() {
    for kind in ErrorKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}

#[test]
fn an_upstreams_error_has_anthropics_name_for_its_status() {
    for (status, name) in
        [(429, "rate_limit_error"), (529, "overloaded_error"), (404, "not_found_error"), (500, "api_error"), (502, "api_error")]
    {
        let body = ApiError::new(status, ErrorKind::Upstream, "x").value(Dialect::AnthropicMessages, None);
        assert_eq!(body["error"]["type"], name, "{status}");
    }
}

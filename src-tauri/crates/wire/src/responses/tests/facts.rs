use serde_json::json;

use super::*;
use crate::RequestError;

#[test]
fn a_codex_request_is_read_in_one_pass() {
    let facts = request(&codex()).facts;
    assert_eq!((facts.model.as_str(), facts.stream, facts.max_tokens), ("@code", true, Some(900)));
    assert_eq!((facts.has_tools, facts.has_images, facts.wants_json, facts.wants_schema), (true, true, true, true));
    assert_eq!((facts.messages, facts.user.as_deref()), (10, Some("u-1")));
    assert_eq!((facts.trace_id.as_deref(), facts.conversation_id.as_deref()), (Some("t1"), Some("c1")));
    assert_eq!(facts.previous_response, None);
}

#[test]
fn the_text_of_instructions_items_and_tools_is_counted() {
    let facts = request(&json!({
        "model": "m", "instructions": "12345",
        "input": [{"role": "user", "content": "123"}, {"type": "function_call_output", "call_id": "c", "output": "12"}],
        "tools": [{}]
    }))
    .facts;
    assert_eq!(facts.input_chars, 5 + 3 + 2 + 2);
    assert_eq!(request(&json!({"model": "m", "input": "hello"})).facts.input_chars, 5);
}

#[test]
fn an_answer_that_openai_keeps_is_named_whether_or_not_there_is_input() {
    let facts = request(&json!({"model": "m", "previous_response_id": "resp_1"})).facts;
    assert_eq!(facts.previous_response.as_deref(), Some("resp_1"));
}

#[test]
fn the_older_name_of_the_user_wins_whichever_comes_first() {
    for body in [r#"{"model":"m","user":"a","safety_identifier":"b"}"#, r#"{"model":"m","safety_identifier":"b","user":"a"}"#] {
        let read = Request::read(Dialect::OpenAiResponses, Bytes::from(body)).unwrap();
        assert_eq!(read.facts.user.as_deref(), Some("a"), "{body}");
    }
}

#[test]
fn members_of_the_wrong_type_are_named() {
    let wrong = |body: Value| match Request::read(Dialect::OpenAiResponses, Bytes::from(body.to_string())) {
        Err(RequestError::WrongType { param, .. }) => param,
        other => panic!("{other:?}"),
    };
    assert_eq!(wrong(json!({"model": "m", "input": 1})), "input");
    assert_eq!(wrong(json!({"model": "m", "input": [{}, "x"]})), "input[1]");
    assert_eq!(wrong(json!({"model": "m", "text": {"format": 1}})), "text.format");
    assert_eq!(wrong(json!({"model": "m", "max_output_tokens": "1"})), "max_output_tokens");
}

#[test]
fn thoughts_that_we_wrote_do_not_go_to_openai() {
    let pieces = [
        Piece::Thinking { at: 0, text: "hm".to_owned() },
        Piece::Signature { at: 0, signature: "EqQB".to_owned() },
        Piece::HiddenThinking { at: 1, data: "EmwK".to_owned() },
        Piece::Thinking { at: 2, text: "so".to_owned() },
        Piece::Text { at: 3, text: "a".to_owned() },
    ];
    let answered = datas(&events(&caller(&codex()), &pieces)).pop().unwrap()["response"]["output"].take();
    let theirs = json!({"type": "reasoning", "id": "rs_68af", "summary": [], "encrypted_content": "gAAAA"});
    let sent = |items: Vec<Value>| {
        let body = json!({"model": "m", "input": items});
        let edit = UpstreamEdit { model: "m", ..UpstreamEdit::default() };
        let sent = request(&body).upstream(Dialect::OpenAiResponses, &edit).unwrap().body.into_bytes();
        serde_json::from_slice::<Value>(&sent).unwrap()["input"].take()
    };
    let items = answered.as_array().unwrap().clone();
    assert_eq!(items.len(), 4, "three thoughts and the text");
    let message = items[3].clone();
    let mut said = vec![theirs.clone()];
    said.extend(items.clone());
    assert_eq!(sent(said), json!([theirs, message]));
    // As Codex sends them: without ids.
    let bare = |mut item: Value| {
        item.as_object_mut().unwrap().remove("id");
        item
    };
    let mut said: Vec<_> = items.into_iter().map(bare).collect();
    said.push(bare(theirs.clone()));
    assert_eq!(sent(said), json!([bare(message), bare(theirs)]));
    let plain = json!({"type": "reasoning", "content": [{"type": "reasoning_text", "text": "as vLLM has it"}]});
    assert_eq!(sent(vec![plain.clone()]), json!([plain]));
}

#[test]
fn a_hidden_thought_comes_back_to_its_maker_as_it_was() {
    let pieces = [Piece::HiddenThinking { at: 0, data: "EmwK".to_owned() }, Piece::Text { at: 1, text: "a".to_owned() }];
    let items = datas(&events(&caller(&codex()), &pieces)).pop().unwrap()["response"]["output"].take();
    let prompt = hub(&json!({"model": "m", "input": items})).unwrap();
    let expected = crate::hub::Part::Thinking { text: String::new(), signature: None, hidden: Some("EmwK".to_owned()) };
    assert_eq!(prompt.turns[0].parts[0], expected);
}

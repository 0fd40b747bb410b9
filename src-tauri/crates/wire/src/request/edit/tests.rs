use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Dialect;

fn request(body: &str) -> Request {
    Request::read(Dialect::OpenAiChat, Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

fn edited(body: &str, edit: &UpstreamEdit<'_>) -> String {
    String::from_utf8(request(body).edited(edit, &mut Notes::default()).into_bytes().to_vec()).unwrap()
}

fn to(model: &str) -> UpstreamEdit<'_> {
    UpstreamEdit { model, include_usage: true, ..UpstreamEdit::default() }
}

#[test]
fn only_the_model_changes_in_place() {
    let body =
        "{ \"temperature\":1.0e0,\t\"model\" : \"@production\" ,\r\n\"messages\":[{\"content\":\"\\ud83d \\u00e9 é\"}], \"z\":1e400 } ";
    assert_eq!(edited(body, &to("gpt-4o")), body.replace("@production", "gpt-4o"));
}

#[test]
fn a_body_that_needs_no_edit_is_the_same_bytes() {
    let request = request(r#"{"model":"m","messages":[]}"#);
    let body = request.edited(&to("m"), &mut Notes::default()).into_bytes();
    assert_eq!(body.as_ptr(), request.body().as_ptr());
}

#[test]
fn own_members_go_with_their_comma_wherever_they_stand() {
    let cases = [
        (r#"{"mlx:a":1,"model":"m","messages":[]}"#, r#"{"model":"m","messages":[]}"#),
        (r#"{ "mlx:a":1, "mlx:b":{} , "model":"m","messages":[]}"#, r#"{ "model":"m","messages":[]}"#),
        (r#"{"model":"m", "mlx:tags":{"a":"b"} , "messages":[]}"#, r#"{"model":"m" , "messages":[]}"#),
        (r#"{"model":"m","messages":[],"mlx:a":1,"mlx:b":2}"#, r#"{"model":"m","messages":[]}"#),
        (r#"{"mlx:a":1,"model":"m","mlx:b":2,"messages":[],"mlx:c":3}"#, r#"{"model":"m","messages":[]}"#),
        (r#"{"model":"m","messages":[],"\u006dlx:a":1}"#, r#"{"model":"m","messages":[]}"#),
    ];
    for (body, expected) in cases {
        assert_eq!(edited(body, &to("m")), expected);
    }
}

#[test]
fn a_stream_is_asked_for_its_usage_and_other_options_stay() {
    let cases = [
        ("", r#","stream_options":{"include_usage":true}"#),
        (r#","stream_options":null"#, r#","stream_options":{"include_usage":true}"#),
        (r#","stream_options":{}"#, r#","stream_options":{"include_usage":true}"#),
        (r#","stream_options":{ "x":1}"#, r#","stream_options":{"include_usage":true, "x":1}"#),
        (r#","stream_options":{"x":1, "include_usage" : false }"#, r#","stream_options":{"x":1, "include_usage" : true }"#),
        (r#","stream_options":{"include_usage":true}"#, r#","stream_options":{"include_usage":true}"#),
    ];
    for (before, after) in cases {
        let body = |options| format!(r#"{{"model":"m","messages":[],"stream":true{options}}}"#);
        assert_eq!(edited(&body(before), &to("m")), body(after));
        let silent = UpstreamEdit { include_usage: false, ..to("m") };
        assert_eq!(edited(&body(before), &silent), body(before));
    }
    let plain = r#"{"model":"m","messages":[]}"#;
    assert_eq!(edited(plain, &to("m")), plain, "an answer in one piece has its usage anyway");
}

#[test]
fn params_override_and_add_but_never_choose_the_model_or_the_stream() {
    let params = json!({
        "temperature": 0, "top_p": 0.5, "model": "evil", "stream": true, "mlx:tags": {},
        "stream_options": {"y": 2},
    });
    let edit = UpstreamEdit { params: params.as_object(), ..to("m") };
    assert_eq!(
        edited(r#"{"model":"@c","temperature": 1.0,"messages":[],"mlx:trace":true}"#, &edit),
        r#"{"model":"m","temperature": 0,"messages":[],"top_p":0.5,"stream_options":{"y":2}}"#,
    );
    assert_eq!(
        edited(r#"{"model":"m","messages":[],"stream":true,"stream_options":{"x":1}}"#, &edit),
        r#"{"model":"m","messages":[],"stream":true,"stream_options":{"y":2,"include_usage":true},"temperature":0,"top_p":0.5}"#,
    );
}

#[test]
fn a_key_that_is_there_twice_is_overridden_twice() {
    let params = json!({"seed": 7});
    let edit = UpstreamEdit { params: params.as_object(), ..to("m") };
    assert_eq!(edited(r#"{"model":"m","seed":1,"messages":[],"seed":2}"#, &edit), r#"{"model":"m","seed":7,"messages":[],"seed":7}"#,);
}

#[test]
fn thoughts_that_we_made_of_another_providers_do_not_go_to_a_chat_that_may_refuse_them() {
    let thought = |id: &str| format!(r#""reasoning_content":"hm","reasoning_details":[{{"text":"hm","id":"{id}"}}]"#);
    let body = |inner: &str| format!(r#"{{"model":"m","messages":[{{"role":"assistant",{inner}"content":"a"}},{{"role":"user"}}]}}"#);
    assert_eq!(edited(&body(&(thought("mlx:thought") + ",")), &to("m")), body(""));
    let own = body(&(thought("rs_1") + ","));
    assert_eq!(edited(&own, &to("m")), own, "a provider's own are its own");
}

#[test]
fn a_model_name_is_escaped() {
    assert_eq!(edited(r#"{"model":"x","messages":[]}"#, &to("a\"b\\\n")), r#"{"model":"a\"b\\\n","messages":[]}"#,);
}

#[test]
fn a_large_prompt_is_shared_and_not_copied() {
    let text = "x".repeat(1 << 20);
    let body = format!(r#"{{"model":"@c","messages":[{{"content":"{text}"}}],"mlx:trace":true}}"#);
    let request = request(&body);
    let segments = request.edited(&to("gpt-4o"), &mut Notes::default());
    let source = request.body().as_ptr_range();
    let shared: usize = segments.parts().iter().filter(|part| source.contains(&part.as_ptr())).map(Bytes::len).sum();
    assert!(shared > 1 << 20);
    assert_eq!(segments.len(), segments.clone().into_bytes().len());
}

fn value() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "1",
        "-0.0",
        "1e400",
        "null",
        "true",
        r#""é \ud83d""#,
        "[ ]",
        r#"{"model":"inner","mlx:x":1}"#,
        r#"[1 , {"a" : "b,}"}]"#,
    ])
    .prop_map(str::to_owned)
}

fn space() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", " ", "\n\t", "  "])
}

fn member() -> impl Strategy<Value = (String, String)> {
    let names = vec!["a", "b", "temperature", "mlx:x", "mlx:y", "c"];
    (prop::sample::select(names).prop_map(str::to_owned), value())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn everything_but_the_edits_is_untouched(
        members in prop::collection::vec(member(), 0..8),
        model_at in any::<prop::sample::Index>(),
        stream in any::<bool>(),
        spaces in prop::collection::vec(space(), 4),
    ) {
        let [a, b, c, d] = [spaces[0], spaces[1], spaces[2], spaces[3]];
        let mut all = members;
        all.insert(model_at.index(all.len() + 1), ("model".to_owned(), r#""@c""#.to_owned()));
        all.push(("messages".to_owned(), "[]".to_owned()));
        if stream {
            all.push(("stream".to_owned(), "true".to_owned()));
        }
        let body = |members: &[(String, String)]| {
            let list: Vec<_> =
                members.iter().map(|(key, value)| format!("{a}\"{key}\"{b}:{c}{value}{d}")).collect();
            format!("{{{}}}", list.join(","))
        };
        let result = edited(&body(&all), &to("real"));
        let mut expected = all.clone();
        expected.retain(|(key, _)| !key.starts_with("mlx:"));
        for (key, value) in &mut expected {
            if key == "model" {
                *value = r#""real""#.to_owned();
            }
        }
        if stream {
            expected.push(("stream_options".to_owned(), r#"{"include_usage":true}"#.to_owned()));
        }
        // White space beside a removed comma may go with it; nothing else may.
        let tokens = |text: &str| text.replace([' ', '\n', '\t'], "");
        prop_assert_eq!(tokens(&result), tokens(&body(&expected)));
        prop_assert!(request(&result).facts.model == "real");
    }
}

use bytes::Bytes;

use crate::request::{Facts, Request, UpstreamEdit};
use crate::{Dialect, RequestError};

fn read(body: &str) -> Result<Request, RequestError> {
    Request::read(Dialect::AnthropicMessages, Bytes::copy_from_slice(body.as_bytes()))
}

fn facts(members: &str) -> Facts {
    read(&format!(r#"{{"model":"m","messages":[],{members}}}"#)).unwrap().facts
}

fn edited(body: &str, edit: &UpstreamEdit<'_>) -> String {
    let sent = read(body).unwrap().upstream(Dialect::AnthropicMessages, edit).unwrap();
    String::from_utf8(sent.body.into_bytes().to_vec()).unwrap()
}

#[test]
fn text_counts_wherever_it_stands_and_bytes_nowhere() {
    let cases = [
        (r#""system":"four""#, 4),
        (r#""system":[{"type":"text","text":"four","cache_control":{"type":"ephemeral"}}]"#, 4),
        (r#""tools":[{"name":"x"}]"#, 12),
    ];
    for (members, chars) in cases {
        assert_eq!(facts(members).input_chars, chars, "{members}");
    }
    let contents = [
        (r#""four""#, 4),
        (r#"[{"type":"text","text":"f\u00f6ur"}]"#, 4),
        (r#"[{"type":"tool_use","id":"t","name":"ls","input":{"a":1}}]"#, 2 + 7),
        (r#"[{"type":"tool_result","tool_use_id":"t","content":"four"}]"#, 4),
        (
            r#"[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"four"},{"type":"image","source":{"data":"AAAA"}}]}]"#,
            4,
        ),
        (r#"[{"type":"thinking","thinking":"four","signature":"long"}]"#, 4),
        (r#"[{"type":"document","title":"ti","source":{"type":"text","media_type":"text/plain","data":"four"}}]"#, 6),
        (r#"[{"type":"document","source":{"media_type":"application/pdf","data":"JVBERi0=","type":"base64"}}]"#, 0),
        (r#"[{"type":"document","source":{"type":"content","content":[{"type":"text","text":"four"}]}}]"#, 4),
        (r#"[{"type":"search_result","title":"ti","source":"https://x","content":[{"type":"text","text":"four"}]}]"#, 6),
    ];
    for (content, chars) in contents {
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":{content}}}]}}"#);
        assert_eq!(read(&body).unwrap().facts.input_chars, chars, "{content}");
    }
}

#[test]
fn an_image_is_seen_at_any_depth() {
    let image = r#"{"source":{"type":"base64","media_type":"image/png","data":"AA"},"type":"image"}"#;
    for content in [
        image.to_owned(),
        format!(r#"{{"type":"tool_result","tool_use_id":"t","content":[{image}]}}"#),
        format!(r#"{{"type":"document","source":{{"type":"content","content":[{image}]}}}}"#),
    ] {
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{content}]}}]}}"#);
        assert!(read(&body).unwrap().facts.has_images, "{content}");
    }
    let text = r#"{"model":"m","messages":[{"role":"user","content":"image"}]}"#;
    assert!(!read(text).unwrap().facts.has_images);
}

#[test]
fn the_rest_is_read_under_anthropics_names() {
    let facts = facts(
        r#""max_tokens":9,"stream":true,"tools":[{"name":"x"}],"output_config":{"effort":"low","format":{"type":"json_schema","schema":{}}},
           "metadata":{"user_id":"u","trace_id":"t","conversation_id":"c"},"mlx:tags":{"a":"b"}"#,
    );
    assert_eq!((facts.max_tokens, facts.stream, facts.has_tools), (Some(9), true, true));
    assert!(facts.wants_json && facts.wants_schema);
    assert_eq!((facts.user.as_deref(), facts.trace_id.as_deref(), facts.conversation_id.as_deref()), (Some("u"), Some("t"), Some("c")));
    assert!(self::facts(r#""output_format":{"type":"json_schema","schema":{}}"#).wants_schema);
    assert!(!self::facts(r#""output_config":{"effort":"low"},"output_format":null,"metadata":null,"system":null"#).wants_json);
}

#[test]
fn what_is_wrong_is_named() {
    let cases = [
        (r#"{"messages":[]}"#, "model"),
        (r#"{"model":"m"}"#, "messages"),
        (r#"{"model":"m","messages":{}}"#, "messages"),
        (r#"{"model":"m","messages":[1]}"#, "messages[0]"),
        (r#"{"model":"m","messages":[],"max_tokens":"1"}"#, "max_tokens"),
        (r#"{"model":"m","messages":[],"metadata":{"user_id":1}}"#, "metadata.user_id"),
        (r#"{"model":"m","messages":[],"metadata":{},"metadata":{}}"#, "metadata"),
        (r#"{"model":"m","messages":[],"output_config":1}"#, "output_config"),
    ];
    for (body, param) in cases {
        assert_eq!(read(body).unwrap_err().param().as_deref(), Some(param), "{body}");
    }
}

#[test]
fn our_ids_are_taken_out_of_metadata_and_the_users_stays() {
    let edit = UpstreamEdit { model: "m", include_usage: true, ..UpstreamEdit::default() };
    let cases = [
        (r#"{"trace_id":"t"}"#, "{}"),
        (r#"{ "trace_id":"t" , "conversation_id":"c" }"#, "{  }"),
        (r#"{"trace_id":"t","user_id":"u","conversation_id":"c"}"#, r#"{"user_id":"u"}"#),
        (r#"{"user_id":"u", "trace_id":"t", "x":1}"#, r#"{"user_id":"u", "x":1}"#),
        (r#"{"user_id":"u"}"#, r#"{"user_id":"u"}"#),
    ];
    for (before, after) in cases {
        let body = |metadata: &str| format!(r#"{{"model":"m","metadata":{metadata},"messages":[],"stream":true}}"#);
        assert_eq!(edited(&body(before), &edit), body(after), "{before}");
    }
    let params = serde_json::json!({"metadata": {"user_id": "team"}});
    let edit = UpstreamEdit { params: params.as_object(), ..edit };
    assert_eq!(
        edited(r#"{"model":"m","metadata":{"trace_id":"t"},"messages":[]}"#, &edit),
        r#"{"model":"m","metadata":{"user_id":"team"},"messages":[]}"#,
    );
}

#[test]
fn thoughts_that_we_passed_on_unsigned_do_not_go_to_anthropic() {
    let edit = UpstreamEdit { model: "m", ..UpstreamEdit::default() };
    let body = |content: &str| format!(r#"{{"model":"m","messages":[{{"role":"assistant","content":{content}}}]}}"#);
    let ours = r#"{"type":"thinking","thinking":"x","signature":"mlx:unsigned"}"#;
    let theirs = r#"{"type":"thinking","thinking":"x","signature":""}"#;
    let cases = [
        (format!(r#"[{ours}, {{"type":"text","text":"a"}}]"#), r#"[{"type":"text","text":"a"}]"#.to_owned()),
        (format!("[{theirs},{ours}]"), format!("[{theirs}]")),
        (
            r#"[{"type":"redacted_thinking","data":"gAAAAB"},{"type":"text","text":"a"}]"#.to_owned(),
            r#"[{"type":"text","text":"a"}]"#.to_owned(),
        ),
        (r#"[{"type":"redacted_thinking","data":"EmwK"}]"#.to_owned(), r#"[{"type":"redacted_thinking","data":"EmwK"}]"#.to_owned()),
    ];
    for (before, after) in cases {
        assert_eq!(edited(&body(&before), &edit), body(&after));
    }
}

#[test]
fn a_turn_that_holds_nothing_else_goes_as_a_whole() {
    let edit = UpstreamEdit { model: "m", ..UpstreamEdit::default() };
    let user = r#"{"role":"user","content":"a"}"#;
    let ours = r#"{"type":"thinking","thinking":"x","signature":"mlx:unsigned"}"#;
    let body = |messages: &str| format!(r#"{{"model":"m","messages":[{messages}]}}"#);
    for blocks in [ours.to_owned(), format!("{ours}, {ours}")] {
        let turn = format!(r#"{{"content":[{blocks}],"role":"assistant"}}"#);
        assert_eq!(edited(&body(&format!("{user}, {turn},{user}")), &edit), body(&format!("{user},{user}")));
        assert_eq!(edited(&body(&format!("{user},{turn}")), &edit), body(user));
    }
    let empty = body(&format!(r#"{user},{{"role":"assistant","content":[]}}"#));
    assert_eq!(edited(&empty, &edit), empty);
}

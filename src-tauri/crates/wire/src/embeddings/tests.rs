use super::*;
use crate::{Request, reply};

fn facts(body: &str) -> crate::Facts {
    Request::read(Dialect::OpenAiEmbeddings, bytes::Bytes::copy_from_slice(body.as_bytes())).unwrap().facts
}

#[test]
fn inputs_count_in_every_form() {
    assert_eq!(facts(r#"{"model":"m","input":"abc","user":"u"}"#).input_chars, 3);
    assert_eq!(facts(r#"{"model":"m","input":["abc","de"]}"#).messages, 2);
    assert_eq!(facts(r#"{"model":"m","input":[[1,2],[3]]}"#).input_tokens_estimate(), 3);
    let missing = Request::read(Dialect::OpenAiEmbeddings, bytes::Bytes::from_static(br#"{"model":"m"}"#)).unwrap_err();
    assert_eq!(missing.param().as_deref(), Some("input"));
}

#[test]
fn an_answer_needs_vectors() {
    let body = br#"{"object":"list","data":[{"index":0,"embedding":[0.1]}],"model":"e","usage":{"prompt_tokens":4,"total_tokens":4}}"#;
    let facts = reply::read(Dialect::OpenAiEmbeddings, body).unwrap();
    assert!(facts.has_content);
    assert_eq!((facts.model.as_deref(), facts.usage.map(|usage| (usage.input, usage.output))), (Some("e"), Some((4, 0))));
    for body in [br#"{"data":[]}"#.as_slice(), b"{}", b"[]"] {
        assert!(matches!(read_reply(body), Err(Malformed::Shape { .. })));
    }
    assert_eq!(read_reply(br#"{"error":{"message":"no"}}"#).unwrap().error.unwrap().message, "no");
    assert_eq!(read_reply(b""), Err(Malformed::Empty));
}

#[test]
fn embeddings_are_never_translated() {
    let request = Request::read(Dialect::OpenAiEmbeddings, bytes::Bytes::from_static(br#"{"model":"m","input":"a"}"#)).unwrap();
    let error = request.upstream(Dialect::OpenAiChat, &crate::UpstreamEdit::default()).unwrap_err();
    assert_eq!(error.param, "model");
}

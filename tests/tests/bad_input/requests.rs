//! Bodies that callers should not send.

use serde_json::json;

use super::{
    bare,
    callers::{self, Caller},
    error_of, logged, own_and_other, post, post_with, stage,
};

/// A request whose last message holds `value`, as text.
fn holding(caller: Caller, model: &str, value: &str) -> String {
    let mut body = caller.ask(model, false);
    body["marker"] = json!("HERE");
    body.to_string().replace("\"HERE\"", value)
}

/// A request whose user says `text`, which stands there as it is.
fn saying(caller: Caller, model: &str, text: &str) -> String {
    caller.ask(model, false).to_string().replace("Weather in Paris?", text)
}

#[tokio::test]
async fn malformed_json_is_refused_with_its_place_however_deep_it_is() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        for model in own_and_other(caller) {
            for depth in [0, 1, 10, 100] {
                for bad in ["nope", "01", "\"\\x\"", "{\"a\":1,}", "[1,]", "{\"a\" 1}", "\"\t\"", "1.", "\"\\ud83\""] {
                    let value = format!("{}{bad}{}", "[".repeat(depth), "]".repeat(depth));
                    let answer = post(&stage.modelux, caller, holding(caller, model, &value)).await;
                    assert_eq!(answer.status, 400, "{caller:?}, {bad} at {depth}: {}", answer.text());
                    let message = error_of(caller, &answer);
                    assert!(message.contains("line 1, column "), "{message}");
                }
            }
            let answer = post(&stage.modelux, caller, holding(caller, model, "}}")).await;
            logged(&stage.modelux, &answer, 400).await;
        }
    }
    assert!(stage.upstream.seen().is_empty());
}

#[tokio::test]
async fn depth_without_end_is_passed_on_or_refused_but_ends_nobody() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        let [own, other] = own_and_other(caller);
        for depth in [127, 200, 200_000] {
            let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            let body = holding(caller, own, &value);
            let answer = post(&stage.modelux, caller, body.clone()).await;
            assert!(matches!(answer.status, 200 | 400), "{caller:?} at {depth}: {answer:?}");
            if answer.status == 400 {
                error_of(caller, &answer);
            }
            let translated = post(&stage.modelux, caller, holding(caller, other, &value)).await;
            assert!(matches!(translated.status, 200 | 400), "{caller:?} at {depth}: {translated:?}");
            if translated.status == 400 {
                let message = error_of(caller, &translated);
                assert!(message.contains("nest") || message.contains("deep") || message.contains("recursion"), "it says why: {message}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_is_read_may_come_once_and_any_other_as_often_as_it_likes() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        let [own, other] = own_and_other(caller);
        let list = if caller == Caller::Responses { "input" } else { "messages" };
        for (name, more) in
            [("model", "\"model\":\"alpha/a2\""), ("stream", "\"stream\":false,\"stream\":true"), (list, &*format!("\"{list}\":[]"))]
        {
            let body = caller.ask(own, false).to_string().replacen('{', &format!("{{{more},"), 1);
            let answer = post(&stage.modelux, caller, body).await;
            assert_eq!(answer.status, 400, "{caller:?}, {name}: {}", answer.text());
            let message = error_of(caller, &answer);
            assert!(message.contains(&format!("`{name}`")) && message.contains("once"), "{message}");
        }
        assert!(stage.upstream.seen().is_empty());
        let twice = caller.ask(own, false).to_string().replacen('{', r#"{"unread":{"a":1,"a":2},"unread":3,"#, 1);
        post(&stage.modelux, caller, twice.clone()).await.expect(200);
        let seen = stage.upstream.only(bare(own));
        assert_eq!(seen.text(), twice.replace(own, bare(own)), "{caller:?}: byte for byte");
        let translated = post(&stage.modelux, caller, twice.replace(own, other)).await;
        assert_eq!(translated.status, 200, "{caller:?}: {}", translated.text());
        stage.upstream.forget();
    }
}

#[tokio::test]
async fn half_a_character_passes_where_bytes_pass_and_is_named_where_they_are_translated() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        let [own, other] = own_and_other(caller);
        let body = saying(caller, own, r"\ud83d alone, \udc00\ud83d");
        post(&stage.modelux, caller, body.clone()).await.expect(200);
        assert_eq!(stage.upstream.only(bare(own)).text(), body.replace(own, bare(own)), "{caller:?}");
        let answer = post(&stage.modelux, caller, body.replace(own, other)).await;
        assert_eq!(answer.status, 400, "{caller:?}: {}", answer.text());
        let message = error_of(caller, &answer);
        assert!(message.contains("surrogate"), "it says what to send instead: {message}");
        logged(&stage.modelux, &answer, 400).await;
        stage.upstream.forget();
    }
}

#[tokio::test]
async fn bytes_that_are_no_utf_8_are_refused_with_their_place() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        for bytes in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80"] {
            let text = saying(caller, "alpha/a1", "HERE");
            let at = text.find("HERE").expect("there");
            let body = [&text.as_bytes()[..at], bytes, &text.as_bytes()[at + 4..]].concat();
            let answer = post(&stage.modelux, caller, body).await;
            assert_eq!(answer.status, 400, "{caller:?}, {bytes:?}: {}", answer.text());
            assert!(error_of(caller, &answer).contains(&format!("byte {at}")), "{}", answer.text());
            logged(&stage.modelux, &answer, 400).await;
        }
    }
    assert!(stage.upstream.seen().is_empty());
}

#[tokio::test]
async fn numbers_beyond_a_double_pass_where_bytes_pass_and_are_named_where_they_are_translated() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        let [own, other] = own_and_other(caller);
        let body = holding(caller, own, "[1e400,-1E+999,12345678901234567890123,0.10000000000000000000001]");
        post(&stage.modelux, caller, body.clone()).await.expect(200);
        assert_eq!(stage.upstream.only(bare(own)).text(), body.replace(own, bare(own)), "{caller:?}");
        let answer = post(&stage.modelux, caller, body.replace(own, other)).await;
        assert_eq!(answer.status, 400, "{caller:?}: {}", answer.text());
        assert!(error_of(caller, &answer).contains("number"), "{}", answer.text());
        for name in ["max_tokens", "max_output_tokens"] {
            let limits = caller.ask(own, false).to_string().replace(&format!("\"{name}\":64"), &format!("\"{name}\":1e400"));
            let answer = post(&stage.modelux, caller, limits).await;
            assert!(matches!(answer.status, 200 | 400), "a limit beyond all reason: {answer:?}");
        }
        stage.upstream.forget();
    }
}

#[tokio::test]
async fn what_is_not_said_to_be_plain_json_is_refused_in_the_callers_words() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        let body = caller.ask("alpha/a1", false).to_string();
        for (header, value) in
            [("content-type", "text/plain"), ("content-type", "application/x-www-form-urlencoded"), ("content-encoding", "gzip")]
        {
            let answer = post_with(&stage.modelux, caller, &[(header, value)], body.clone()).await;
            assert_eq!(answer.status, 415, "{caller:?}, {header}: {value}: {}", answer.text());
            assert!(error_of(caller, &answer).contains(value), "{}", answer.text());
            logged(&stage.modelux, &answer, 415).await;
        }
        assert!(stage.upstream.seen().is_empty());
        for kind in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"] {
            post_with(&stage.modelux, caller, &[("content-type", kind)], body.clone()).await.expect(200);
        }
        post_with(&stage.modelux, caller, &[], body).await.expect(200);
        stage.upstream.forget();
    }
}

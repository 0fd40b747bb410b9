//! Whole answers that upstreams should not give.

use serde_json::Value;
use whole::{
    dialects::{Dialect, Said},
    upstream::Reply,
};

use super::{UPSTREAMS, bare, callers, error_of, logged, post, stage};

fn own(dialect: Dialect) -> callers::Caller {
    match dialect {
        Dialect::Messages => callers::Caller::Messages,
        Dialect::Responses => callers::Caller::Responses,
        _ => callers::Caller::Chat,
    }
}

#[tokio::test]
async fn what_is_no_answer_is_a_502_that_says_what_came() {
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let good = dialect.answer("scripted", &Said::text("MARK"));
            let deep = good.replace("\"MARK\"", "[[[[{\"a\":[1,{\"b\":nope}]}]]]]");
            let stage = stage(&[]).await;
            for (body, says) in [
                (String::new(), "empty"),
                ("  \r\n".to_owned(), "empty"),
                ("<html>gateway</html>".to_owned(), "JSON"),
                (deep, "JSON"),
                (good[..good.len() - 1].to_owned(), "JSON"),
                (format!("{good}{good}"), "JSON"),
                ("[]".to_owned(), ""),
                ("null".to_owned(), ""),
                ("{\"hello\":\"world\"}".to_owned(), ""),
            ] {
                stage.upstream.script(bare(model), [Reply::json(200, body.clone())]);
                let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
                assert_eq!(answer.status, 502, "{caller:?} through {dialect:?}, {body}: {}", answer.text());
                let message = error_of(caller, &answer);
                assert!(message.contains(model) && message.contains(says), "{body}: {message}");
                let log = logged(&stage.modelux, &answer, 502).await;
                assert_eq!(log["trace"]["attempts"][0]["outcome"], "connection");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_no_utf_8_is_a_502() {
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[]).await;
            let good = dialect.answer("scripted", &Said::text("MARK"));
            let at = good.find("MARK").expect("there");
            let bytes = [&good.as_bytes()[..at], b"\xff\xfe", &good.as_bytes()[at + 4..]].concat();
            stage.upstream.script(bare(model), [super::compressed::reply("application/json", None, &bytes)]);
            let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
            assert_eq!(answer.status, 502, "{caller:?} through {dialect:?}: {}", String::from_utf8_lossy(&answer.body));
            assert!(error_of(caller, &answer).contains("UTF-8"), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn half_a_character_and_huge_numbers_pass_where_bytes_pass_and_become_what_can_be_said_elsewhere() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let good = dialect.answer("scripted", &Said::text("MARK"));
            let odd = good.replace("MARK", r"half \ud83d one").replacen('{', "{\"new\":[1e400,12345678901234567890123],", 1);
            stage.upstream.script(bare(model), [Reply::json(200, odd.clone())]);
            let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
            assert_eq!(answer.status, 200, "{caller:?} through {dialect:?}: {}", answer.text());
            if caller == own(dialect) {
                assert_eq!(answer.text(), odd);
            } else {
                assert_eq!(caller.heard(&answer).text, "half \u{fffd} one", "{caller:?} through {dialect:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_content_type_does_not_matter_where_the_body_is_an_answer() {
    let stage = stage(&[]).await;
    let said = Said::text("mislabelled");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            for kind in [Some("text/html"), Some("application/octet-stream"), Some("text/event-stream"), None] {
                let body = dialect.answer("scripted", &said);
                let length = body.len().to_string();
                let headers: Vec<_> = kind.map(|kind| ("content-type", kind)).into_iter().chain([("content-length", &*length)]).collect();
                stage.upstream.script(bare(model), [Reply::new().head(200, &headers).text(body).end()]);
                let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
                assert_eq!(caller.heard(&answer).text, "mislabelled", "{caller:?} through {dialect:?}, {kind:?}");
                assert_eq!(
                    answer.header("content-type"),
                    Some("application/json"),
                    "SDKs go by it: {caller:?} through {dialect:?}, {kind:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_stream_in_place_of_an_answer_and_an_answer_in_place_of_a_stream_are_named() {
    let said = Said::text("the wrong way");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[]).await;
            let stream = dialect.events("scripted", &said, true).into_iter().fold(Reply::stream(), Reply::text).end();
            stage.upstream.script(bare(model), [stream]);
            let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
            assert_eq!(answer.status, 502, "{caller:?} through {dialect:?}: {}", answer.text());
            assert!(error_of(caller, &answer).contains("sent a stream"), "it says what came: {}", answer.text());
            for kind in ["application/json", "text/plain", "Application/JSON; charset=utf-8"] {
                let body = dialect.answer("scripted", &said);
                let length = body.len().to_string();
                let reply = Reply::new().head(200, &[("content-type", kind), ("content-length", &length)]).text(body).end();
                stage.upstream.script(bare(model), [reply]);
                let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
                assert_eq!(answer.status, 502, "{caller:?} through {dialect:?}, {kind}: {}", answer.text());
                error_of(caller, &answer);
                logged(&stage.modelux, &answer, 502).await;
            }
        }
    }
}

#[tokio::test]
async fn an_error_inside_a_200_is_told_with_its_own_words() {
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[]).await;
            for stream in [false, true] {
                stage.upstream.script(bare(model), [Reply::json(200, dialect.error(503))]);
                let answer = post(&stage.modelux, caller, caller.ask(model, stream).to_string()).await;
                assert_eq!(answer.status, 502, "{caller:?} through {dialect:?}: {}", answer.text());
                assert!(error_of(caller, &answer).contains("scripted 503"), "{}", answer.text());
                logged(&stage.modelux, &answer, 502).await;
            }
        }
    }
}

#[tokio::test]
async fn an_error_body_that_is_none_still_is_an_error_in_the_callers_words() {
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[]).await;
            for body in [
                "",
                "<html>Bad Gateway</html>",
                "{\"error\":",
                "{\"error\":{}}",
                "[1]",
                "\"plain\"",
                "{\"error\":{\"message\":\"\\ud83d\"}}",
            ] {
                stage.upstream.script(bare(model), [Reply::json(418, body)]);
                let answer = post(&stage.modelux, caller, caller.ask(model, false).to_string()).await;
                assert_eq!(answer.status, 418, "{caller:?} through {dialect:?}, {body}: {}", answer.text());
                assert!(!error_of(caller, &answer).is_empty(), "{body}: {}", answer.text());
                assert_ne!(answer.json()["error"]["type"], Value::Null);
            }
        }
    }
}

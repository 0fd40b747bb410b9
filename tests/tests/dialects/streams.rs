//! Streams between APIs: as they come, and when they break.

use serde_json::Value;
use whole::{
    dialects::{Dialect, Said},
    upstream::{Reply, Step},
};

use super::{
    UPSTREAMS, bare,
    callers::{self, Caller},
    post, stage,
};

/// How many events of that API come before the text has begun, and its first part.
fn committed(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Messages => 4,
        Dialect::Responses => 5,
        _ => 2,
    }
}

#[tokio::test]
async fn text_arrives_while_the_upstream_is_still_talking() {
    let said = Said::text("first second third");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[]).await;
            let count = committed(dialect);
            let rest = dialect.events("scripted", &said, true).into_iter().skip(count);
            let reply = rest.fold(Reply::begun(dialect, &said, count).wait("go"), Reply::text).end();
            stage.upstream.script(bare(model), [reply]);
            let key = format!("Bearer {}", whole::modelux::APP_KEY);
            let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
            let mut answer = stage.modelux.send("POST", caller.path(), &headers, caller.ask(model, true).to_string()).await;
            let mut before = String::new();
            while !before.contains("first") {
                before += &answer.event().await.unwrap_or_else(|| panic!("{caller:?} through {dialect:?}: no text in {before}"));
            }
            assert!(!before.contains("third"));
            stage.upstream.release("go");
            let mut rest = answer.rest().await;
            rest.body = (before + rest.text()).into();
            assert_eq!(caller.heard_streamed(&rest).text, "first second third", "{caller:?} through {dialect:?}");
        }
    }
}

/// The last event says in the caller's form what broke; nothing says that the answer is whole.
#[track_caller]
fn breaks(caller: Caller, text: &str) {
    let events = callers::events(text);
    let (name, last) = events.last().expect("events");
    let message = match caller {
        Caller::Chat => &last["error"]["message"],
        Caller::Messages => {
            assert_eq!((name.as_deref(), &last["type"]), (Some("error"), &Value::from("error")), "{text}");
            assert!(!text.contains("message_stop") && !text.contains("message_delta"), "{text}");
            &last["error"]["message"]
        }
        Caller::Responses => {
            assert_eq!(name.as_deref(), last["type"].as_str(), "{text}");
            assert!(!text.contains("response.completed"), "{text}");
            match last["type"].as_str() {
                Some("error") => &last["message"],
                Some("response.failed") => &last["response"]["error"]["message"],
                other => panic!("{other:?} does not say that it broke: {text}"),
            }
        }
    };
    assert!(message.as_str().is_some_and(|message| !message.is_empty()), "{caller:?}: {text}");
    assert!(!text.contains("data: [DONE]"), "{text}");
}

#[tokio::test]
async fn a_stream_that_breaks_after_its_commit_ends_with_an_error_in_the_callers_form() {
    let said = Said::text("half of it");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            for end in [Step::Reset, Step::Close, Step::End] {
                let stage = stage(&[]).await;
                let reply = Reply::begun(dialect, &said, committed(dialect)).then(end.clone());
                stage.upstream.script(bare(model), [reply]);
                let answer = post(&stage.modelux, caller.path(), &caller.ask(model, true)).await;
                println!("{caller:?} through {dialect:?}, {end:?}: {}", answer.text());
                assert!(answer.text().contains("half"), "what came is not taken back");
                breaks(caller, answer.text());
                assert_eq!(stage.modelux.log(answer.request_id()).await["trace"]["attempts"][0]["outcome"], "broken");
            }
        }
    }
}

#[tokio::test]
async fn an_upstreams_own_error_event_takes_the_callers_form() {
    let said = Said::text("half of it");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let error = match dialect {
                Dialect::Messages => {
                    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"too busy\"}}\n\n"
                }
                Dialect::Responses => {
                    "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"too busy\",\"param\":null,\"sequence_number\":5}\n\n"
                }
                _ => "data: {\"error\":{\"message\":\"too busy\",\"type\":\"server_error\",\"code\":null}}\n\n",
            };
            let stage = stage(&[]).await;
            stage.upstream.script(bare(model), [Reply::begun(dialect, &said, committed(dialect)).text(error).end()]);
            let answer = post(&stage.modelux, caller.path(), &caller.ask(model, true)).await;
            println!("{caller:?} through {dialect:?}: {}", answer.text());
            breaks(caller, answer.text());
            assert!(answer.text().contains("too busy"), "the upstream's own words");
        }
    }
}

#[tokio::test]
async fn before_the_commit_an_upstream_of_another_api_takes_over_unseen() {
    let said = Said::text("half of it");
    for caller in callers::ALL {
        for (first, to) in
            [("claude/c1", "alpha/a1"), ("alpha/a1", "claude/c1"), ("native/n1-codex", "claude/c1"), ("claude/c1", "native/n1-codex")]
        {
            let dialect = UPSTREAMS.into_iter().find(|(_, model)| *model == first).expect("an upstream").0;
            let stage = stage(&[("production", whole::stage::fallback(&[first, to]))]).await;
            stage.upstream.script(bare(first), [Reply::begun(dialect, &said, committed(dialect) - 1).then(Step::Reset)]);
            let answer = post(&stage.modelux, caller.path(), &caller.ask("@production", true)).await;
            println!("{caller:?} through {dialect:?}: {}", answer.text());
            assert_eq!(caller.heard_streamed(&answer).text, format!("hello from {}", bare(to)));
            assert_eq!(answer.header("x-modelux-model-used"), Some(bare(to)));
            assert_eq!(answer.header("x-modelux-attempts"), Some("2"));
        }
    }
}

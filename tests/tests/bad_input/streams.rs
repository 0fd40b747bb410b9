//! Streams that upstreams should not send.

use serde_json::json;
use whole::{
    dialects::{Dialect, Said},
    stage::fallback,
    upstream::Reply,
};

use super::{
    UPSTREAMS, bare, breaks,
    callers::{self, Caller},
    error_of, logged, own_and_other, post, stage,
};

fn stream(text: impl Into<String>) -> Reply {
    Reply::stream().text(text).end()
}

#[tokio::test]
async fn events_may_end_their_lines_as_they_like() {
    let stage = stage(&[]).await;
    let said = Said::text("line by line").call("call_a", "weather", r#"{"city":"Paris"}"#);
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let events = dialect.events("scripted", &said, true).concat();
            for (name, sent) in
                [("CRLF", events.replace('\n', "\r\n")), ("CR", events.replace('\n', "\r")), ("BOM", format!("\u{feff}{events}"))]
            {
                stage.upstream.script(bare(model), [stream(sent.clone())]);
                let mut answer = post(&stage.modelux, caller, caller.ask_with_tool(model, true).to_string()).await;
                if own_and_other(caller)[0] == model {
                    assert_eq!(answer.text(), sent, "{name}: bytes that pass are left alone");
                    answer.body = events.clone().into();
                }
                let heard = caller.heard_streamed(&answer);
                assert_eq!((heard.text.as_str(), heard.calls.len()), ("line by line", 1), "{name}: {caller:?} through {dialect:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_last_blank_line_may_be_missing() {
    let stage = stage(&[]).await;
    let said = Said::text("no line left");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let events = dialect.events("scripted", &said, true).concat();
            for cut in [1, 2] {
                stage.upstream.script(bare(model), [stream(&events[..events.len() - cut])]);
                let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
                assert_eq!(caller.heard_streamed(&answer).text, "no line left", "{caller:?} through {dialect:?}, {cut} cut off");
            }
        }
    }
}

#[tokio::test]
async fn events_that_run_into_each_other_are_no_events() {
    let said = Said::text("one two three");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[]).await;
            let events = dialect.events("scripted", &said, true);
            stage.upstream.script(bare(model), [stream(events.concat().replace("\n\n", "\n"))]);
            let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
            assert_eq!(answer.status, 502, "before the first words: {caller:?} through {dialect:?}: {}", answer.text());
            error_of(caller, &answer);
            logged(&stage.modelux, &answer, 502).await;
            let at = events.iter().position(|event| event.contains("one")).expect("there") + 1;
            let broken = events[..at].concat() + &events[at..].concat().replace("\n\n", "\n");
            stage.upstream.script(bare(model), [stream(broken)]);
            let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
            assert!(answer.text().contains("one"), "{}", answer.text());
            breaks(caller, &answer);
            logged(&stage.modelux, &answer, 200).await;
        }
    }
}

#[tokio::test]
async fn an_event_of_ten_megabytes_is_sent_on() {
    let stage = stage(&[]).await;
    let long = "x".repeat(10 << 20);
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let events = dialect.events("scripted", &Said::text("MARK"), true).concat().replace("MARK", &long);
            stage.upstream.script(bare(model), [stream(events)]);
            let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
            assert_eq!(caller.heard_streamed(&answer).text.len(), long.len(), "{caller:?} through {dialect:?}");
        }
    }
}

#[tokio::test]
async fn an_end_without_content_lets_the_next_one_answer() {
    let nothing = [
        (Dialect::Chat, "data: [DONE]\n\n".to_owned()),
        (Dialect::Chat, ": hi\n\ndata: [DONE]\n\n".to_owned()),
        (Dialect::Chat, whole::openai::role_event() + "data: [DONE]\n\n"),
        (Dialect::Messages, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".to_owned()),
        (Dialect::Messages, "data: [DONE]\n\n".to_owned()),
        (Dialect::Responses, "data: [DONE]\n\n".to_owned()),
        (Dialect::Responses, "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n".to_owned()),
    ];
    for caller in callers::ALL {
        for (dialect, sent) in &nothing {
            let model = UPSTREAMS.into_iter().find(|(other, _)| other == dialect).expect("one of each").1;
            let stage = stage(&[("production", fallback(&[model, "beta/b1"]))]).await;
            stage.upstream.script(bare(model), [stream(sent.clone())]);
            let answer = post(&stage.modelux, caller, caller.ask("@production", true).to_string()).await;
            assert_eq!(caller.heard_streamed(&answer).text, "hello from b1", "{caller:?}, {sent}");
            let log = stage.modelux.log(answer.request_id()).await;
            assert_eq!(log["trace"]["attempts"][0]["outcome"], "connection", "{log:#}");
            let alone = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
            assert_eq!(alone.status, 502, "{caller:?}, {sent}: {}", alone.text());
            assert!(error_of(caller, &alone).contains("content"), "{}", alone.text());
        }
    }
}

/// An error event, as that API writes it.
fn error_event(dialect: Dialect) -> String {
    let error = match dialect {
        Dialect::Messages => json!({"type": "error", "error": {"type": "overloaded_error", "message": "too busy"}}),
        Dialect::Responses => json!({"type": "error", "code": "server_error", "message": "too busy", "param": null, "sequence_number": 0}),
        _ => json!({"error": {"message": "too busy", "type": "server_error", "code": null}}),
    };
    let name = error["type"].as_str().map(|name| format!("event: {name}\n")).unwrap_or_default();
    format!("{name}data: {error}\n\n")
}

#[tokio::test]
async fn an_error_in_a_stream_before_its_first_words_is_an_error_with_its_own_words() {
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[("production", fallback(&[model, "beta/b1"]))]).await;
            stage.upstream.script(bare(model), [stream(error_event(dialect))]);
            let alone = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
            assert_eq!(alone.status, 502, "{caller:?} through {dialect:?}: {}", alone.text());
            let message = error_of(caller, &alone);
            assert!(message.contains("too busy") && message.contains(model), "{message}");
            logged(&stage.modelux, &alone, 502).await;
            let answer = post(&stage.modelux, caller, caller.ask("@production", true).to_string()).await;
            assert_eq!(caller.heard_streamed(&answer).text, "hello from b1");
        }
    }
}

#[tokio::test]
async fn an_error_in_any_apis_words_is_one_in_every_stream() {
    for (dialect, model) in UPSTREAMS {
        let stage = stage(&[]).await;
        for of in [Dialect::Chat, Dialect::Messages, Dialect::Responses] {
            stage.upstream.script(bare(model), [stream(error_event(of))]);
            let answer = post(&stage.modelux, Caller::Chat, Caller::Chat.ask(model, true).to_string()).await;
            assert_eq!(answer.status, 502, "{of:?}'s error from {dialect:?}: {}", answer.text());
            assert!(error_of(Caller::Chat, &answer).contains("too busy"), "{of:?}'s error from {dialect:?}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn data_that_is_broken_json_or_no_text_breaks_the_stream_wherever_it_stands() {
    let said = Said::text("half of it");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let stage = stage(&[]).await;
            let events = dialect.events("scripted", &said, true);
            let at = events.iter().position(|event| event.contains("half")).expect("there") + 1;
            let deep = |bad: &[u8]| [b"data: {\"type\":\"x\",\"choices\":[{\"a\":[[{\"b\":", bad, b"}]]}]}\n\n"].concat();
            for bad in [deep(b"nope"), deep(b"\"\xff\""), deep(b"\"\\x\""), b"data: {\n\n".to_vec(), b"data: 12\n\n".to_vec()] {
                let begun = events[..at].concat().into_bytes();
                for (is_committed, bytes) in [(false, bad.clone()), (true, [begun, bad.clone()].concat())] {
                    let bytes = [bytes, events[at..].concat().into_bytes()].concat();
                    stage.upstream.script(bare(model), [super::compressed::reply("text/event-stream", None, &bytes)]);
                    let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
                    let shown = || {
                        format!(
                            "{caller:?} through {dialect:?}, {}: {}",
                            String::from_utf8_lossy(&bad),
                            String::from_utf8_lossy(&answer.body)
                        )
                    };
                    if is_committed {
                        assert_eq!(answer.status, 200, "{}", shown());
                        breaks(caller, &answer);
                    } else {
                        assert_eq!(answer.status, 502, "{}", shown());
                        error_of(caller, &answer);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn half_a_character_and_huge_numbers_in_a_stream_pass_or_become_what_can_be_said() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            let events = dialect.events("scripted", &Said::text("MARK"), true).concat();
            let odd = events.replace("MARK", r"half \ud83d one").replace("data: {", "data: {\"new\":[1e400,12345678901234567890123],");
            stage.upstream.script(bare(model), [stream(odd.clone())]);
            let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
            if own_and_other(caller)[0] == model {
                assert_eq!(answer.text(), odd, "{caller:?}");
            } else {
                assert_eq!(caller.heard_streamed(&answer).text, "half \u{fffd} one", "{caller:?} through {dialect:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_content_type_does_not_matter_where_the_body_is_a_stream() {
    let stage = stage(&[]).await;
    let said = Said::text("mislabelled");
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            for kind in ["text/plain", "application/octet-stream", "application/x-ndjson", "text/event-stream; charset=utf-8"] {
                let events = dialect.events("scripted", &said, true).concat();
                stage.upstream.script(bare(model), [Reply::new().head(200, &[("content-type", kind)]).text(events).end()]);
                let answer = post(&stage.modelux, caller, caller.ask(model, true).to_string()).await;
                assert_eq!(caller.heard_streamed(&answer).text, "mislabelled", "{caller:?} through {dialect:?}, {kind}");
                assert_eq!(answer.header("content-type"), Some("text/event-stream"), "{caller:?} through {dialect:?}, {kind}");
            }
        }
    }
}

//! Each caller through each upstream, streamed and not.

use serde_json::{Value, json};
use whole::{client::Answer, dialects::Said, upstream::Reply};

use super::{
    UPSTREAMS, bare,
    callers::{self, Caller, Heard},
    post, stage,
};

/// One question in every pair, streamed and not; `make` builds it, `look` sees what was heard and the answer.
async fn in_every_pair(said: &Said, make: impl Fn(Caller, &str, bool) -> Value, look: impl Fn(&str, Heard)) -> Vec<Answer> {
    let mut answers = Vec::new();
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            for stream in [false, true] {
                let stage = stage(&[]).await;
                stage.upstream.script(bare(model), [Reply::said(said.clone())]);
                let place = format!("{caller:?} through {dialect:?}, {}", if stream { "streamed" } else { "whole" });
                let answer = post(&stage.modelux, caller.path(), &make(caller, model, stream)).await;
                println!("{place}: {}", answer.text());
                let heard = if stream { caller.heard_streamed(&answer) } else { caller.heard(&answer) };
                look(&place, heard);
                let log = stage.modelux.log(answer.request_id()).await;
                assert_eq!((&log["endpoint"], &log["stream"]), (&json!(caller.path()), &json!(stream)), "{place}");
                assert_eq!(
                    (&log["input_tokens"], &log["cached_tokens"], &log["output_tokens"], &log["tokens_estimated"]),
                    (&json!(9), &json!(4), &json!(3), &json!(false)),
                    "{place}"
                );
                answers.push(answer);
            }
        }
    }
    answers
}

#[tokio::test]
async fn text_comes_back_with_its_end_and_its_usage() {
    let said = Said::text("Rain in Paris, café ☂ tonight.");
    in_every_pair(&said, Caller::ask, |place, heard| {
        assert_eq!((heard.text.as_str(), heard.finish), ("Rain in Paris, café ☂ tonight.", "done"), "{place}");
        assert_eq!(heard.usage, Some([9, 4, 3]), "{place}");
    })
    .await;
}

#[tokio::test]
async fn parallel_calls_come_back_in_order_with_their_ids() {
    let said = Said::text("Let me see.").call("call_a", "weather", r#"{"city":"Paris"}"#).call("call_b", "weather", r#"{"city":"Rome"}"#);
    in_every_pair(&said, Caller::ask_with_tool, |place, heard| {
        let call = |id: &str, city: &str| (id.to_owned(), "weather".to_owned(), json!({ "city": city }));
        assert_eq!(heard.calls, [call("call_a", "Paris"), call("call_b", "Rome")], "{place}");
        assert_eq!((heard.text.as_str(), heard.finish), ("Let me see.", "calls"), "{place}");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_was_cut_off_says_so() {
    let said = Said { cut: true, ..Said::text("It was a dark and") };
    in_every_pair(&said, Caller::ask, |place, heard| assert_eq!(heard.finish, "cut", "{place}")).await;
}

#[tokio::test]
async fn thoughts_do_not_run_into_the_text() {
    let said = Said::text("Rain.").thinking("Paris is wet.");
    in_every_pair(&said, Caller::ask, |place, heard| assert_eq!(heard.text, "Rain.", "{place}")).await;
}

#[tokio::test]
async fn the_upstream_is_asked_the_same_in_its_own_words() {
    for caller in callers::ALL {
        let stage = stage(&[]).await;
        for (_, model) in UPSTREAMS {
            post(&stage.modelux, caller.path(), &caller.with_results(caller.ask_with_tool(model, false))).await.expect(200);
        }
        let chat = stage.upstream.only("a1").json();
        println!("{caller:?}: {chat}");
        assert_eq!(chat["messages"][0]["content"], "Be brief.");
        assert_eq!(chat["tools"][0]["function"]["parameters"]["required"], json!(["city"]));
        let roles: Vec<_> = chat["messages"].as_array().expect("messages").iter().map(|message| message["role"].clone()).collect();
        assert_eq!(roles, ["system", "user", "assistant", "tool", "tool"]);
        assert_eq!(chat["messages"][2]["tool_calls"][1]["id"], chat["messages"][4]["tool_call_id"]);
        assert_eq!(chat["messages"][4]["content"], "sun");

        let claude = stage.upstream.only("c1").json();
        println!("{caller:?}: {claude}");
        assert!(claude["system"].to_string().contains("Be brief."));
        assert_eq!(claude["max_tokens"], 64);
        assert_eq!(claude["tools"][0]["input_schema"]["required"], json!(["city"]));
        let made = &claude["messages"][1]["content"];
        assert_eq!(
            (&made[0]["type"], &made[0]["id"], &made[0]["input"]),
            (&json!("tool_use"), &json!("call_a"), &json!({"city": "Paris"}))
        );
        let results = &claude["messages"][2]["content"];
        assert_eq!((&results[1]["type"], &results[1]["tool_use_id"]), (&json!("tool_result"), &json!("call_b")));
        assert!(results[1]["content"].to_string().contains("sun"), "{results}");
        assert_eq!(claude["messages"].as_array().expect("messages").len(), 3, "both results are one turn");

        let native = stage.upstream.only("n1-codex").json();
        println!("{caller:?}: {native}");
        assert_eq!(native["max_output_tokens"], 64);
        assert!(native["instructions"] == "Be brief." || native["input"][0]["content"].to_string().contains("Be brief."), "{native}");
        let input = native["input"].as_array().expect("input");
        let of = |kind: &str| input.iter().filter(|item| item["type"] == kind).cloned().collect::<Vec<_>>();
        assert_eq!(of("function_call")[0]["arguments"], r#"{"city":"Paris"}"#);
        assert_eq!((&of("function_call_output")[1]["call_id"], of("function_call").len()), (&json!("call_b"), 2));
        assert_eq!(native["tools"][0]["name"], "weather");
    }
}

#[tokio::test]
async fn the_sandbox_answers_every_api() {
    let stage = stage(&[]).await;
    for caller in callers::ALL {
        for stream in [false, true] {
            let answer = post(&stage.modelux, caller.path(), &caller.ask("sandbox/fast", stream)).await;
            let heard = if stream { caller.heard_streamed(&answer) } else { caller.heard(&answer) };
            assert!(!heard.text.is_empty() && heard.finish == "done", "{caller:?}: {heard:?}");
        }
    }
}

#[tokio::test]
async fn plain_completions_are_answered_by_a_chat_too() {
    let stage = stage(&[]).await;
    for (_, model) in UPSTREAMS {
        stage.upstream.script(bare(model), [Reply::said(Said::text("Once upon a time"))]);
        let ask = |stream: bool| json!({"model": model, "prompt": "Tell a tale.", "max_tokens": 16, "stream": stream});
        let whole = post(&stage.modelux, "/openai/v1/completions", &ask(false)).await.expect(200);
        assert_eq!((&whole["object"], &whole["choices"][0]["text"]), (&json!("text_completion"), &json!("Once upon a time")), "{whole}");
        let streamed = post(&stage.modelux, "/openai/v1/completions", &ask(true)).await;
        let chunks = callers::events(streamed.text());
        let text: String = chunks.iter().filter_map(|(_, chunk)| chunk["choices"][0]["text"].as_str()).collect();
        assert_eq!(text, "Once upon a time", "{}", streamed.text());
    }
}

#[tokio::test]
async fn embeddings_go_to_who_has_them_and_are_refused_elsewhere() {
    let stage = stage(&[]).await;
    let ask = |model: &str| json!({"model": model, "input": ["a", "b"]});
    let answer = post(&stage.modelux, "/openai/v1/embeddings", &ask("alpha/a1")).await;
    assert_eq!(answer.expect(200)["data"][0]["embedding"], json!([0.25, -0.5, 1.0]));
    assert_eq!(stage.upstream.only("a1").path, "/alpha/v1/embeddings");
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!((&log["endpoint"], &log["input_tokens"]), (&json!("/openai/v1/embeddings"), &json!(9)));
    let refused = post(&stage.modelux, "/openai/v1/embeddings", &ask("claude/c1")).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(refused.error_message().contains("embedding"), "{}", refused.text());
    assert!(stage.upstream.seen_for("c1").is_empty());
}

#[tokio::test]
async fn tokens_are_counted_by_who_can_and_estimated_elsewhere() {
    let stage = stage(&[]).await;
    let path = "/anthropic/v1/messages/count_tokens";
    let ask = |model: &str| json!({"model": model, "messages": [{"role": "user", "content": "How many tokens is this?"}]});
    let counted = post(&stage.modelux, path, &ask("claude/c1")).await;
    assert_eq!(counted.expect(200), json!({"input_tokens": 42}));
    assert_eq!(counted.header("x-modelux-warning"), None);
    for model in ["alpha/a1", "native/n1-codex", "sandbox/fast"] {
        let estimated = post(&stage.modelux, path, &ask(model)).await;
        assert!(estimated.expect(200)["input_tokens"].as_u64().is_some_and(|tokens| (4..40).contains(&tokens)), "{}", estimated.text());
        assert!(estimated.header("x-modelux-warning").is_some_and(|warning| warning.contains("estimated")));
    }
    assert!(stage.upstream.seen_for("a1").is_empty(), "counting calls no model");
}

//! Errors come in the caller's words, with the upstream's status.

use serde_json::{Value, json};
use whole::upstream::Reply;

use super::{
    UPSTREAMS, bare,
    callers::{self, Caller},
    post, stage,
};

/// The error's type and message, after a look at its shape.
#[track_caller]
fn error_of(caller: Caller, body: &Value) -> (String, String) {
    if caller == Caller::Messages {
        assert_eq!(body["type"], "error", "{body}");
    }
    let word = |name: &str| body["error"][name].as_str().unwrap_or_else(|| panic!("an error has a {name}: {body}")).to_owned();
    (word("type"), word("message"))
}

#[tokio::test]
async fn an_upstreams_error_keeps_its_status_and_message_and_takes_the_callers_form() {
    let anthropic = [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
    ];
    for caller in callers::ALL {
        for (dialect, model) in UPSTREAMS {
            for (status, kind) in anthropic {
                for stream in [false, true] {
                    let stage = stage(&[]).await;
                    stage.upstream.script(bare(model), [Reply::refused(status)]);
                    let answer = post(&stage.modelux, caller.path(), &caller.ask(model, stream)).await;
                    let place = format!("{caller:?} through {dialect:?}: {}", answer.text());
                    assert_eq!(answer.status, status, "{place}");
                    assert_eq!(answer.header("content-type"), Some("application/json"), "{place}");
                    assert_eq!(answer.header("x-modelux-provider-used"), model.split('/').next(), "whose error it is: {place}");
                    let (found, message) = error_of(caller, &answer.json());
                    assert!(message.contains(&format!("scripted {status}")), "{place}");
                    if caller == Caller::Messages {
                        assert_eq!(found, kind, "{place}");
                    }
                    let log = stage.modelux.log(answer.request_id()).await;
                    assert_eq!((&log["status"], &log["endpoint"]), (&json!(status), &json!(caller.path())), "{place}");
                }
            }
        }
    }
}

#[tokio::test]
async fn our_own_refusals_take_the_callers_form() {
    let stage = stage(&[("production", whole::stage::single("alpha/a1"))]).await;
    for caller in callers::ALL {
        let unknown = post(&stage.modelux, caller.path(), &caller.ask("@producton", false)).await;
        assert_eq!(unknown.status, 404);
        let (kind, message) = error_of(caller, &unknown.json());
        assert!(message.contains("@production"), "it says what was probably meant: {message}");
        if caller == Caller::Messages {
            assert_eq!(kind, "not_found_error");
        }
        let mut nameless = caller.ask("", false);
        nameless.as_object_mut().expect("an object").remove("model");
        let refused = post(&stage.modelux, caller.path(), &nameless).await;
        assert_eq!(refused.status, 400);
        assert!(error_of(caller, &refused.json()).1.contains("model"), "{}", refused.text());
        let garbage = super::post_with(&stage.modelux, caller.path(), &[], "{\"model\": nope".to_owned()).await;
        assert_eq!(garbage.status, 400);
        error_of(caller, &garbage.json());
    }
}

#[tokio::test]
async fn what_a_target_cannot_take_is_named_and_nobody_is_called() {
    let stage = stage(&[]).await;
    let with = |caller: Caller, model: &str, name: &str, value: Value| {
        let mut body = caller.ask(model, false);
        body[name] = value;
        (caller, body)
    };
    let audio = json!([{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]}]);
    let search = json!([{"type": "web_search_20250305", "name": "web_search"}]);
    for (named, (caller, body)) in [
        ("n", with(Caller::Chat, "claude/c1", "n", json!(2))),
        ("messages[0].content[0]", with(Caller::Chat, "claude/c1", "messages", audio)),
        ("tools[0]", with(Caller::Messages, "alpha/a1", "tools", search)),
        ("previous_response_id", with(Caller::Responses, "claude/c1", "previous_response_id", json!("resp_elsewhere"))),
    ] {
        let answer = post(&stage.modelux, caller.path(), &body).await;
        assert_eq!(answer.status, 400, "{named}: {}", answer.text());
        let (_, message) = error_of(caller, &answer.json());
        assert!(message.contains(named), "{named}: {message}");
        if caller != Caller::Messages {
            assert_eq!(answer.json()["error"]["param"], named, "{}", answer.text());
        }
    }
    assert!(stage.upstream.seen().is_empty(), "{:?}", stage.upstream.seen());
}

#[tokio::test]
async fn a_harmless_loss_is_a_warning() {
    let stage = stage(&[]).await;
    let mut body = Caller::Chat.ask("claude/c1", false);
    body["frequency_penalty"] = json!(0.5);
    let answer = post(&stage.modelux, Caller::Chat.path(), &body).await;
    answer.expect(200);
    assert!(answer.header("x-modelux-warning").is_some_and(|warning| warning.contains("frequency_penalty")), "{:?}", answer.headers);
    let log = stage.modelux.log(answer.request_id()).await;
    let reason = log["trace"]["attempts"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("translated") && reason.contains("frequency_penalty"), "{log:#}");
    let plain = post(&stage.modelux, Caller::Chat.path(), &Caller::Chat.ask("claude/c1", false)).await;
    assert_eq!(plain.header("x-modelux-warning"), None, "nothing is lost, nothing is said");
}

#[tokio::test]
async fn an_end_user_that_openai_would_refuse_is_left_out_with_a_warning() {
    let stage = stage(&[]).await;
    // As Claude Code writes it.
    let user = json!({"device_id": "0".repeat(64), "account_uuid": "", "session_id": "8a81d410-18b0-4206-833e-23b6829e6521"}).to_string();
    for model in ["alpha/a1", "native/n1-codex", "claude/c1"] {
        let mut body = Caller::Messages.ask(model, false);
        body["metadata"] = json!({"user_id": user});
        let answer = post(&stage.modelux, Caller::Messages.path(), &body).await;
        answer.expect(200);
        let sent = stage.upstream.only(bare(model)).json();
        if model == "claude/c1" {
            assert_eq!((&sent["metadata"]["user_id"], answer.header("x-modelux-warning")), (&json!(user), None));
        } else {
            assert_eq!(sent.get("user"), None, "{sent}");
            assert!(answer.header("x-modelux-warning").is_some_and(|warning| warning.contains("64 characters")));
        }
    }
}

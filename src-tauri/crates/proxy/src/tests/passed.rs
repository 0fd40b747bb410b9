//! What is passed through to an upstream that falls silent.

use super::*;

use whole::upstream::Reply as Script;

/// Patient for no longer than that, with a provider `openai` behind it.
async fn rig() -> Rig {
    let short = Duration::from_millis(50);
    let options = ProxyOptions { passed_head: short, passed_idle: short, ..ProxyOptions::default() };
    let rig = Rig::new(&[], options).await;
    let mut made = snapshot(&rig.upstream, &[]);
    let alpha = Arc::clone(&made.providers["alpha"]);
    made.providers.insert("openai".into(), alpha);
    rig.proxy.publish(made);
    rig
}

async fn files(rig: &Rig) -> Answer {
    let key = format!("Bearer {KEY}");
    let headers = [("authorization", key.as_str())];
    let asking = async { send(rig.address, "GET", "/openai/v1/files", &headers, "").await.unwrap().rest().await };
    timeout(PATIENCE, asking).await.expect("an end")
}

#[tokio::test]
async fn an_upstream_that_never_answers_is_given_up() {
    let rig = rig().await;
    rig.upstream.script("GET /alpha/v1/files", [Script::hang()]);
    let answer = files(&rig).await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (504, &json!("upstream_timeout")));
    let record = rig.records.only().await;
    assert_eq!((record.status, record.error_class.as_deref()), (504, Some("timeout")));
}

#[tokio::test]
async fn an_answer_that_stands_still_breaks_off() {
    let rig = rig().await;
    let stalled = Script::new().head(200, &[("content-type", "application/json")]).text("{").then(whole::upstream::Step::Hang);
    rig.upstream.script("GET /alpha/v1/files", [stalled]);
    let answer = files(&rig).await;
    assert_eq!((answer.status, answer.text(), answer.complete), (200, "{", false));
    let record = rig.records.only().await;
    assert_eq!(record.error_class.as_deref(), Some("timeout"));
}

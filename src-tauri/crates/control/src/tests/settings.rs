use super::*;

#[tokio::test]
async fn what_is_left_out_stays_and_what_is_set_survives_a_restart() {
    let desk = Desk::new().await;
    desk.done("put_settings", json!({ "theme": "dark" })).await;
    let set = desk.done("put_settings", json!({ "max_body_mib": 64 })).await;
    assert_eq!((&set["theme"], &set["max_body_mib"], &set["port"]), (&json!("dark"), &json!(64), &json!(8642)));
    let desk = desk.reopened().await;
    assert_eq!(desk.done("get_settings", json!({})).await, set);
}

#[tokio::test]
async fn an_unknown_setting_is_refused() {
    let desk = Desk::new().await;
    let refused = desk.refused("put_settings", json!({ "max_body_mb": 64 })).await;
    assert_eq!(refused.code, Code::InvalidRequest);
    assert!(refused.message.contains("max_body_mb"), "{}", refused.message);
}

#[tokio::test]
async fn what_changed_is_told() {
    let desk = Desk::new().await;
    let mut batches = desk.control.subscribe();
    desk.done("put_settings", json!({ "theme": "dark" })).await;
    assert_eq!(serde_json::to_value(batches.recv().await.unwrap()).unwrap(), json!([{ "type": "settings_changed" }]));
    desk.done("save_version", json!({ "slug": "production", "document": single("sandbox/fast") })).await;
    assert_eq!(serde_json::to_value(batches.recv().await.unwrap()).unwrap(), json!([{ "type": "config_changed", "slug": "production" }]));
}

#[tokio::test]
async fn another_port_is_taken_up_at_once_and_a_taken_one_changes_nothing() {
    let desk = Desk::new().await;
    desk.control.start().await.unwrap();
    let before = desk.control.address().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let refused = desk.refused("use_port", json!({ "port": port })).await;
    assert_eq!(refused.code, Code::PortInUse);
    assert_eq!(refused.details["port"], port);
    assert!(refused.details["free_port"].as_u64().is_some());
    assert_eq!(desk.control.address().unwrap(), before);
    drop(taken);
    let status = desk.done("use_port", json!({ "port": port })).await;
    assert_eq!(status["address"], format!("http://127.0.0.1:{port}"));
    assert_eq!(desk.done("get_settings", json!({})).await["port"], port);
    tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(tokio::net::TcpStream::connect(before.trim_start_matches("http://")).await.is_err());
    desk.control.shutdown().await;
}

#[tokio::test]
async fn a_proxy_in_a_variable_that_is_not_set_is_refused_and_nothing_is_kept() {
    let desk = Desk::new().await;
    let refused = desk.refused("put_settings", json!({ "outbound_proxy": "$NOPE_VAR" })).await;
    assert_eq!((refused.code, &refused.details["field"]), (Code::InvalidRequest, &json!("outbound_proxy")));
    assert_eq!(desk.done("get_settings", json!({})).await["outbound_proxy"], "");
}

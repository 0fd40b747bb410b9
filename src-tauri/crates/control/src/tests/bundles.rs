use super::*;

fn bundle(configs: &[(&str, Value)]) -> Value {
    let configs: Vec<Value> =
        configs.iter().map(|(slug, document)| json!({ "slug": slug, "document": document, "message": "from the bundle" })).collect();
    json!({
        "modelux": 1,
        "providers": [{
            "name": "alpha", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9001/v1",
            "credential": { "env": "ALPHA_KEY" }, "headers": {},
            "models": [{ "name": "m1", "context": 128_000, "max_output": 4096, "tier": "standard",
                         "price": { "input": 1.0, "cached_input": 0.5, "output": 2.0 }, "capabilities": ["tools", "streaming"] }]
        }],
        "configs": configs, "budgets": [], "settings": {}
    })
}

#[tokio::test]
async fn an_import_says_what_it_did_and_applied_again_does_nothing() {
    let desk = Desk::new().await;
    let given = bundle(&[("production", single("alpha/m1")), ("extra", single("@production"))]);
    let report = desk.done("import_bundle", given.clone()).await;
    assert_eq!(
        report,
        json!({ "providers": ["alpha"], "configs": [{ "slug": "production", "version": 2 }, { "slug": "extra", "version": 1 }], "unchanged": [] })
    );
    let again = desk.done("import_bundle", given).await;
    assert_eq!(again, json!({ "providers": [], "configs": [], "unchanged": ["production", "extra"] }));
    let history = desk.done("list_activations", json!({ "slug": "production" })).await;
    assert_eq!((&history["data"][0]["reason"], &history["data"][1]["reason"]), (&json!("import"), &json!("save")));
}

#[tokio::test]
async fn configs_of_a_bundle_refer_to_each_other_in_any_order_but_not_in_a_circle() {
    let desk = Desk::new().await;
    desk.done("import_bundle", bundle(&[("outer", single("@inner")), ("inner", single("alpha/m1"))])).await;
    let refused = desk.refused("import_bundle", bundle(&[("outer", single("@inner")), ("inner", single("@outer"))])).await;
    assert_eq!(refused.code, Code::InvalidDocument);
    assert!(refused.message.contains(" -> "), "{}", refused.message);
}

#[tokio::test]
async fn a_bundle_with_one_fault_changes_nothing() {
    let desk = Desk::new().await;
    let before = desk.done("export_bundle", json!({})).await;
    let mut faulty = bundle(&[("aaa", single("alpha/m1")), ("zzz", single("@nothing"))]);
    faulty["settings"] = json!({ "max_body_mib": 64 });
    let refused = desk.refused("import_bundle", faulty).await;
    assert_eq!(refused.code, Code::InvalidDocument);
    assert_eq!(refused.details["diagnostics"][0]["path"], "/configs/1/document/model");
    assert!(refused.message.contains("@zzz"), "{}", refused.message);
    assert_eq!(desk.done("export_bundle", json!({})).await, before);
    assert_eq!(desk.done("get_settings", json!({})).await["max_body_mib"], 32);
    assert_eq!(desk.refused("get_provider", json!({ "name": "alpha" })).await.code, Code::NotFound);
}

#[tokio::test]
async fn budgets_and_other_formats_are_refused_with_the_reason() {
    let desk = Desk::new().await;
    let mut budgets = bundle(&[]);
    budgets["budgets"] = json!([{ "name": "team" }]);
    assert!(desk.refused("import_bundle", budgets).await.message.contains("budgets"));
    let mut newer = bundle(&[]);
    newer["modelux"] = json!(2);
    assert!(desk.refused("import_bundle", newer).await.message.contains("format 2"));
    let twice = bundle(&[("a", single("alpha/m1")), ("a", single("alpha/m1"))]);
    assert!(desk.refused("import_bundle", twice).await.message.contains("twice"));
    let mut unknown = bundle(&[]);
    unknown["configz"] = json!([]);
    assert!(desk.refused("import_bundle", unknown).await.message.contains("configz"));
}

#[tokio::test]
async fn an_export_goes_into_an_empty_instance_and_comes_out_the_same() {
    let desk = Desk::new().await;
    desk.done("import_bundle", bundle(&[("production", single("alpha/m1")), ("extra", single("@production"))])).await;
    desk.done("put_settings", json!({ "max_body_mib": 64, "onboarding_done": true, "theme": "dark" })).await;
    let exported = desk.done("export_bundle", json!({})).await;
    assert_eq!(exported["settings"], json!({ "max_body_mib": 64 }), "what belongs to one person's machine stays there");
    let other = Desk::new().await;
    other.done("import_bundle", exported.clone()).await;
    assert_eq!(other.done("export_bundle", json!({})).await, exported);
}

#[tokio::test]
async fn a_key_that_was_entered_survives_an_import_and_is_in_no_export() {
    let desk = Desk::new().await;
    let mut given = bundle(&[("production", single("alpha/m1"))]);
    given["providers"][0].as_object_mut().unwrap().remove("credential");
    desk.done("import_bundle", given.clone()).await;
    desk.done("put_credential", json!({ "name": "alpha", "key": "sk-entered-by-hand-1234", "allow_file": true })).await;
    desk.done("import_bundle", given).await;
    let provider = desk.done("get_provider", json!({ "name": "alpha" })).await;
    assert_eq!(provider["credential"], json!({ "source": "file", "hint": "1234" }));
    let exported = desk.done("export_bundle", json!({})).await;
    assert!(!exported.to_string().contains("sk-entered"), "{exported}");
    assert!(exported["providers"][0].get("credential").is_none());
}

#[tokio::test]
async fn an_archived_config_in_a_bundle_comes_back() {
    let desk = Desk::new().await;
    desk.done("archive_config", json!({ "slug": "production" })).await;
    desk.done("import_bundle", bundle(&[("production", single("alpha/m1"))])).await;
    let config = desk.done("get_config", json!({ "slug": "production" })).await;
    assert_eq!((&config["archived"], &config["active_version"]), (&json!(false), &json!(2)));
}

#[tokio::test]
async fn a_bundle_file_may_be_json_or_toml_and_takes_the_place_of_the_first_config() {
    let dir = tempfile::tempdir().unwrap();
    let json_file = dir.path().join("setup.json");
    std::fs::write(&json_file, bundle(&[("mine", single("alpha/m1"))]).to_string()).unwrap();
    let toml_file = dir.path().join("setup.toml");
    std::fs::write(
        &toml_file,
        "modelux = 1\n[[configs]]\nslug = \"mine\"\n[configs.document]\nstrategy = \"single\"\nmodel = \"sandbox/fast\"\n",
    )
    .unwrap();
    for file in [json_file, toml_file] {
        let desk = Desk::with(Options { bundle: Some(file), ..Options::default() }).await;
        let listed = desk.done("list_configs", json!({})).await;
        let slugs: Vec<_> = listed["data"].as_array().unwrap().iter().map(|config| config["slug"].as_str().unwrap()).collect();
        assert_eq!(slugs, ["mine"]);
    }
}

#[tokio::test]
async fn a_broken_bundle_file_is_named_and_nothing_is_left_locked() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("setup.json");
    std::fs::write(&file, "{").unwrap();
    let data = tempfile::tempdir().unwrap();
    let error = open(&data, Options { bundle: Some(file), ..Options::default() }).await.unwrap_err();
    assert!(error.message.contains("setup.json"), "{}", error.message);
    open(&data, Options::default()).await.unwrap();
}

#[tokio::test]
async fn further_credentials_travel_as_variables_and_stay_where_a_bundle_names_none() {
    let desk = Desk::new().await;
    let provider = json!({ "name": "alpha", "kind": "openai", "credential": { "env": "ALPHA_KEY" }, "credentials": { "backup": { "env": "BACKUP_KEY" } } });
    let document = json!({ "strategy": "single", "model": { "model": "alpha/gpt-4o", "credential": "backup" } });
    let bundle = json!({ "modelux": 1, "providers": [provider], "configs": [{ "slug": "spare", "document": document }] });
    desk.done("import_bundle", bundle.clone()).await;
    assert_eq!(desk.done("import_bundle", bundle).await["providers"], json!([]), "the same again changes nothing");
    desk.done("put_settings", json!({ "outbound_proxy": "http://127.0.0.1:3128" })).await;
    let kept = json!({ "name": "alpha", "label": "team-a", "key": "sk-team-a-0123456789", "allow_file": true });
    desk.done("put_named_credential", kept).await;
    let export = desk.done("export_bundle", json!({})).await;
    assert!(export["settings"].get("outbound_proxy").is_none(), "the way out is this machine's own");
    let alpha = export["providers"].as_array().unwrap().iter().find(|provider| provider["name"] == "alpha").unwrap();
    assert_eq!(alpha["credentials"], json!({ "backup": { "env": "BACKUP_KEY" } }), "keys do not travel");
    let without = json!({ "modelux": 1, "providers": [{ "name": "alpha", "kind": "openai", "credential": { "env": "ALPHA_KEY" } }] });
    desk.done("import_bundle", without).await;
    let labels = desk.done("get_provider", json!({ "name": "alpha" })).await["credentials"].clone();
    assert_eq!(labels.as_object().unwrap().keys().collect::<Vec<_>>(), ["backup", "team-a"]);
}

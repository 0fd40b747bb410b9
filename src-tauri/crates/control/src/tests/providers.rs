use super::*;

fn openai() -> Value {
    json!({ "name": "openai", "kind": "openai" })
}

#[tokio::test]
async fn a_provider_gets_what_its_kind_knows() {
    let desk = Desk::new().await;
    let made = desk.done("create_provider", openai()).await;
    assert_eq!(
        (&made["display_name"], &made["base_url"], &made["enabled"]),
        (&json!("OpenAI"), &json!("https://api.openai.com/v1"), &json!(true))
    );
    assert_eq!(
        (&made["credential"]["source"], &made["credential"]["env"], &made["health"]),
        (&json!("missing"), &json!("OPENAI_API_KEY"), &json!("no_key"))
    );
    assert!(made["models"].as_array().unwrap().iter().any(|model| model["name"] == "gpt-4o"));
    assert_eq!(desk.refused("create_provider", openai()).await.code, Code::AlreadyExists);
    let names: Vec<Value> =
        desk.done("list_providers", json!({})).await["data"].as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, ["openai", "sandbox"]);
}

#[tokio::test]
async fn without_a_keychain_a_key_is_kept_only_where_the_file_is_allowed() {
    let desk = Desk::new().await;
    desk.done("create_provider", openai()).await;
    let refused = desk.refused("put_credential", json!({ "name": "openai", "key": "sk-secret-0123456789" })).await;
    assert_eq!(refused.code, Code::NoKeychain);
    assert!(refused.message.contains("environment variable") && refused.message.contains("file"), "{}", refused.message);
    let kept = desk.done("put_credential", json!({ "name": "openai", "key": " sk-secret-0123456789\n", "allow_file": true })).await;
    assert_eq!(kept["credential"], json!({ "source": "file", "hint": "6789" }));
    assert!(!kept.to_string().contains("sk-secret"));
    let desk = desk.reopened().await;
    assert_eq!(desk.done("get_provider", json!({ "name": "openai" })).await["credential"]["source"], "file");
    let gone = desk.done("delete_credential", json!({ "name": "openai" })).await;
    assert_eq!(gone["credential"]["source"], "missing");
    desk.control.shutdown().await;
    assert!(!desk.everything_on_disk().contains("sk-secret"), "it is forgotten, and was never in a database");
}

#[tokio::test]
async fn a_variable_is_named_and_its_value_never_shown() {
    let desk = Desk::new().await;
    let made = desk.done("create_provider", json!({ "name": "alpha", "kind": "openai", "credential": { "env": "ALPHA_KEY" } })).await;
    assert_eq!(made["credential"], json!({ "source": "env", "env": "ALPHA_KEY", "hint": "6789" }));
    for operation in ["list_providers", "export_bundle"] {
        assert!(!desk.done(operation, json!({})).await.to_string().contains("sk-alpha"), "{operation}");
    }
    let pasted =
        desk.refused("create_provider", json!({ "name": "beta", "kind": "openai", "credential": { "env": "sk-pasted-here" } })).await;
    assert!(!pasted.message.contains("sk-pasted"), "{}", pasted.message);
}

#[tokio::test]
async fn addresses_that_would_leak_or_go_round_in_circles_are_refused() {
    let desk = Desk::with(Options { port: Some(8642), ..Options::default() }).await;
    for (url, why) in [
        ("http://localhost:8642/openai/v1", "Modelux itself"),
        ("http://169.254.169.254/v1", "metadata"),
        ("http://api.example.com/v1", "unencrypted"),
        ("https://user:pass@example.com", "user name"),
        ("ftp://example.com", "https://"),
    ] {
        let input = json!({ "name": "x", "kind": "openai_compatible", "base_url": url, "credential": { "env": "ALPHA_KEY" } });
        let refused = desk.refused("create_provider", input).await;
        assert_eq!(refused.code, Code::InvalidRequest);
        assert!(refused.message.contains(why), "{url}: {}", refused.message);
    }
    let missing = desk.refused("create_provider", json!({ "name": "x", "kind": "openai_compatible" })).await;
    assert!(missing.message.contains("base URL"), "{}", missing.message);
}

#[tokio::test]
async fn a_key_is_not_entered_where_it_would_travel_unencrypted() {
    let desk = Desk::new().await;
    desk.done("create_provider", json!({ "name": "x", "kind": "openai_compatible", "base_url": "http://api.example.com/v1" })).await;
    let refused = desk.refused("put_credential", json!({ "name": "x", "key": "sk-0123456789abcdef", "allow_file": true })).await;
    assert!(refused.message.contains("unencrypted"), "{}", refused.message);
}

#[tokio::test]
async fn headers_that_carry_keys_belong_to_the_credential() {
    let desk = Desk::new().await;
    for (name, why) in [
        ("Authorization", "credential"),
        ("X-Api-Key", "credential"),
        ("api-key", "credential"),
        ("Host", "itself"),
        ("X-Modelux-Loop", "itself"),
        ("bad name", "not a header"),
    ] {
        let refused = desk.refused("create_provider", json!({ "name": "x", "kind": "openai", "headers": { name: "secret-value" } })).await;
        assert!(refused.message.contains(why) && !refused.message.contains("secret-value"), "{name}: {}", refused.message);
    }
    let made = desk.done("create_provider", json!({ "name": "x", "kind": "openai", "headers": { "OpenAI-Organization": "org-1" } })).await;
    assert_eq!(made["headers"], json!({ "openai-organization": "org-1" }));
}

#[tokio::test]
async fn a_change_leaves_what_it_does_not_name() {
    let desk = Desk::new().await;
    desk.done("create_provider", json!({ "name": "x", "kind": "openai", "headers": { "a": "1" }, "credential": { "env": "ALPHA_KEY" } }))
        .await;
    let changed = desk.done("update_provider", json!({ "name": "x", "kind": "openai", "enabled": false })).await;
    assert_eq!(
        (&changed["enabled"], &changed["headers"]["a"], &changed["credential"]["env"]),
        (&json!(false), &json!("1"), &json!("ALPHA_KEY"))
    );
    assert_eq!(changed["health"], "off");
    assert_eq!(desk.refused("update_provider", json!({ "name": "y", "kind": "openai" })).await.code, Code::NotFound);
}

#[tokio::test]
async fn a_provider_that_an_active_version_calls_is_not_removed() {
    let desk = Desk::new().await;
    desk.done("create_provider", json!({ "name": "openai", "kind": "openai", "credential": { "env": "ALPHA_KEY" } })).await;
    for model in ["openai/gpt-4o", "gpt-4o"] {
        desk.done("save_version", json!({ "slug": "production", "document": single(model) })).await;
        let refused = desk.refused("delete_provider", json!({ "name": "openai" })).await;
        assert_eq!((refused.code, texts(&refused.details["referrers"])), (Code::InUse, vec!["@production"]), "{model}");
    }
    desk.done("activate_version", json!({ "slug": "production", "version": 1 })).await;
    desk.done("delete_provider", json!({ "name": "openai" })).await;
    let gone = desk.refused("get_provider", json!({ "name": "opena" })).await;
    assert_eq!(gone.code, Code::NotFound);
}

#[tokio::test]
async fn the_sandbox_stays_but_can_be_switched_off() {
    let desk = Desk::new().await;
    assert_eq!(desk.refused("delete_provider", json!({ "name": "sandbox" })).await.code, Code::Forbidden);
    assert_eq!(desk.refused("create_provider", json!({ "name": "sandbox", "kind": "openai" })).await.code, Code::AlreadyExists);
    assert_eq!(desk.refused("create_provider", json!({ "name": "other", "kind": "sandbox" })).await.code, Code::InvalidRequest);
    let off = desk.done("update_provider", json!({ "name": "sandbox", "kind": "sandbox", "enabled": false })).await;
    assert_eq!((&off["health"], &off["built_in"]), (&json!("off"), &json!(true)));
    assert!(desk.done("list_models", json!({})).await["data"].as_array().unwrap().is_empty());
    let checked = desk.done("validate", json!({ "document": single("sandbox/fast") })).await;
    assert_eq!((&checked["valid"], &checked["diagnostics"][0]["severity"]), (&json!(true), &json!("warning")));
}

#[tokio::test]
async fn the_users_facts_of_a_model_hold_over_the_catalogues() {
    let desk = Desk::new().await;
    desk.done("create_provider", openai()).await;
    let put = desk.done("put_model", json!({ "provider": "openai", "model": "gpt-4o", "price": { "input": 1.5, "output": 6.0 } })).await;
    assert_eq!(
        (&put["price"], &put["overridden"], &put["context"]),
        (&json!({ "input": 1.5, "output": 6.0 }), &json!(true), &json!(128_000))
    );
    desk.done("put_model", json!({ "provider": "openai", "model": "org/brand-new", "tier": "premium" })).await;
    let listed = desk.done("list_models", json!({})).await;
    let new = listed["data"].as_array().unwrap().iter().find(|row| row["id"] == "openai/org/brand-new").unwrap();
    assert!(new["model"].get("price").is_none(), "unknown is not zero");
    desk.done("save_version", json!({ "slug": "production", "document": single("openai/org/brand-new") })).await;
    assert_eq!(desk.refused("put_model", json!({ "provider": "opena", "model": "x" })).await.code, Code::NotFound);
    assert_eq!(desk.refused("put_model", json!({ "provider": "openai", "model": "x", "tier": "best" })).await.code, Code::InvalidRequest);
}

#[tokio::test]
async fn the_kinds_on_offer_leave_the_sandbox_out_and_say_what_is_supported() {
    let desk = Desk::new().await;
    let kinds = desk.done("list_provider_kinds", json!({})).await;
    let kinds = kinds["data"].as_array().unwrap();
    assert_eq!(kinds[0]["kind"], "openai");
    assert!(kinds.iter().all(|kind| kind["kind"] != "sandbox"));
    assert!(kinds.iter().all(|kind| kind["supported"] == true));
    let of = |name: &str| kinds.iter().find(|kind| kind["kind"] == name).unwrap();
    assert_eq!((&of("bedrock")["options"], &of("azure")["options"][0]), (&json!(["region"]), &json!("api_version")));
    assert!(kinds.iter().all(|kind| kind["needs_key"] == false || kind["keys_url"].is_string()), "where each key is made");
    let refused = desk.refused("create_provider", json!({ "name": "x", "kind": "opanai" })).await;
    assert!(refused.message.contains("did you mean openai?"), "{}", refused.message);
}

fn backup(name: &str) -> Value {
    json!({ "strategy": "single", "model": { "model": name, "credential": "backup" } })
}

#[tokio::test]
async fn a_further_key_is_kept_under_its_name_and_never_shown() {
    let desk = Desk::new().await;
    desk.done("create_provider", openai()).await;
    let key = json!({ "name": "openai", "label": "backup", "key": "sk-backup-0123456789" });
    assert_eq!(desk.refused("put_named_credential", key.clone()).await.code, Code::NoKeychain);
    let allowed = json!({ "name": "openai", "label": "backup", "key": "sk-backup-0123456789", "allow_file": true });
    let kept = desk.done("put_named_credential", allowed).await;
    assert_eq!(kept["credentials"]["backup"], json!({ "source": "file", "hint": "6789", "used_by": [] }));
    assert_eq!(kept["credential"]["source"], "missing", "the default one is another");
    desk.done("put_named_credential", json!({ "name": "openai", "label": "team-a", "env": "ALPHA_KEY" })).await;
    let desk = desk.reopened().await;
    let shown = desk.done("get_provider", json!({ "name": "openai" })).await;
    assert_eq!(shown["credentials"]["team-a"]["env"], "ALPHA_KEY");
    for operation in ["list_providers", "export_bundle", "list_logs"] {
        let shown = desk.done(operation, json!({})).await.to_string();
        assert!(!shown.contains("sk-backup") && !shown.contains("sk-alpha"), "{operation}");
    }
    desk.done("delete_named_credential", json!({ "name": "openai", "label": "backup" })).await;
    desk.control.shutdown().await;
    assert!(!desk.everything_on_disk().contains("sk-backup"), "it is forgotten, and was never in a database");
}

#[tokio::test]
async fn names_of_credentials_are_plain_and_never_keys_that_were_pasted() {
    let desk = Desk::new().await;
    desk.done("create_provider", openai()).await;
    for label in ["default", "", "Team A", "sk-Pasted-Key", "a/b"] {
        let refused = desk.refused("put_named_credential", json!({ "name": "openai", "label": label, "env": "ALPHA_KEY" })).await;
        assert_eq!((refused.code, &refused.details["field"]), (Code::InvalidRequest, &json!("label")), "{label}");
        assert!(!refused.message.contains("Pasted"), "{}", refused.message);
    }
    for (key, env) in [(json!(null), json!(null)), (json!("sk-0123456789"), json!("ALPHA_KEY"))] {
        let input = json!({ "name": "openai", "label": "backup", "key": key, "env": env });
        assert!(desk.refused("put_named_credential", input).await.message.contains("either"));
    }
    let sandbox = json!({ "name": "sandbox", "label": "backup", "env": "ALPHA_KEY" });
    assert!(desk.refused("put_named_credential", sandbox).await.message.contains("needs no key"));
}

#[tokio::test]
async fn a_credential_that_a_config_uses_is_known_and_not_removed() {
    let desk = Desk::new().await;
    desk.done("create_provider", openai()).await;
    let unknown = desk.done("validate", json!({ "document": backup("openai/gpt-4o") })).await;
    assert!(unknown["diagnostics"][0]["message"].as_str().unwrap().contains("no credential \"backup\""), "{unknown}");
    desk.done("put_named_credential", json!({ "name": "openai", "label": "backup", "env": "ALPHA_KEY" })).await;
    for model in ["openai/gpt-4o", "gpt-4o"] {
        desk.done("save_version", json!({ "slug": "production", "document": backup(model) })).await;
        let used = desk.done("get_provider", json!({ "name": "openai" })).await;
        assert_eq!(used["credentials"]["backup"]["used_by"], json!(["@production"]));
        let refused = desk.refused("delete_named_credential", json!({ "name": "openai", "label": "backup" })).await;
        assert_eq!(refused.code, Code::InUse);
        assert!(refused.message.starts_with("@production refers to the credential backup of openai"), "{}", refused.message);
    }
    let other_kind = json!({ "name": "openai", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1" });
    assert_eq!(desk.refused("update_provider", other_kind).await.code, Code::InUse, "another kind would lose it");
    desk.done("activate_version", json!({ "slug": "production", "version": 1 })).await;
    desk.done("delete_named_credential", json!({ "name": "openai", "label": "backup" })).await;
    let gone = desk.refused("verify_provider", json!({ "name": "openai", "credential": "backup" })).await;
    assert_eq!(gone.code, Code::NotFound);
}

#[tokio::test]
async fn options_are_for_the_kinds_that_have_them() {
    let desk = Desk::new().await;
    let made = desk.done("create_provider", json!({ "name": "aws", "kind": "bedrock", "options": { "region": "eu-central-1" } })).await;
    assert_eq!(
        (&made["base_url"], &made["options"]),
        (&json!("https://bedrock-runtime.eu-central-1.amazonaws.com"), &json!({ "region": "eu-central-1" }))
    );
    for (input, why) in [
        (json!({ "name": "x", "kind": "bedrock" }), "needs a region"),
        (json!({ "name": "x", "kind": "azure" }), "needs a base URL"),
        (json!({ "name": "x", "kind": "bedrock", "options": { "region": "Frankfurt" } }), "cannot be the region"),
        (json!({ "name": "x", "kind": "openai", "options": { "region": "eu-central-1" } }), "has no region"),
        (
            json!({ "name": "x", "kind": "azure", "base_url": "https://a.openai.azure.com", "options": { "api_version": "a/b" } }),
            "API version",
        ),
    ] {
        let refused = desk.refused("create_provider", input).await;
        assert!(refused.message.contains(why), "{}", refused.message);
    }
    let kept = desk.done("update_provider", json!({ "name": "aws", "kind": "bedrock", "enabled": false })).await;
    assert_eq!(kept["options"]["region"], "eu-central-1", "what is left out stays");
}

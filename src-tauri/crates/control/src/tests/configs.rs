use super::*;

async fn save(desk: &Desk, model: &str) -> Value {
    desk.done("save_version", json!({ "slug": "production", "document": single(model), "message": model })).await
}

#[tokio::test]
async fn a_save_makes_a_version_and_activates_it() {
    let desk = Desk::new().await;
    let saved = save(&desk, "sandbox/fast").await;
    assert_eq!(saved, json!({ "version": 2, "active": true, "unchanged": false }));
    let config = desk.done("get_config", json!({ "slug": "production" })).await;
    assert_eq!((&config["active_version"], &config["document"]), (&json!(2), &single("sandbox/fast")));
    assert!(config["source"].as_str().unwrap().contains("\n  \"model\": \"sandbox/fast\""));
}

#[tokio::test]
async fn a_save_of_the_newest_document_makes_no_version_however_it_is_written() {
    let desk = Desk::new().await;
    save(&desk, "sandbox/fast").await;
    let again =
        desk.done("save_version", json!({ "slug": "@production", "document": { "policy": "single", "model": "sandbox/fast" } })).await;
    assert_eq!(again, json!({ "version": 2, "active": true, "unchanged": true }));
}

#[tokio::test]
async fn a_candidate_leaves_the_active_version_alone_and_is_promoted_by_activating_it() {
    let desk = Desk::new().await;
    let saved = desk.done("save_version", json!({ "slug": "production", "document": single("sandbox/fast"), "activate": false })).await;
    assert_eq!((&saved["version"], &saved["active"]), (&json!(2), &json!(false)));
    let activated = desk.done("activate_version", json!({ "slug": "production", "version": 2, "reason": "looks good" })).await;
    assert_eq!(activated, json!({ "slug": "production", "version": 2, "previous": 1 }));
    desk.done("activate_version", json!({ "slug": "production", "version": 1 })).await;
    let history = desk.done("list_activations", json!({ "slug": "production" })).await;
    let told: Vec<_> =
        history["data"].as_array().unwrap().iter().map(|row| (row["version"].as_u64().unwrap(), row["reason"].as_str().unwrap())).collect();
    assert_eq!(told, [(1, "rollback"), (2, "promotion"), (1, "save")]);
    assert_eq!(history["data"][1]["note"], "looks good");
}

#[tokio::test]
async fn a_save_on_top_of_an_old_version_is_a_conflict_that_shows_what_differs() {
    let desk = Desk::new().await;
    save(&desk, "sandbox/fast").await;
    let late = desk.refused("save_version", json!({ "slug": "production", "document": single("sandbox/smart"), "base_version": 1 })).await;
    assert_eq!(late.code, Code::Conflict);
    assert_eq!(late.details["latest_version"], 2);
    let changes = &late.details["diff"]["changes"];
    assert_eq!((&changes[0]["from"], &changes[0]["to"]), (&json!("sandbox/fast"), &json!("sandbox/smart")), "{changes}");
    assert_eq!(desk.done("get_config", json!({ "slug": "production" })).await["latest_version"], 2);
}

#[tokio::test]
async fn a_base_version_that_never_was_is_refused() {
    let desk = Desk::new().await;
    let refused =
        desk.refused("save_version", json!({ "slug": "production", "document": single("sandbox/fast"), "base_version": 7 })).await;
    assert_eq!(refused.code, Code::InvalidRequest);
}

#[tokio::test]
async fn what_is_invalid_is_not_saved_and_all_that_is_wrong_comes_back() {
    let desk = Desk::new().await;
    let document = json!({ "strategy": "fallback", "attempts": ["sandbox/fats", "@producton"], "retries": "x" });
    let refused = desk.refused("save_version", json!({ "slug": "production", "document": document })).await;
    assert_eq!(refused.code, Code::InvalidDocument);
    let checked = desk.done("validate", json!({ "slug": "production", "document": document })).await;
    assert_eq!(refused.details["diagnostics"], checked["diagnostics"]);
    assert_eq!(checked["valid"], false);
    assert_eq!(desk.done("get_config", json!({ "slug": "production" })).await["latest_version"], 1);
}

#[tokio::test]
async fn an_unknown_slug_is_not_found_with_the_nearest_one() {
    let desk = Desk::new().await;
    for (operation, input) in [
        ("get_config", json!({ "slug": "producton" })),
        ("archive_config", json!({ "slug": "producton" })),
        ("list_versions", json!({ "slug": "producton" })),
        ("save_version", json!({ "slug": "producton", "document": single("sandbox/fast") })),
        ("activate_version", json!({ "slug": "producton", "version": 1 })),
    ] {
        let refused = desk.refused(operation, input).await;
        assert_eq!(refused.code, Code::NotFound, "{operation}");
        assert!(refused.message.contains("@production"), "{operation}: {}", refused.message);
    }
    assert_eq!(desk.refused("get_version", json!({ "slug": "production", "number": 9 })).await.code, Code::NotFound);
}

#[tokio::test]
async fn a_config_that_another_ones_active_version_names_is_not_archived() {
    let desk = Desk::new().await;
    desk.done(
        "create_config",
        json!({ "slug": "outer", "document": { "strategy": "fallback", "attempts": ["@production:1", "sandbox/fast"] } }),
    )
    .await;
    let refused = desk.refused("archive_config", json!({ "slug": "production" })).await;
    assert_eq!((refused.code, texts(&refused.details["referrers"])), (Code::InUse, vec!["@outer"]));
    desk.done("save_version", json!({ "slug": "outer", "document": single("sandbox/fast") })).await;
    desk.done("archive_config", json!({ "slug": "production" })).await;
    let listed = desk.done("list_configs", json!({})).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    let refused = desk.refused("activate_version", json!({ "slug": "outer", "version": 1 })).await;
    assert_eq!(refused.code, Code::InvalidDocument, "what it names is archived by now");
}

#[tokio::test]
async fn an_archived_config_keeps_its_name_and_comes_back_as_it_was() {
    let desk = Desk::new().await;
    save(&desk, "sandbox/fast").await;
    desk.done("archive_config", json!({ "slug": "production" })).await;
    let taken = desk.refused("create_config", json!({ "slug": "production", "document": single("sandbox/fast") })).await;
    assert_eq!(taken.code, Code::AlreadyExists);
    let config = desk.done("restore_config", json!({ "slug": "production" })).await;
    assert_eq!((&config["active_version"], &config["archived"]), (&json!(2), &json!(false)));
}

#[tokio::test]
async fn a_cycle_is_refused_whichever_way_it_would_come_about() {
    let desk = Desk::new().await;
    desk.done("create_config", json!({ "slug": "inner", "document": single("@production") })).await;
    desk.done("save_version", json!({ "slug": "inner", "document": single("sandbox/fast") })).await;
    desk.done("save_version", json!({ "slug": "production", "document": single("@inner") })).await;
    let saved = desk.refused("save_version", json!({ "slug": "inner", "document": single("@production") })).await;
    let rolled_back = desk.refused("activate_version", json!({ "slug": "inner", "version": 1 })).await;
    for refused in [saved, rolled_back] {
        assert_eq!(refused.code, Code::InvalidDocument);
        assert!(refused.message.contains("@inner -> @production -> @inner"), "{}", refused.message);
    }
}

#[tokio::test]
async fn versions_say_when_they_were_active() {
    let desk = Desk::new().await;
    save(&desk, "sandbox/fast").await;
    desk.done("activate_version", json!({ "slug": "production", "version": 1 })).await;
    let first = desk.done("get_version", json!({ "slug": "production", "number": 1 })).await;
    let spans = first["active_spans"].as_array().unwrap();
    assert_eq!(spans.len(), 2);
    assert!(spans[0].get("to").is_none(), "it is active now: {spans:?}");
    assert_eq!((&spans[0]["reason"], &spans[0]["by"]), (&json!("rollback"), &json!("you")));
    let second = desk.done("get_version", json!({ "slug": "production", "number": 2 })).await;
    assert_eq!(second["active_spans"][0]["to"], spans[0]["from"], "one ends where the next begins");
    assert_eq!((&second["message"], &second["author"], &second["origin"]), (&json!("sandbox/fast"), &json!("you"), &json!("edit")));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let desk = Desk::new().await;
    for model in ["sandbox/fast", "sandbox/smart", "sandbox/slow", "sandbox/json"] {
        save(&desk, model).await;
    }
    for (operation, field) in [("list_versions", "number"), ("list_activations", "version")] {
        let mut seen = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let page = desk.done(operation, json!({ "slug": "production", "limit": 2, "cursor": cursor })).await;
            seen.extend(page["data"].as_array().unwrap().iter().map(|row| row[field].as_u64().unwrap()));
            cursor = page["next_cursor"].clone();
            assert_eq!(page["has_more"], !cursor.is_null());
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(seen, [5, 4, 3, 2, 1], "{operation}");
    }
    let wrong = desk.refused("list_versions", json!({ "slug": "production", "cursor": "?" })).await;
    assert_eq!(wrong.code, Code::InvalidRequest);
}

#[tokio::test]
async fn a_slug_is_checked_and_taken_once() {
    let desk = Desk::new().await;
    for slug in ["", "Production", "-x", "a b", "@production", "ü"] {
        let refused = desk.refused("create_config", json!({ "slug": slug, "document": single("sandbox/fast") })).await;
        assert_eq!(refused.code, Code::InvalidRequest, "{slug:?}");
    }
    let taken = desk.refused("create_config", json!({ "slug": "production", "document": single("nothing/at-all") })).await;
    assert_eq!(taken.code, Code::AlreadyExists, "that comes before what is wrong with the document");
}

#[tokio::test]
async fn text_is_checked_with_line_and_column() {
    let desk = Desk::new().await;
    let source = "{\n  \"strategy\": \"single\",\n  \"model\": \"sandbox/fats\"\n}";
    let checked = desk.done("validate", json!({ "source": source })).await;
    let found = &checked["diagnostics"][0];
    assert_eq!((&found["line"], &found["column"], &found["suggestion"]), (&json!(3), &json!(12), &json!("sandbox/fast")), "{checked}");
    let broken = desk.done("validate", json!({ "source": "{\n  \"strategy\" \"single\"\n}" })).await;
    let found = &broken["diagnostics"][0];
    assert_eq!((&broken["valid"], &found["line"]), (&json!(false), &json!(2)), "{broken}");
    assert!(!found["message"].as_str().unwrap().contains("line 2"), "the place stands beside it: {found}");
    let valid = desk.done("validate", json!({ "source": "{\"model\":\"sandbox/fast\",\"strategy\":\"single\"}" })).await;
    assert_eq!((&valid["valid"], &valid["canonical"]), (&json!(true), &single("sandbox/fast")));
    let long = desk.done("validate", json!({ "source": " ".repeat(300 * 1024) })).await;
    assert_eq!(long["valid"], false);
    assert_eq!(desk.refused("validate", json!({})).await.code, Code::InvalidRequest);
}

#[tokio::test]
async fn two_versions_are_compared_in_words_and_side_by_side() {
    let desk = Desk::new().await;
    save(&desk, "sandbox/fast").await;
    save(&desk, "sandbox/smart").await;
    let diff = desk.done("diff_versions", json!({ "slug": "production", "from": 2, "to": 3 })).await;
    assert_eq!((&diff["changes"][0]["path"], &diff["changes"][0]["kind"]), (&json!("/model"), &json!("changed")));
    assert!(diff["rows"].as_array().unwrap().iter().any(|row| row["kind"] == "changed"));
    let drafts = desk.done("diff_documents", json!({ "from": single("sandbox/fast"), "to": single("sandbox/smart") })).await;
    assert_eq!(drafts, diff);
}

#[tokio::test]
async fn a_description_is_changed_and_every_change_is_audited() {
    let desk = Desk::new().await;
    let config = desk.done("describe_config", json!({ "slug": "production", "description": "what apps call" })).await;
    assert_eq!(config["description"], "what apps call");
    let audit = desk.control.setup.read(|view| Ok(view.audit_entries(None, 10)?)).unwrap();
    assert_eq!((audit[0].action.as_str(), audit[0].who.as_str(), audit[0].subject.as_str()), ("config.describe", "you", "@production"));
}

#[tokio::test]
async fn everything_saved_is_there_after_a_restart() {
    let desk = Desk::new().await;
    save(&desk, "sandbox/fast").await;
    let before = desk.done("list_versions", json!({ "slug": "production" })).await;
    let desk = desk.reopened().await;
    assert_eq!(desk.done("list_versions", json!({ "slug": "production" })).await, before);
}

use super::*;

/// As LiteLLM publishes it, with one row that makes no sense and one of a provider that is not known.
fn list(input_per_token: f64) -> String {
    json!({
        "gpt-4o": { "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": input_per_token, "output_cost_per_token": 1e-5,
            "max_input_tokens": 128_000, "max_output_tokens": 16_384, "supports_function_calling": true, "supports_vision": true,
            "supports_response_schema": true, "supports_pdf_input": true, "cache_read_input_token_cost": 1.25e-6 },
        "gpt-next": { "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 },
        "gpt-free": { "litellm_provider": "openai", "mode": "chat" },
        "gpt-odd": { "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": -1, "output_cost_per_token": 1 },
        "elsewhere": { "litellm_provider": "nobody", "mode": "chat" },
    })
    .to_string()
}

async fn desk() -> Desk {
    let desk = Desk::new().await;
    desk.done("create_provider", json!({ "name": "openai", "kind": "openai" })).await;
    desk
}

async fn model(desk: &Desk, name: &str) -> Value {
    let rows = desk.done("list_models", json!({})).await;
    let found = rows["data"].as_array().unwrap().iter().find(|row| row["id"] == format!("openai/{name}")).cloned();
    found.map_or(Value::Null, |row| row["model"].clone())
}

#[tokio::test]
async fn a_preview_shows_what_would_change_and_changes_nothing() {
    let desk = desk().await;
    let shown = desk.done("import_models", json!({ "file": list(1e-6), "date": "2027-01-01", "preview": true })).await;
    assert_eq!((&shown["applied"], &shown["source"], &shown["date"]), (&json!(false), &json!("LiteLLM"), &json!("2027-01-01")));
    assert_eq!((&shown["new"], &shown["repriced"], &shown["unknown_provider"]), (&json!(2), &json!(1), &json!(1)), "{shown}");
    assert_eq!((&shown["refused"][0]["name"], &shown["refused_count"]), (&json!("gpt-odd"), &json!(1)));
    let first = &shown["rows"][0];
    assert_eq!(
        (&first["model"], &first["change"], &first["before"]["input"], &first["after"]["input"]),
        (&json!("gpt-4o"), &json!("price"), &json!(2.5), &json!(1.0))
    );
    assert_eq!(model(&desk, "gpt-4o").await["price"]["input"], 2.5);
    assert_eq!(model(&desk, "gpt-next").await, Value::Null);
}

#[tokio::test]
async fn an_import_holds_over_what_is_built_in_and_is_there_after_a_restart() {
    let desk = desk().await;
    let done = desk.done("import_models", json!({ "file": list(1e-6), "date": "2027-01-01" })).await;
    assert_eq!(done["applied"], true);
    let desk = desk.reopened().await;
    let known = model(&desk, "gpt-4o").await;
    assert_eq!(
        (&known["price"]["input"], &known["price_source"], &known["tier"]),
        (&json!(1.0), &json!("LiteLLM, 2027-01-01"), &json!("premium"))
    );
    assert!(model(&desk, "gpt-free").await.get("price").is_none(), "unknown is not zero");
    let again = desk.done("import_models", json!({ "file": list(1e-6), "date": "2027-01-02", "preview": true })).await;
    assert_eq!((&again["new"], &again["repriced"], &again["rows"]), (&json!(0), &json!(0), &json!([])));
    assert_eq!(desk.done("forget_imported_models", json!({})).await, json!({ "models": 3 }));
    assert_eq!(model(&desk, "gpt-4o").await["price"]["input"], 2.5);
}

#[tokio::test]
async fn an_older_list_takes_nothing_newer_away() {
    let desk = desk().await;
    let done = desk.done("import_models", json!({ "file": list(1e-6), "date": "2020-01-01" })).await;
    assert_eq!((&done["older"], &done["repriced"], &done["new"]), (&json!(1), &json!(0), &json!(2)));
    assert_eq!(model(&desk, "gpt-4o").await["price"]["input"], 2.5);
}

#[tokio::test]
async fn the_users_own_price_holds_over_an_import_until_it_is_taken_back() {
    let desk = desk().await;
    let own = json!({ "provider": "openai", "model": "gpt-4o", "price": { "input": 9.0, "cache_write": 11.0, "output": 9.0 } });
    desk.done("put_model", own).await;
    let shown = desk.done("import_models", json!({ "file": list(1e-6), "date": "2027-01-01" })).await;
    assert_eq!(shown["rows"][0]["yours"], true);
    let known = model(&desk, "gpt-4o").await;
    assert_eq!((&known["price"], &known["overridden"]), (&json!({ "input": 9.0, "cache_write": 11.0, "output": 9.0 }), &json!(true)));
    desk.done("delete_model", json!({ "provider": "openai", "model": "gpt-4o" })).await;
    let known = model(&desk, "gpt-4o").await;
    assert_eq!((&known["price"]["input"], known.get("overridden")), (&json!(1.0), None));
    let refused = desk.refused("delete_model", json!({ "provider": "openai", "model": "gpt-4o" })).await;
    assert_eq!(refused.code, Code::NotFound);
}

#[tokio::test]
async fn to_switch_a_model_off_leaves_its_price_to_later_lists() {
    let desk = desk().await;
    desk.done("put_model", json!({ "provider": "openai", "model": "gpt-4o", "enabled": false })).await;
    desk.done("import_models", json!({ "file": list(1e-6), "date": "2027-01-01" })).await;
    let put = desk.done("put_model", json!({ "provider": "openai", "model": "gpt-4o", "enabled": true })).await;
    assert_eq!((&put["price"]["input"], put.get("overridden")), (&json!(1.0), None), "nothing of it is the user's any more");
}

#[tokio::test]
async fn a_model_that_only_the_user_knows_is_told_from_one_that_was_edited() {
    let desk = desk().await;
    let added = desk.done("put_model", json!({ "provider": "openai", "model": "org/mine", "enabled": true })).await;
    let edited = desk.done("put_model", json!({ "provider": "openai", "model": "gpt-4o", "enabled": false })).await;
    assert_eq!((&added["overridden"], &added["added"]), (&json!(true), &json!(true)));
    assert_eq!((&edited["overridden"], edited.get("added")), (&json!(true), None));
}

#[tokio::test]
async fn every_fact_of_a_model_can_be_said() {
    let desk = desk().await;
    let said = json!({
        "provider": "openai", "model": "org/mine", "context": 1_000, "max_output": 100, "tier": "economy", "mode": "embedding",
        "price": { "input": 1.0, "cached_input": 0.1, "cache_write": 1.25, "cache_write_1h": 2.0, "output": 3.0,
            "above": { "tokens": 500, "input": 2.0, "cached_input": 0.2, "cache_write": 2.5, "cache_write_1h": 4.0, "output": 6.0 } },
        "capabilities": ["tools"], "modalities": ["text", "audio"], "enabled": true
    });
    let put = desk.done("put_model", said.clone()).await;
    for (field, value) in said.as_object().unwrap().iter().filter(|(field, _)| !["provider", "model"].contains(&field.as_str())) {
        assert_eq!(&put[field], value, "{field}");
    }
    desk.done("delete_model", json!({ "provider": "openai", "model": "org/mine" })).await;
    assert_eq!(model(&desk, "org/mine").await, Value::Null);
}

#[tokio::test]
async fn a_file_that_is_no_price_list_is_refused_with_what_to_do() {
    let desk = desk().await;
    for (file, date, field) in [("[]", "2027-01-01", "file"), ("{\"a\":{}}", "2027-01-01", "file"), ("{}", "soon", "date")] {
        let refused = desk.refused("import_models", json!({ "file": file, "date": date })).await;
        assert_eq!((refused.code, &refused.details["field"]), (Code::InvalidRequest, &json!(field)), "{}", refused.message);
    }
}

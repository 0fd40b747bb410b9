//! The description of the API, and the files of the window.

use std::collections::HashSet;

use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::Api;
use crate::{http::openapi, ops::OPERATIONS};

fn each_operation(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation)))
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn the_description_has_every_operation_once() {
    let document = openapi();
    assert_eq!(document["openapi"], "3.1.0");
    let ids: Vec<&str> = each_operation(&document).map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    let unique: HashSet<_> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "operation ids must be unique");
    for operation in OPERATIONS {
        let described = &document["paths"][operation.path][operation.method.to_ascii_lowercase()];
        assert_eq!(described["operationId"], operation.name);
        assert!(described["responses"][operation.status.to_string()].is_object(), "{}", operation.name);
        assert!(described["responses"]["default"].is_object(), "{}", operation.name);
    }
}

#[test]
fn every_part_of_a_path_is_a_required_parameter_and_no_parameter_is_given_twice() {
    for (path, method, operation) in each_operation(&openapi()) {
        let parameters = operation["parameters"].as_array().unwrap();
        let named = |place: &str| -> HashSet<&str> {
            let there = parameters.iter().filter(|parameter| parameter["in"] == place);
            there.map(|parameter| parameter["name"].as_str().unwrap()).collect()
        };
        let parts: HashSet<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(named("path"), parts, "{method} {path}");
        let unique: HashSet<_> = parameters.iter().map(|parameter| (parameter["in"].to_string(), parameter["name"].to_string())).collect();
        assert_eq!(unique.len(), parameters.len(), "{method} {path}");
        for parameter in parameters {
            assert!(parameter["schema"].is_object() || parameter["schema"].is_boolean(), "{method} {path}: {parameter}");
            assert!(parameter["in"] != "path" || parameter["required"] == true, "{method} {path}");
        }
        assert!(!matches!(method.as_str(), "get" | "delete") || operation["requestBody"].is_null(), "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = openapi();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("references stay inside the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn bodies_do_not_ask_for_what_the_path_says() {
    let document = openapi();
    let body = &document["paths"]["/configs/{slug}/versions"]["post"]["requestBody"];
    let schema = &body["content"]["application/json"]["schema"];
    assert_eq!(schema["required"], serde_json::json!(["document"]));
    assert!(schema["properties"]["slug"].is_null() && schema["properties"]["base_version"].is_object());
}

#[test]
fn both_ways_to_send_the_key_are_described() {
    let document = openapi();
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    for requirement in document["security"].as_array().unwrap() {
        assert!(requirement.as_object().unwrap().keys().all(|name| schemes.contains_key(name)));
    }
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
}

#[tokio::test]
async fn the_description_needs_no_key() {
    let api = Api::fresh().await;
    let answer = api.send(Request::get("/openapi.json").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, openapi());
}

#[tokio::test]
async fn the_windows_pages_carry_a_strict_policy() {
    for path in ["/ui/", "/ui/nothing.js"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = super::super::ui::router().oneshot(request).await.unwrap();
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()["referrer-policy"], "no-referrer");
        let built = response.status() == 200;
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let said = String::from_utf8_lossy(&body);
        assert!(built || path != "/ui/" || said.contains("make ui"), "{said}");
    }
}

//! The API's description, OpenAPI 3.1, made from the table of operations and the schemas of its types.

use std::sync::LazyLock;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::PREFIX;
use crate::ops::{OPERATIONS, Operation};

static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());

pub(super) async fn serve() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

/// The description of the whole management API.
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for operation in OPERATIONS {
        add(&mut paths, operation.path, operation.method, described(operation, &mut generator));
    }
    add(&mut paths, "/events", "GET", events(&mut generator));
    add(&mut paths, "/logs/export", "GET", export());
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Error".to_owned(), error_schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Modelux management API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Everything that the window and the command line can do.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": PREFIX }],
        "security": [{ "bearer": [] }, { "api_key": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "A management key, mlx_mk_…" },
                "api_key": { "type": "apiKey", "in": "header", "name": "x-api-key", "description": "The same key" },
            },
        },
    })
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, description: Value) {
    let item = paths.entry(path).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(item) = item {
        item.insert(method.to_ascii_lowercase(), description);
    }
}

fn described(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let fields = Fields::of(operation);
    let mut parameters: Vec<Value> = Vec::new();
    let mut body = Map::new();
    for (name, schema) in &fields.properties {
        if operation.path.contains(&format!("{{{name}}}")) {
            parameters.push(parameter(name, "path", schema, true));
        } else if matches!(operation.method, "GET" | "DELETE") {
            parameters.push(parameter(name, "query", schema, fields.requires(name)));
        } else {
            body.insert(name.clone(), schema.clone());
        }
    }
    if operation.mutates() {
        parameters.push(idempotency_key());
    }
    let output = (operation.output_schema)(generator).to_value();
    let mut responses = json!({
        operation.status.to_string(): { "description": "Done", "content": { "application/json": { "schema": output.clone() } } },
        "default": failure(),
    });
    if operation.name == "save_version" {
        responses["200"] =
            json!({ "description": "Nothing changed: no version was made", "content": { "application/json": { "schema": output } } });
    }
    let mut description = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
    });
    if let Some(body) = request_body(operation, &fields, body, generator) {
        description["requestBody"] = body;
    }
    description
}

fn request_body(operation: &Operation, fields: &Fields, body: Map<String, Value>, generator: &mut SchemaGenerator) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    let required: Vec<_> = body.keys().filter(|name| fields.requires(name)).cloned().collect();
    let compulsory = !required.is_empty();
    let schema = if body.len() == fields.properties.len() {
        (operation.input_schema)(generator).to_value()
    } else {
        let references = Fields::referring(operation, generator).properties;
        let properties: Map<_, _> = references.into_iter().filter(|(name, _)| body.contains_key(name)).collect();
        json!({ "type": "object", "properties": properties, "required": required })
    };
    Some(json!({ "required": compulsory, "content": { "application/json": { "schema": schema } } }))
}

/// The fields of an operation's input.
struct Fields {
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl Fields {
    /// With their schemas written out, as parameters want them.
    fn of(operation: &Operation) -> Self {
        let mut generator = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
        Self::from((operation.input_schema)(&mut generator).to_value())
    }

    /// With references into the document's components.
    fn referring(operation: &Operation, generator: &mut SchemaGenerator) -> Self {
        let schema = (operation.input_schema)(generator).to_value();
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        let definition = name.and_then(|name| generator.definitions().get(name)).cloned();
        Self::from(definition.unwrap_or(schema))
    }

    fn requires(&self, name: &str) -> bool {
        self.required.iter().any(|required| required == name)
    }
}

impl From<Value> for Fields {
    fn from(mut schema: Value) -> Self {
        let properties = match schema.get_mut("properties").map(Value::take) {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        Self { properties, required }
    }
}

fn parameter(name: &str, place: &str, schema: &Value, required: bool) -> Value {
    let mut schema = schema.clone();
    let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    let mut parameter = json!({ "name": name, "in": place, "required": required, "schema": schema });
    if let Some(description) = description {
        parameter["description"] = description;
    }
    parameter
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false, "schema": { "type": "string", "maxLength": 255 },
        "description": "A call repeated with the same key within a day is answered as the first one was.",
    })
}

fn failure() -> Value {
    json!({ "description": "Refused or failed", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } })
}

fn events(generator: &mut SchemaGenerator) -> Value {
    let event = generator.subschema_for::<crate::api::events::UiEvent>();
    json!({
        "operationId": "stream_events",
        "summary": "What changes, as server-sent events",
        "description": "The data of each event is a JSON array of UiEvent.",
        "parameters": [],
        "responses": {
            "200": { "description": "A stream without end", "content": { "text/event-stream": { "schema": { "type": "array", "items": event } } } },
            "default": failure(),
        },
    })
}

fn export() -> Value {
    json!({
        "operationId": "export_logs",
        "summary": "The request log as a file",
        "parameters": [
            { "name": "q", "in": "query", "required": false, "schema": { "type": "string" }, "description": "Filter language" },
            { "name": "format", "in": "query", "required": false, "schema": { "type": "string", "enum": ["jsonl", "csv"], "default": "jsonl" } },
        ],
        "responses": {
            "200": { "description": "One request a line, newest first", "content": {
                "application/x-ndjson": { "schema": { "$ref": "#/components/schemas/LogRow" } },
                "text/csv": { "schema": { "type": "string" } },
            } },
            "default": failure(),
        },
    })
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": { "error": {
            "type": "object",
            "required": ["code", "type", "message"],
            "properties": {
                "code": { "type": "string", "description": "Stable: match on this, never on the message" },
                "type": { "type": "string", "description": "Family of the code" },
                "message": { "type": "string", "description": "A plain sentence that says what to do" },
            },
            "additionalProperties": true,
        } },
    })
}

mod calls;
mod contract;
mod repeated;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::{Control, Options};

const KEY: &str = "mlx_mk_0123456789abcdefghijklmnopqrstuv";
const APP_KEY: &str = "mlx_sk_0123456789abcdefghijklmnopqrstuv";

/// The API over a fresh data directory.
struct Api {
    router: Router,
    control: Arc<Control>,
    _dir: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
    text: String,
}

impl Api {
    async fn fresh() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options {
            data_dir: Some(dir.path().join("data")),
            management_key: Some(KEY.into()),
            app_key: Some(APP_KEY.into()),
            ..Options::default()
        };
        let control = Control::open(options).await.unwrap();
        Self { router: super::router(control.clone()), control, _dir: dir }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path, Body::empty())).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(request("POST", path, Body::from(body.to_string()))).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(request("PUT", path, Body::from(body.to_string()))).await
    }
}

impl Answer {
    fn error(&self) -> &Value {
        &self.body["error"]
    }

    fn message(&self) -> &str {
        self.error()["message"].as_str().unwrap_or_default()
    }
}

fn request(method: &str, path: &str, body: Body) -> Request<Body> {
    keyed(method, path).header("content-type", "application/json").body(body).unwrap()
}

fn keyed(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("authorization", format!("Bearer {KEY}"))
}

/// Something that the sandbox of a fresh directory answers.
fn document() -> Value {
    json!({ "strategy": "single", "model": "sandbox/fast" })
}

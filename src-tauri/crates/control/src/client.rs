//! The command line's way to the operations: through the running instance, or by itself where none runs.
//!
//! ```text
//! --url  ──────────────▶ Remote   any instance, with a management key
//! data directory in use ▶ Remote   the instance that holds it; runtime.json says where and with which token
//! data directory free ──▶ Local    opens it here, without a listener
//! ```

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Http, connect::HttpConnector},
    rt::TokioExecutor,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use store::lock::Lock;

use crate::{Caller, CallerKind, Code, Control, Error, FirstKeys, Options, http::PREFIX, ops::Operation};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than a provider may take to be verified or tested.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);

/// A way to the operations.
pub enum Client {
    /// Another process does them.
    Remote(Remote),
    /// This process does them.
    Local(Arc<Control>),
}

/// Another instance, over HTTP.
pub struct Remote {
    address: String,
    key: SecretString,
    http: Http<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// What a running instance writes into `runtime.json`.
#[derive(Deserialize)]
struct Runtime {
    address: String,
    token: String,
}

impl Client {
    /// To the instance that works on the data directory, or, where none does, to the directory itself.
    ///
    /// # Errors
    /// What opening the directory gives; `locked` where an instance holds it but does not listen.
    pub async fn connect(options: Options) -> Result<Self, Error> {
        let dir = crate::data_dir(options.data_dir.clone())?;
        if let Some(remote) = running(&dir)? {
            return Ok(Self::Remote(remote));
        }
        // Whoever works here needs no management key.
        let control = Control::open(Options { desktop: true, ..options }).await?;
        Ok(Self::Local(control))
    }

    /// To the instance at that address, such as `http://10.0.0.5:8642`.
    ///
    /// # Errors
    /// `invalid_request` where it is no http or https URL.
    pub fn remote(address: &str, key: SecretString) -> Result<Self, Error> {
        Remote::new(address, key).map(Self::Remote)
    }

    /// Does the operation of that name.
    ///
    /// # Errors
    /// The operation's own; `internal` where the instance cannot be reached.
    pub async fn call(&self, operation: &str, input: Value) -> Result<Value, Error> {
        let operation =
            Operation::named(operation).ok_or_else(|| Error::new(Code::NotFound, format!("There is no operation {operation}.")))?;
        match self {
            Self::Remote(remote) => remote.call(operation, input).await,
            Self::Local(control) => {
                let caller = Caller { name: "you".to_owned(), kind: CallerKind::CommandLine };
                (operation.run)(control.clone(), caller, input).await
            }
        }
    }

    /// Where the instance listens; `None` where this process does the work.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Remote(remote) => Some(&remote.address),
            Self::Local(_) => None,
        }
    }

    /// Keys that opening the directory made, if it made any.
    pub fn first_keys(&self) -> Option<&FirstKeys> {
        match self {
            Self::Remote(_) => None,
            Self::Local(control) => control.first_keys(),
        }
    }

    /// Writes down what is still in memory, and lets go of the data directory.
    pub async fn close(self) {
        if let Self::Local(control) = self {
            control.shutdown().await;
        }
    }
}

/// The instance that works on the data directory.
fn running(dir: &Path) -> Result<Option<Remote>, Error> {
    let Some(holder) = Lock::holder(dir) else { return Ok(None) };
    let runtime = std::fs::read(dir.join("runtime.json")).ok();
    let Some(runtime) = runtime.and_then(|text| serde_json::from_slice::<Runtime>(&text).ok()) else {
        let message = format!("Process {} works on {} but does not listen; wait for it, or stop it.", holder.pid, dir.display());
        return Err(Error::new(Code::Locked, message).with("pid", holder.pid));
    };
    let address = if runtime.address.contains("://") { runtime.address } else { format!("http://{}", runtime.address) };
    Remote::new(&address, runtime.token.into()).map(Some)
}

impl Remote {
    fn new(address: &str, key: SecretString) -> Result<Self, Error> {
        let address = address.trim_end_matches('/');
        let uri: Option<Uri> = address.parse().ok();
        if !uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()) {
            return Err(Error::new(Code::InvalidRequest, format!("{address:?} is not an address such as http://127.0.0.1:8642.")));
        }
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.enforce_http(false);
        let tls = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(tcp);
        Ok(Self { address: address.to_owned(), key, http: Http::builder(TokioExecutor::new()).build(tls) })
    }

    async fn call(&self, operation: &Operation, input: Value) -> Result<Value, Error> {
        let request = self.request(operation, input)?;
        let (status, body) = tokio::time::timeout(CALL_TIMEOUT, self.send(request))
            .await
            .map_err(|_| self.unreachable(&format!("no answer in {} s", CALL_TIMEOUT.as_secs())))??;
        let value: Option<Value> = serde_json::from_slice(&body).ok();
        match value {
            Some(value) if status.is_success() => Ok(value),
            Some(value) => Err(refusal(value, status)),
            None => Err(self.unreachable(&format!("it answered {status}, but not as Modelux does"))),
        }
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Error> {
        let response = self.http.request(request).await.map_err(|error| self.unreachable(&root_cause(&error)))?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| self.unreachable(&root_cause(&error)))?;
        Ok((status, body.to_bytes()))
    }

    fn request(&self, operation: &Operation, input: Value) -> Result<Request<Full<Bytes>>, Error> {
        let (path, rest) = fill(operation.path, input);
        let with_body = !matches!(operation.method, "GET" | "DELETE");
        let query = if with_body { String::new() } else { query(&rest) };
        let method = Method::from_bytes(operation.method.as_bytes()).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{PREFIX}{path}{query}", self.address))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key.expose_secret()))
            .header(header::CONTENT_TYPE, "application/json");
        let body = if with_body { Value::Object(rest).to_string().into() } else { Bytes::new() };
        request.body(Full::new(body)).map_err(|error| Error::new(Code::InvalidRequest, error.to_string()))
    }

    fn unreachable(&self, why: &str) -> Error {
        Error::new(Code::Internal, format!("The instance at {} cannot be reached: {why}.", self.address))
    }
}

/// Fills the path's fields in from the input; gives back the rest of it.
fn fill(pattern: &str, input: Value) -> (String, Map<String, Value>) {
    let mut rest = match input {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    let parts: Vec<String> = pattern
        .split('/')
        .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => encoded(&text(&rest.remove(name).unwrap_or_default())),
            None => part.to_owned(),
        })
        .collect();
    (parts.join("/"), rest)
}

fn query(fields: &Map<String, Value>) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(&text(value))))
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// RFC 3986's unreserved characters stay.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// An answer's error as the operation gave it.
fn refusal(mut answer: Value, status: StatusCode) -> Error {
    let mut details = match answer.get_mut("error").map(Value::take) {
        Some(Value::Object(error)) => error,
        _ => Map::new(),
    };
    let code = details.remove("code");
    let code = Code::ALL.into_iter().find(|known| code.as_ref().and_then(Value::as_str) == Some(known.as_str()));
    let message = details.remove("message").map_or_else(|| format!("it answered {status}"), |message| text(&message));
    details.remove("type");
    Error { code: code.unwrap_or(Code::Internal), message, details }
}

/// What lies behind hyper's "client error (Connect)".
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_of_the_path_are_escaped_and_the_rest_is_left() {
        let (path, rest) = fill("/models/{provider}/{model}", json!({"provider": "a b", "model": "meta/llama-3", "tier": "economy"}));
        assert_eq!(path, "/models/a%20b/meta%2Fllama-3");
        assert_eq!(Value::Object(rest), json!({"tier": "economy"}));
    }

    #[test]
    fn a_query_has_no_fields_that_were_not_given() {
        let (_, rest) = fill("/logs", json!({"q": "status:error latency>2s", "limit": 5, "cursor": null}));
        assert_eq!(query(&rest), "?q=status%3Aerror%20latency%3E2s&limit=5");
    }

    #[test]
    fn an_error_comes_back_with_its_code_and_details() {
        let answer = json!({"error": {"code": "conflict", "type": "conflict_error", "message": "Saved meanwhile", "latest_version": 3}});
        let error = refusal(answer, StatusCode::CONFLICT);
        assert_eq!((error.code, error.message.as_str()), (Code::Conflict, "Saved meanwhile"));
        assert_eq!(Value::Object(error.details), json!({"latest_version": 3}));
    }

    #[test]
    fn an_address_without_a_scheme_is_refused() {
        let error = Client::remote("127.0.0.1:8642", SecretString::from("x")).err().map(|error| error.code);
        assert_eq!(error, Some(Code::InvalidRequest));
    }
}

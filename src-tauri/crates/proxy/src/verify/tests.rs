//! What a provider says to the question for its models, and what is made of it.

use std::net::{Ipv4Addr, SocketAddr};

use catalog::ProviderOptions;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::provider::Setup;

const KEY: &str = "sk-the-key-of-a-test";

/// A server that answers one request; the head of that is handed back in the end.
async fn once(status: u16, body: &'static str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nlocation: http://127.0.0.1:1/\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(head).unwrap()
    });
    (address, served)
}

fn provider(kind: ProviderKind, base_url: &str) -> Provider {
    let region = (kind == ProviderKind::Bedrock).then(|| "us-east-1".to_owned());
    let options = ProviderOptions { region, ..ProviderOptions::default() };
    let key = if kind == ProviderKind::Bedrock { "AKIDEXAMPLE:the-secret-of-a-test" } else { KEY };
    let secrets = vec![(None, KEY.to_owned().into()), (Some("team".to_owned()), key.to_owned().into())];
    Provider::new(Setup { name: "p", kind, base_url, headers: &[], options: &options, secrets }).unwrap()
}

/// What comes of the question, and the head of the request that put it.
async fn asked(kind: ProviderKind, path: &str, status: u16, body: &'static str) -> (Verified, String, String) {
    let (address, served) = once(status, body).await;
    let provider = provider(kind, &format!("http://{address}{path}"));
    let said = verify(&HttpClient::new(), &provider, Some("team")).await;
    let sentence = said.sentence(&provider).replace(&address.to_string(), "HOST");
    (said, served.await.unwrap(), sentence)
}

async fn names(kind: ProviderKind, path: &str, body: &'static str) -> (Vec<String>, String) {
    match asked(kind, path, 200, body).await {
        (Verified::Models { models, .. }, head, _) => (models, head),
        (other, ..) => panic!("{kind}: {other:?}"),
    }
}

#[tokio::test]
async fn each_shape_of_provider_is_asked_in_its_own_way_and_its_list_is_read() {
    let (models, head) = names(ProviderKind::OpenAi, "/v1", r#"{"object":"list","data":[{"id":"gpt-5"},{"id":"o3"}]}"#).await;
    assert_eq!(models, ["gpt-5", "o3"]);
    assert!(head.starts_with("GET /v1/models HTTP/1.1\r\n") && head.contains(&format!("authorization: Bearer {KEY}\r\n")), "{head}");

    let (models, head) = names(ProviderKind::Anthropic, "", r#"{"data":[{"type":"model","id":"claude-x"}],"has_more":false}"#).await;
    assert_eq!(models, ["claude-x"]);
    assert!(head.starts_with("GET /v1/models?limit=1000 ") && head.contains(&format!("x-api-key: {KEY}\r\n")), "{head}");
    assert!(head.contains("anthropic-version: 2023-06-01\r\n"), "{head}");

    let (models, head) = names(ProviderKind::Azure, "/openai/v1", r#"{"data":[{"id":"gpt-4o"}]}"#).await;
    assert_eq!(models, ["gpt-4o"]);
    assert!(head.starts_with("GET /openai/v1/models ") && head.contains(&format!("api-key: {KEY}\r\n")), "{head}");

    let (models, head) =
        names(ProviderKind::Bedrock, "", r#"{"modelSummaries":[{"modelId":"amazon.nova-pro-v1:0","modelName":"Nova"}]}"#).await;
    assert_eq!(models, ["amazon.nova-pro-v1:0"]);
    assert!(
        head.starts_with("GET /foundation-models ") && head.contains("authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
        "{head}"
    );

    let (models, _) = names(ProviderKind::Google, "/v1beta/openai", r#"{"data":[{"id":"models/gemini-9"}]}"#).await;
    assert_eq!(models, ["gemini-9"]);
    let (models, head) = names(ProviderKind::Cohere, "/compatibility/v1", r#"{"models":[{"name":"command-a"}]}"#).await;
    assert_eq!(models, ["command-a"]);
    assert!(head.starts_with("GET /v1/models?page_size=1000 "), "{head}");
    let (models, _) = names(ProviderKind::Together, "/v1", r#"[{"id":"meta/llama"}]"#).await;
    assert_eq!(models, ["meta/llama"]);
}

#[tokio::test]
async fn each_refusal_says_what_to_do_and_repeats_no_key() {
    let mut said = Vec::new();
    for (kind, path, status, body) in [
        (
            ProviderKind::OpenAi,
            "/v1",
            401,
            r#"{"error":{"message":"Incorrect API key provided: sk-the-key-of-a-test.","type":"invalid_request_error"}}"#,
        ),
        (ProviderKind::Azure, "", 401, r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key."}}"#),
        (ProviderKind::Bedrock, "", 403, r#"{"message":"The request signature we calculated does not match the signature you provided."}"#),
        (ProviderKind::OpenAi, "/v1", 403, r#"{"error":{"message":"Missing scopes: api.model.read"}}"#),
        (ProviderKind::Mistral, "", 404, "no such page"),
        (ProviderKind::Anthropic, "/v2", 404, "{}"),
        (ProviderKind::Groq, "/v1", 429, r#"{"error":{"message":"Slow down."}}"#),
        (ProviderKind::OpenAi, "/v1", 307, ""),
        (ProviderKind::OpenAi, "/v1", 503, r#"{"error":{"message":"Overloaded."}}"#),
        (ProviderKind::OpenAiCompatible, "/v1", 200, "<html>"),
    ] {
        said.push(format!("{kind} {status}: {}", asked(kind, path, status, body).await.2));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    openai 401: The key was refused (Incorrect API key provided: [redacted]). Check that it belongs to HOST, and enter it again.
    azure 401: The key was refused (Access denied due to invalid subscription key). Each Azure resource has keys of its own: take the one of HOST, and enter it again.
    bedrock 403: AWS refused the credential (The request signature we calculated does not match the signature you provided). Check the access key or API key, its region, that it may call bedrock:ListFoundationModels, and this machine's clock.
    openai 403: The key is known, but may not list models (Missing scopes: api.model.read). Give it that right, or check that HOST serves your region and account; calls may work all the same.
    mistral 404: http://HOST/models does not exist. Check the base URL: most end in /v1.
    anthropic 404: http://HOST/v2/v1/models does not exist. Check the base URL: it goes without /v1/messages.
    groq 429: It answers, but asks to wait (Slow down). Try again in a minute, or look at the account's limits.
    openai 307: It redirects (status 307), which is not followed with a key. Enter the address that it redirects to.
    openai 503: HOST has trouble of its own (status 503: Overloaded). Try again later.
    openai_compatible 200: http://HOST/v1/models answered, but with no list of models. Check the base URL: most end in /v1.
    ");
}

#[tokio::test]
async fn a_server_that_does_not_run_is_asked_after_by_name() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let sentence = async |kind: ProviderKind| {
        let provider = provider(kind, &format!("http://{free}/v1"));
        verify(&HttpClient::new(), &provider, None).await.sentence(&provider).replace(&free.to_string(), "HOST")
    };
    assert_eq!(sentence(ProviderKind::Ollama).await, "HOST cannot be reached: nothing listens there. Is Ollama running?");
    let other = sentence(ProviderKind::OpenAiCompatible).await;
    assert_eq!(other, "HOST cannot be reached: nothing listens there. Check the address, and that the server runs.");
}

#[tokio::test]
async fn a_credential_that_is_not_there_is_named() {
    let provider = provider(ProviderKind::OpenAi, "http://127.0.0.1:1/v1");
    let said = verify(&HttpClient::new(), &provider, Some("lost")).await;
    let sentence = said.sentence(&provider);
    assert_eq!(sentence, "It was not asked: p has no credential \"lost\"; add it in Providers, or take it out of the target.");
}

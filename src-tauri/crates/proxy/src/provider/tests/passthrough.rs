//! What is passed through keeps what is the caller's and loses what is about us.

use super::*;

#[test]
fn the_path_goes_below_the_base_url_with_the_callers_query() {
    let uri = |provider: &Provider, path: &str| {
        provider.passthrough(Method::GET, path, &HeaderMap::new(), (None, None)).map(|parts| parts.uri.to_string())
    };
    assert_eq!(uri(&preset(ProviderKind::OpenAi), "/files?limit=2").unwrap(), "https://api.openai.com/v1/files?limit=2");
    assert_eq!(
        uri(&preset(ProviderKind::Anthropic), "/messages/count_tokens").unwrap(),
        "https://api.anthropic.com/v1/messages/count_tokens"
    );
    let dated = ProviderOptions { api_version: Some("2024-10-21".to_owned()), ..ProviderOptions::default() };
    let azure = provider(ProviderKind::Azure, "https://r.openai.azure.com", dated);
    assert_eq!(uri(&azure, "/files?limit=2").unwrap(), "https://r.openai.azure.com/openai/files?api-version=2024-10-21&limit=2");
    for path in ["/../admin", "/a/%2e%2e/b", "//evil.example/x", "files", "/a/..%5cb", "/./x"] {
        assert!(matches!(uri(&preset(ProviderKind::OpenAi), path), Err(ProviderError::Path(_))), "{path}");
    }
    assert!(
        matches!(uri(&preset_or_region(ProviderKind::Bedrock), "/files"), Err(ProviderError::Path(_))),
        "nothing passes through to Bedrock"
    );
}

#[test]
fn the_callers_key_and_connection_stay_here_and_its_content_headers_go_on() {
    let caller = map(&[
        ("authorization", "Bearer mlx_sk_secret"),
        ("x-api-key", "mlx_sk_secret"),
        ("content-type", "multipart/form-data; boundary=x"),
        ("content-length", "12"),
        ("transfer-encoding", "chunked"),
        ("connection", "keep-alive, x-hop"),
        ("x-hop", "1"),
        ("host", "127.0.0.1:8642"),
        ("origin", "http://localhost"),
        ("x-modelux-user-id", "u"),
        ("accept", "application/json"),
        ("anthropic-beta", "files-api"),
        ("x-stainless-lang", "python"),
    ]);
    let parts = preset(ProviderKind::Anthropic).passthrough(Method::POST, "/files", &caller, (None, None)).unwrap();
    let mut kept: Vec<_> = parts.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    kept.sort_unstable();
    assert_eq!(
        kept,
        [
            "accept: application/json",
            "anthropic-beta: files-api",
            "anthropic-version: 2023-06-01",
            "content-type: multipart/form-data; boundary=x",
            &format!("user-agent: modelux/{}", env!("CARGO_PKG_VERSION")),
            &format!("x-api-key: {KEY}"),
            "x-stainless-lang: python",
        ]
    );
    assert_eq!(parts.method, Method::POST);
}

#[test]
fn what_the_user_has_set_up_wins_and_a_header_said_twice_stays_twice() {
    let setup = Setup {
        name: "t",
        kind: ProviderKind::OpenAi,
        base_url: "https://api.openai.com/v1",
        headers: &[("openai-organization".to_owned(), "org-user".to_owned())],
        options: &ProviderOptions::default(),
        secrets: Vec::new(),
    };
    let mut caller = map(&[("openai-organization", "org-caller"), ("x-many", "1")]);
    caller.append("x-many", HeaderValue::from_static("2"));
    let parts = Provider::new(setup).unwrap().passthrough(Method::GET, "/files", &caller, (None, None)).unwrap();
    assert_eq!(header(&parts.headers, "openai-organization"), Some("org-user"));
    assert_eq!(parts.headers.get_all("x-many").iter().collect::<Vec<_>>(), ["1", "2"]);
}

#[test]
fn a_request_without_a_body_gets_no_content_type() {
    let parts = preset(ProviderKind::OpenAi).passthrough(Method::GET, "/files", &HeaderMap::new(), (None, None)).unwrap();
    assert_eq!(header(&parts.headers, "content-type"), None);
}

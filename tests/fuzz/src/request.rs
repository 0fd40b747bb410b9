//! Bodies of requests of every dialect, on their way to every other.

use bytes::Bytes;
use serde_json::{Value, json};
use wire::{Dialect, Quirks, Request, RequestError, UpstreamEdit};

/// Those that callers speak.
const CALLERS: [Dialect; 5] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::AnthropicMessages, Dialect::OpenAiCompletions, Dialect::OpenAiEmbeddings];

/// Whatever is read as a request is one wherever it is sent: the target gets JSON that it can read, for the same model,
/// streamed or not as the caller asked; or the caller gets a sentence that names the field.
pub fn request(data: &[u8]) {
    let body = Bytes::copy_from_slice(data);
    for dialect in CALLERS {
        match Request::read(dialect, body.clone()) {
            Ok(request) => sent(&request, &body),
            Err(error) => refused(&error),
        }
    }
}

fn refused(error: &RequestError) {
    assert!(!error.to_string().is_empty() && !error.code().is_empty(), "{error:?}");
}

fn sent(request: &Request, body: &Bytes) {
    assert_eq!(request.body(), body, "the bytes stay as they came");
    assert!(!request.facts.model.is_empty());
    request.prompt();
    request.conversation();
    request.texts(|text| assert!(!text.is_empty()));
    let params = json!({"temperature": 0.5, "max_tokens": 7, "mlx:tags": {}, "model": "no", "stream": "no"});
    let quirks = Quirks { max_completion_tokens: true, developer_role: true, custom_tools: true, ..Quirks::default() };
    let strict = Quirks { no_parallel_tool_calls: true, no_json_schema: true, ..Quirks::default() };
    let plain = UpstreamEdit { model: "m \"1\"", ..UpstreamEdit::default() };
    let full = UpstreamEdit { params: params.as_object(), include_usage: true, max_output: Some(4096), quirks, ..plain };
    for to in Dialect::ALL {
        for edit in [plain, full, UpstreamEdit { quirks: strict, ..plain }] {
            to_one(request, to, &edit);
        }
    }
}

fn to_one(request: &Request, to: Dialect, edit: &UpstreamEdit<'_>) {
    let outgoing = match request.upstream(to, edit) {
        Ok(outgoing) => outgoing,
        Err(error) => {
            assert_ne!(to, request.dialect, "nothing is lost on the way to its own dialect: {error}");
            assert!(!error.param.is_empty() && error.message.contains(&error.param), "it names the field: {error:?}");
            return;
        }
    };
    assert!(outgoing.warnings.iter().all(|warning| !warning.is_empty()));
    let sent = outgoing.body.into_bytes();
    let shown = || {
        format!("{:?} to {to:?}: {} became {}", request.dialect, String::from_utf8_lossy(request.body()), String::from_utf8_lossy(&sent))
    };
    if to == request.dialect {
        // Lone surrogates, deep nesting and huge numbers are passed on, but no tree can hold them.
        let is_tree = |body: &[u8]| serde_json::from_slice::<Value>(body).is_ok();
        assert!(is_tree(&sent) || !is_tree(request.body()), "{}", shown());
    } else {
        assert!(serde_json::from_slice::<Value>(&sent).is_ok_and(|value| value.is_object()), "{}", shown());
    }
    if to == Dialect::BedrockConverse {
        // Its model and whether it is streamed stand in its path.
        return;
    }
    let again = Request::read(to, sent.clone()).unwrap_or_else(|error| panic!("{error}: {}", shown()));
    assert_eq!((&*again.facts.model, again.facts.stream), (edit.model, request.facts.stream), "{}", shown());
    assert_eq!(again.facts.mlx, wire::MlxFields::default(), "what is ours never goes upstream: {}", shown());
    if to == request.dialect {
        let twice = again.upstream(to, edit).expect("its own dialect").body.into_bytes();
        assert_eq!(twice, sent, "an edit that is made already changes nothing");
    } else if let Err(error) = again.hub() {
        // Tools that a provider runs itself are passed to it as they are.
        assert!(error.param.starts_with("tools["), "what we write says nothing that we cannot read ({error}): {}", shown());
    }
}

//! Which path is whose: what is answered here, what goes on to a provider, and what must not as it is written.
//!
//! Upstreams read `/chat%2Fcompletions` or `//chat/completions/` as what is routed here. Passed on as it is written, it
//! would be called past every config, rule and record, so it is refused and told how to be written.

use http::{HeaderMap, Method};
use wire::Dialect;

/// The routes whose requests are routed, and what they speak.
pub const ENDPOINTS: [(&str, Dialect); 10] = [
    ("/openai/v1/chat/completions", Dialect::OpenAiChat),
    ("/v1/chat/completions", Dialect::OpenAiChat),
    ("/openai/v1/responses", Dialect::OpenAiResponses),
    ("/v1/responses", Dialect::OpenAiResponses),
    ("/anthropic/v1/messages", Dialect::AnthropicMessages),
    ("/v1/messages", Dialect::AnthropicMessages),
    ("/openai/v1/embeddings", Dialect::OpenAiEmbeddings),
    ("/v1/embeddings", Dialect::OpenAiEmbeddings),
    ("/openai/v1/completions", Dialect::OpenAiCompletions),
    ("/v1/completions", Dialect::OpenAiCompletions),
];

/// The routes that count tokens.
pub const COUNT_TOKENS: [&str; 2] = ["/anthropic/v1/messages/count_tokens", "/v1/messages/count_tokens"];

/// The routes that list models; a model's name may follow.
const MODELS: [&str; 3] = ["/openai/v1/models", "/v1/models", "/anthropic/v1/models"];

/// Below these are the APIs of providers.
const MOUNTS: [&str; 3] = ["/openai/v1", "/anthropic/v1", "/v1"];

/// Encoded once, twice … nobody decodes more often than this.
const MAX_DECODED: usize = 4;

/// What is asked of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed<'a> {
    /// Whose errors the caller understands, and whose API it is.
    pub dialect: Dialect,
    /// Path below `/v1`, with its query.
    pub path: &'a str,
}

/// The route of a request that is routed, by its exact path.
pub fn endpoint(path: &str) -> Option<(&'static str, Dialect)> {
    ENDPOINTS.into_iter().find(|(endpoint, _)| *endpoint == path)
}

/// The route of a request whose tokens are to be counted.
pub fn count_tokens(path: &str) -> Option<&'static str> {
    COUNT_TOKENS.into_iter().find(|endpoint| *endpoint == path)
}

/// Is a list of models read here, or one of them?
pub fn reads_models(method: &Method, path: &str) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && is_models(path)
}

/// Whose API a path is of, and so whose errors its caller understands. `/v1` is both OpenAI's and Anthropic's.
pub fn dialect_of(path: &str, headers: &HeaderMap) -> Dialect {
    let is_below = |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let says_anthropic = || is_below("/v1") && headers.contains_key("anthropic-version");
    if is_below("/anthropic") || is_below("/v1/messages") || says_anthropic() { Dialect::AnthropicMessages } else { Dialect::OpenAiChat }
}

/// What a request for this path would pass through; `None` for paths that are none of a provider's.
pub fn passed<'a>(path_and_query: &'a str, headers: &HeaderMap) -> Option<Passed<'a>> {
    let path = path_and_query.split('?').next().unwrap_or_default();
    let below = |prefix: &&str| path_and_query.strip_prefix(*prefix).filter(|rest| rest.starts_with('/') && rest.len() > 1);
    MOUNTS.iter().find_map(below).map(|rest| Passed { dialect: dialect_of(path, headers), path: rest })
}

/// The right way to write a path that upstreams may read as one that is answered here, where it is written in another.
pub fn rewritten(path: &str) -> Option<String> {
    if endpoint(path).is_some() || count_tokens(path).is_some() || is_models(path) {
        return None;
    }
    let plain = plain(path);
    let (mount, rest) = MOUNTS.iter().find_map(|mount| Some((*mount, plain.strip_prefix(mount)?)))?;
    // Base URLs that end in `/v1`, of SDKs that add it themselves.
    let rest = rest.strip_prefix("/v1").filter(|rest| rest.starts_with('/')).unwrap_or(rest);
    if rest == "/models" || (rest.starts_with("/models/") && plain != path) {
        return Some(format!("{mount}{rest}"));
    }
    let all = || ENDPOINTS.iter().map(|(path, _)| *path).chain(COUNT_TOKENS);
    let of_rest = |path: &&str| MOUNTS.iter().any(|mount| path.strip_prefix(mount) == Some(rest));
    all().find(|path| **path == *plain).or_else(|| all().find(of_rest)).map(str::to_owned)
}

fn is_models(path: &str) -> bool {
    let is_plain = !path.contains("//") && !path.ends_with('/');
    is_plain && MODELS.into_iter().any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// A path as a lenient upstream reads it: decoded, without empty segments, in lower case.
fn plain(path: &str) -> String {
    let mut decoded = path.to_owned();
    for _ in 0..MAX_DECODED {
        let next = percent_encoding::percent_decode_str(&decoded).decode_utf8_lossy().into_owned();
        if next == decoded {
            break;
        }
        decoded = next;
    }
    let decoded = decoded.to_ascii_lowercase();
    let segments = decoded.split(['/', '\\']).map(str::trim).filter(|segment| !segment.is_empty() && *segment != ".");
    segments.fold(String::new(), |all, segment| all + "/" + segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_upstream_may_read_as_a_routed_path_is_told_how_to_be_written() {
        for (written, right) in [
            ("/openai/v1/%63hat/completions", "/openai/v1/chat/completions"),
            ("/openai/v1/%2563hat/completions", "/openai/v1/chat/completions"),
            ("/openai/v1/chat%2Fcompletions", "/openai/v1/chat/completions"),
            ("/openai/v1/chat/completions/", "/openai/v1/chat/completions"),
            ("/openai/v1/chat//completions", "/openai/v1/chat/completions"),
            ("/openai/v1//chat/completions", "/openai/v1/chat/completions"),
            ("/openai/v1/./responses", "/openai/v1/responses"),
            ("/v1/Messages", "/v1/messages"),
            ("/anthropic/v1/messages/count%5Ftokens", "/anthropic/v1/messages/count_tokens"),
            ("/openai/v1/messages", "/anthropic/v1/messages"),
            ("/anthropic/v1/chat/completions", "/openai/v1/chat/completions"),
            ("/openai/v1/models/", "/openai/v1/models"),
            ("/openai/v1/v1/chat/completions", "/openai/v1/chat/completions"),
            ("/anthropic/v1/v1/messages", "/anthropic/v1/messages"),
            ("/openai/v1/%6dodels/x", "/openai/v1/models/x"),
        ] {
            assert_eq!(rewritten(written).as_deref(), Some(right), "{written}");
        }
    }

    #[test]
    fn everything_else_stays_as_it_is_written() {
        let ours = ENDPOINTS.iter().map(|(path, _)| *path).chain(COUNT_TOKENS).chain(MODELS);
        let others = ["/openai/v1/models/@claude", "/v1/models/openai%2Fo1", "/openai/v1/files", "/openai/v1/files/a%20b", "/healthz", "/"];
        let deeper =
            ["/openai/v1/responses/resp_1", "/openai/v1/chat/completions/chatcmpl-1", "/v1/messages/batches", "/openai/v1/uploads/"];
        for path in ours.chain(others).chain(deeper) {
            assert_eq!(rewritten(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_leads_to_whose_errors_it_is_answered_in() {
        let none = HeaderMap::new();
        let versioned: HeaderMap = [("anthropic-version".parse().unwrap(), "2023-06-01".parse().unwrap())].into_iter().collect();
        for (path, headers, dialect, below) in [
            ("/v1/messages/batches?limit=2", &none, Dialect::AnthropicMessages, "/messages/batches?limit=2"),
            ("/v1/files", &none, Dialect::OpenAiChat, "/files"),
            ("/v1/files", &versioned, Dialect::AnthropicMessages, "/files"),
            ("/openai/v1/files", &versioned, Dialect::OpenAiChat, "/files"),
            ("/anthropic/v1/files", &none, Dialect::AnthropicMessages, "/files"),
            ("/v1/messagesome", &none, Dialect::OpenAiChat, "/messagesome"),
        ] {
            assert_eq!(passed(path, headers), Some(Passed { dialect, path: below }), "{path}");
        }
        for path in ["/v1", "/v1/", "/healthz", "/openai/v2/files", "/ui/v1/files"] {
            assert_eq!(passed(path, &none), None, "{path}");
        }
    }
}

//! What strategies may know of a request.

/// Facts of one request, read from its bytes and headers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// `chat`, `embeddings` …
    pub endpoint: &'a str,
    /// As the caller wrote it.
    pub model: &'a str,
    /// Was a stream asked for?
    pub stream: bool,
    /// Tokens of the input, estimated.
    pub input_tokens: u64,
    /// The caller's limit on the output.
    pub max_tokens: Option<u64>,
    /// Does it offer tools?
    pub has_tools: bool,
    /// Does it carry images?
    pub has_images: bool,
    /// Does it ask for JSON?
    pub wants_json: bool,
    /// Does it ask for JSON by a schema?
    pub wants_schema: bool,
    /// How many messages it has.
    pub messages: u32,
    /// Its tags, in the order of their keys.
    pub tags: &'a [(Box<str>, Box<str>)],
    /// The caller's end user.
    pub end_user: Option<&'a str>,
    /// Conversation id.
    pub conversation: Option<&'a str>,
    /// Name of the app.
    pub app: Option<&'a str>,
    /// `req_…`.
    pub request_id: &'a str,
}

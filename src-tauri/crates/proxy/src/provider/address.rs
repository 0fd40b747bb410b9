//! Where each API of a provider is.
//!
//! ```text
//! OpenAI's shape   {base}/chat/completions            base ends in /v1
//! Anthropic's      {base without /v1}/v1/messages
//! Azure            {resource}/openai/v1/chat/completions, or with a dated version
//!                  {resource}/openai/deployments/{model}/chat/completions?api-version=…
//! Bedrock          {base}/model/{model}/converse[-stream]
//! ```

use catalog::{ProviderKind, ProviderOptions, Shape};
use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use wire::Dialect;

use super::ProviderError;

/// All that a path's segment must not hold as it is: AWS signs `:` and `/` of a model's name encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The addresses of one provider.
#[derive(Debug)]
pub(super) struct Addresses {
    form: Form,
    /// The base URL without a slash at its end; Azure's resource for deployments.
    base: String,
    /// What follows every path: `?api-version=…`.
    query: String,
    /// Addresses that no model changes, in the order of [`FIXED`].
    fixed: [Uri; FIXED.len()],
    models: Uri,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Each API at an address of its own.
    Plain,
    /// Azure with a dated version: the model is in the path.
    Deployments,
    /// The model is in the path.
    Bedrock,
    /// Answers are made in this process; nothing is dialled.
    None,
}

const FIXED: [Dialect; 5] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::AnthropicMessages, Dialect::OpenAiCompletions, Dialect::OpenAiEmbeddings];

impl Addresses {
    pub(super) fn new(kind: ProviderKind, base_url: &str, options: &ProviderOptions) -> Result<Self, ProviderError> {
        let written = base_url.trim().trim_end_matches('/');
        if kind == ProviderKind::Sandbox {
            return Ok(Self {
                form: Form::None,
                base: String::new(),
                query: String::new(),
                fixed: Default::default(),
                models: Uri::default(),
            });
        }
        let (form, base, query) = match kind {
            ProviderKind::Azure => azure(written, options),
            ProviderKind::Bedrock => (Form::Bedrock, bedrock(written, options)?, String::new()),
            _ => (Form::Plain, written.to_owned(), String::new()),
        };
        let uri = |text: String| text.parse::<Uri>().ok().filter(|uri| uri.host().is_some() && uri.scheme().is_some());
        let uri = |text: String| uri(text).ok_or_else(|| ProviderError::BaseUrl(base_url.to_owned()));
        let mut fixed: [Uri; FIXED.len()] = Default::default();
        for (address, dialect) in fixed.iter_mut().zip(FIXED) {
            *address = uri(match dialect {
                Dialect::AnthropicMessages => format!("{}{}", root(&base), kind.preset().apis.messages_path),
                Dialect::OpenAiResponses if form == Form::Deployments => format!("{base}/openai/responses{query}"),
                _ => format!("{base}{}{query}", path(dialect)),
            })?;
        }
        let models = uri(models(kind, form, &base, &query, options))?;
        Ok(Self { form, base, query, fixed, models })
    }

    /// The address to call.
    pub(super) fn of(&self, dialect: Dialect, model: &str, stream: bool) -> Result<Uri, ProviderError> {
        let segment = || {
            let plain = !model.trim_matches('.').is_empty();
            plain.then(|| utf8_percent_encode(model, SEGMENT)).ok_or_else(|| ProviderError::Model(model.to_owned()))
        };
        let Self { base, query, .. } = self;
        let text = match (self.form, dialect) {
            (Form::Bedrock, _) => format!("{base}/model/{}/converse{}", segment()?, if stream { "-stream" } else { "" }),
            (Form::Deployments, dialect) if dialect != Dialect::OpenAiResponses => {
                format!("{base}/openai/deployments/{}{}{query}", segment()?, path(dialect))
            }
            (_, dialect) => {
                return Ok(FIXED
                    .iter()
                    .zip(&self.fixed)
                    .find(|(fixed, _)| **fixed == dialect)
                    .map(|(_, uri)| uri.clone())
                    .unwrap_or_default());
            }
        };
        text.parse().map_err(|_| ProviderError::Model(model.to_owned()))
    }

    /// Where the list of models is.
    pub(super) fn models(&self) -> &Uri {
        &self.models
    }

    /// The address of anything else, by what follows `/openai/v1` or `/anthropic/v1`.
    pub(super) fn other(&self, shape: Shape, path_and_query: &str) -> Result<Uri, ProviderError> {
        let wrong = || ProviderError::Path(path_and_query.to_owned());
        let (path, query) = path_and_query.split_once('?').map_or((path_and_query, None), |(path, query)| (path, Some(query)));
        if !path.starts_with('/') || path.starts_with("//") || climbs(path) {
            return Err(wrong());
        }
        let base = match (self.form, shape) {
            (Form::Plain, Shape::Anthropic) => format!("{}/v1", root(&self.base)),
            (Form::Plain, _) => self.base.clone(),
            (Form::Deployments, _) => format!("{}/openai", self.base),
            (Form::Bedrock | Form::None, _) => return Err(wrong()),
        };
        // The caller's own query goes behind ours.
        let query = match (self.query.is_empty(), query) {
            (_, None) => self.query.clone(),
            (true, Some(query)) => format!("?{query}"),
            (false, Some(query)) => format!("{}&{query}", self.query),
        };
        format!("{base}{path}{query}").parse().map_err(|_| wrong())
    }
}

/// The base URL and the version for Azure. What ends in `/v1`, or has no dated version, is its undated API, which is
/// OpenAI's own but for the key; `preview` is a version of that.
fn azure(written: &str, options: &ProviderOptions) -> (Form, String, String) {
    let version = options.api_version.as_deref().filter(|version| *version != "v1");
    let query = version.map(|version| format!("?api-version={}", utf8_percent_encode(version, SEGMENT))).unwrap_or_default();
    let resource = written.strip_suffix("/openai").unwrap_or(written);
    let dated = version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()));
    match dated {
        _ if written.ends_with("/v1") => (Form::Plain, written.to_owned(), query),
        true => (Form::Deployments, resource.to_owned(), query),
        false => (Form::Plain, format!("{resource}/openai/v1"), query),
    }
}

fn bedrock(written: &str, options: &ProviderOptions) -> Result<String, ProviderError> {
    if !written.is_empty() {
        return Ok(written.to_owned());
    }
    let region = options.region.as_deref().filter(|region| plain_region(region)).ok_or(ProviderError::Region)?;
    let template = ProviderKind::Bedrock.preset().regional_base_url.unwrap_or_default();
    Ok(template.replace("{region}", region))
}

/// The region to sign for: the option, else what the host says.
pub(super) fn region(options: &ProviderOptions, base_url: &str) -> Option<String> {
    let of_host = || {
        let host = base_url.split_once("://")?.1;
        let host = ["bedrock-runtime-fips.", "bedrock-runtime."].iter().find_map(|start| host.strip_prefix(start))?;
        host.split_once('.').map(|(region, _)| region.to_owned())
    };
    options.region.clone().or_else(of_host).filter(|region| plain_region(region))
}

fn plain_region(region: &str) -> bool {
    !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn models(kind: ProviderKind, form: Form, base: &str, query: &str, options: &ProviderOptions) -> String {
    match (kind, form) {
        // The list is kept by the service's other host.
        (ProviderKind::Bedrock, _) => match region(options, base) {
            Some(region) if base.ends_with(".amazonaws.com") => format!("https://bedrock.{region}.amazonaws.com/foundation-models"),
            _ => format!("{base}/foundation-models"),
        },
        (_, Form::Deployments) => format!("{base}/openai/models{query}"),
        // Its OpenAI shape has no list.
        (ProviderKind::Cohere, _) => {
            format!("{}/v1/models?page_size=1000", base.trim_end_matches("/v1").trim_end_matches("/compatibility"))
        }
        _ if kind.preset().shape == Shape::Anthropic => format!("{}/v1/models?limit=1000", root(base)),
        _ => format!("{base}/models{query}"),
    }
}

/// A base URL of OpenAI's shape without its `/v1`; one of Anthropic's has none.
fn root(base: &str) -> &str {
    base.strip_suffix("/v1").unwrap_or(base)
}

/// Below a base URL of OpenAI's shape.
fn path(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAiChat | Dialect::BedrockConverse => "/chat/completions",
        Dialect::OpenAiResponses => "/responses",
        Dialect::AnthropicMessages => "/messages",
        Dialect::OpenAiCompletions => "/completions",
        Dialect::OpenAiEmbeddings => "/embeddings",
    }
}

/// Does a path hold a `..`, however it is written?
fn climbs(path: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    decoded.contains('\\') || decoded.split('/').any(|segment| matches!(segment, "." | ".."))
}

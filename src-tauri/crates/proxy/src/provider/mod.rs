//! A provider, ready to be called.
//!
//! ```text
//! Setup ──new──▶ Provider ──dialect_for(asked, model)──▶ the dialect to speak to it
//!                         ──request(Outgoing)──────────▶ address, headers, key or signature, body
//!                         ──passthrough(…)─────────────▶ the same for anything that is passed through
//! ```

mod address;
mod auth;
mod error;
mod headers;
mod secrets;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::SystemTime};

use catalog::{AuthForm, Native, Preset, ProviderKind, ProviderOptions, Shape};
use http::{HeaderMap, Method, Request, Uri, request};
use secrecy::SecretString;
use wire::{Dialect, Segments};

use crate::pieces::Pieces;

use address::Addresses;
use auth::{Key, Signing};
pub use error::ProviderError;
pub use secrets::Secrets;

/// What a provider is made of.
pub struct Setup<'a> {
    /// Its name in targets.
    pub name: &'a str,
    /// What it is.
    pub kind: ProviderKind,
    /// What its own SDK takes as base URL; may be empty where a region makes it.
    pub base_url: &'a str,
    /// Headers that the user sends along.
    pub headers: &'a [(String, String)],
    /// What else the user says of it.
    pub options: &'a ProviderOptions,
    /// Its keys by label; the default one has none.
    pub secrets: Vec<(Option<String>, SecretString)>,
}

/// A provider, ready to be called: what goes out with a call is put together once.
pub struct Provider {
    /// Its name in targets.
    pub name: Arc<str>,
    /// What it is.
    pub kind: ProviderKind,
    /// What is known of its kind.
    pub preset: Preset,
    options: ProviderOptions,
    addresses: Addresses,
    region: Option<String>,
    headers: HeaderMap,
    credentials: Vec<Credential>,
    /// What an upstream must not repeat.
    secrets: Arc<[SecretString]>,
}

struct Credential {
    label: Option<String>,
    /// Why it cannot be sent is told by the call: one wrong key does not take the others away.
    key: Result<Key, ProviderError>,
    /// For Anthropic's messages, where these take it in another form.
    messages_key: Option<Result<Key, ProviderError>>,
}

/// A call to be made.
pub struct Outgoing<'a> {
    /// What to speak, as [`Provider::dialect_for`] said.
    pub dialect: Dialect,
    /// The model, as the provider names it.
    pub model: &'a str,
    /// Is the answer to be a stream?
    pub stream: bool,
    /// The body in that dialect.
    pub body: Segments,
    /// Which of its keys; the default one without.
    pub credential: Option<&'a str>,
    /// The caller's own key, in place of any.
    pub own_key: Option<&'a SecretString>,
    /// The caller's headers: those that belong to the dialect go on.
    pub caller: &'a HeaderMap,
    /// The time that a signature carries.
    pub now: SystemTime,
}

impl Provider {
    /// Puts together what goes out with each call.
    ///
    /// # Errors
    /// A base URL, region or header that cannot be used. A key that cannot is told by the call.
    pub fn new(setup: Setup<'_>) -> Result<Self, ProviderError> {
        let Setup { name, kind, base_url, headers, options, secrets } = setup;
        let preset = kind.preset();
        Ok(Self {
            name: name.into(),
            kind,
            addresses: Addresses::new(kind, base_url, options)?,
            region: address::region(options, base_url),
            headers: headers::of_setup(headers)?,
            secrets: secrets.iter().flat_map(|(_, secret)| auth::parts(preset.auth, secret)).collect(),
            credentials: secrets.into_iter().map(|(label, secret)| Credential::new(&preset, label, &secret)).collect(),
            options: options.clone(),
            preset,
        })
    }

    /// The dialect to speak to it for a request in `asked`: the same where it has that natively, else its main one.
    /// `None` where it cannot take such a request at all.
    pub fn dialect_for(&self, asked: Dialect, model: &str) -> Option<Dialect> {
        if self.speaks(asked, model) {
            return Some(asked);
        }
        if asked == Dialect::OpenAiEmbeddings {
            return None;
        }
        let main = [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::AnthropicMessages, Dialect::BedrockConverse];
        main.into_iter().find(|dialect| self.speaks(*dialect, model))
    }

    /// The request to send: address, headers, key or signature, body.
    ///
    /// # Errors
    /// A credential that is not there, a key that cannot be sent, a model's name that no address can be made of.
    pub fn request(&self, outgoing: Outgoing<'_>) -> Result<Request<Pieces>, ProviderError> {
        let Outgoing { dialect, model, stream, body, credential, own_key, caller, now } = outgoing;
        if !self.speaks(dialect, model) {
            return Err(ProviderError::Unspoken { provider: self.name.to_string(), dialect });
        }
        let uri = self.addresses.of(dialect, model, stream)?;
        let mut headers = self.headers.clone();
        headers::add_own(&mut headers, self.kind, dialect, caller);
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let signing = Signing { region: self.region.as_deref(), body: body.parts(), now };
        match own_key {
            Some(own) => Key::new(self.auth_of(dialect), own)?.put(&mut request, signing)?,
            None => {
                if let Some(credential) = self.credential(credential)? {
                    credential.key_for(dialect)?.put(&mut request, signing)?;
                }
            }
        }
        Ok(request.map(|()| body.into()))
    }

    /// The request for its list of models.
    ///
    /// # Errors
    /// As those of [`Provider::request`].
    pub fn list_models(&self, credential: Option<&str>, now: SystemTime) -> Result<Request<Pieces>, ProviderError> {
        let parts = self.get(Method::GET, self.addresses.models().clone(), (credential, None), &HeaderMap::new(), now)?;
        Ok(Request::from_parts(parts, Pieces::empty()))
    }

    /// Where its list of models is.
    pub fn models_address(&self) -> &Uri {
        self.addresses.models()
    }

    /// The head of a request that is passed on as it is, by what follows `/openai/v1` or `/anthropic/v1`, with one of the
    /// provider's keys or the caller's own. The body is the caller's.
    ///
    /// # Errors
    /// A path that leaves the API, a provider with no such API, a key that cannot be sent.
    pub fn passthrough(
        &self,
        method: Method,
        path_and_query: &str,
        caller: &HeaderMap,
        (credential, own_key): (Option<&str>, Option<&SecretString>),
    ) -> Result<request::Parts, ProviderError> {
        let uri = self.addresses.other(self.preset.shape, path_and_query)?;
        // No provider that signs has anything to pass through, so that no time is needed.
        self.get(method, uri, (credential, own_key), caller, SystemTime::UNIX_EPOCH)
    }

    /// Does it lack the key that a call with this credential needs?
    pub fn lacks_key(&self, credential: Option<&str>) -> bool {
        match self.credential(credential) {
            Ok(found) => found.is_none() && self.preset.needs_key,
            Err(_) => true,
        }
    }

    /// Takes this provider's keys out of a text that an upstream wrote; `None` where there are none in it.
    pub fn redact(&self, text: &[u8]) -> Option<Vec<u8>> {
        self.secrets(None).redact(text)
    }

    /// What an upstream must not repeat to a caller who gave that key.
    pub fn secrets(&self, own_key: Option<&SecretString>) -> Secrets {
        let own = own_key.map(|own| auth::parts(self.preset.auth, own)).unwrap_or_default();
        Secrets { provider: Arc::clone(&self.secrets), own }
    }

    fn get(
        &self,
        method: Method,
        uri: Uri,
        (credential, own_key): (Option<&str>, Option<&SecretString>),
        caller: &HeaderMap,
        now: SystemTime,
    ) -> Result<request::Parts, ProviderError> {
        let mut headers = self.headers.clone();
        headers::passed_through(&mut headers, caller);
        if self.preset.shape == Shape::Anthropic {
            headers::add_version(&mut headers, caller);
        }
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let signing = Signing { region: self.region.as_deref(), body: &[], now };
        match own_key {
            Some(own) => Key::new(self.preset.auth, own)?.put(&mut request, signing)?,
            None => {
                if let Some(credential) = self.credential(credential)? {
                    credential.key_for(Dialect::OpenAiChat)?.put(&mut request, signing)?;
                }
            }
        }
        Ok(request.into_parts().0)
    }

    /// Does it take such requests natively?
    fn speaks(&self, dialect: Dialect, model: &str) -> bool {
        let apis = &self.preset.apis;
        let chosen = |native: Native, option: Option<bool>| match native {
            Native::No => false,
            Native::Optional => option.unwrap_or(false),
            Native::Yes => option.unwrap_or(true),
        };
        match dialect {
            Dialect::OpenAiChat => apis.chat == Native::Yes && !self.only_responses(model),
            Dialect::OpenAiResponses => chosen(apis.responses, self.options.responses) && self.version_has_responses(),
            Dialect::AnthropicMessages => chosen(apis.messages, self.options.messages),
            Dialect::OpenAiCompletions => {
                let listed = apis.completions_models.is_empty() || apis.completions_models.contains(&model);
                chosen(apis.completions, self.options.completions) && listed
            }
            Dialect::OpenAiEmbeddings => apis.embeddings == Native::Yes,
            Dialect::BedrockConverse => apis.converse == Native::Yes,
        }
    }

    /// Is it a model that has no chat API?
    fn only_responses(&self, model: &str) -> bool {
        let words = self.preset.apis.responses_only;
        !words.is_empty() && self.speaks(Dialect::OpenAiResponses, model) && model.split('-').any(|word| words.contains(&word))
    }

    /// Azure has had Responses since this dated version; dates sort as texts.
    fn version_has_responses(&self) -> bool {
        self.options.api_version.as_deref().is_none_or(|version| version >= "2025-03-01-preview")
    }

    fn auth_of(&self, dialect: Dialect) -> AuthForm {
        match dialect {
            Dialect::AnthropicMessages => self.preset.apis.messages_auth,
            _ => self.preset.auth,
        }
    }

    /// The credential of that label; `Ok(None)` where the default one is asked for and there is none.
    fn credential(&self, label: Option<&str>) -> Result<Option<&Credential>, ProviderError> {
        let found = self.credentials.iter().find(|credential| credential.label.as_deref() == label);
        match (found, label) {
            (None, Some(label)) => Err(ProviderError::Credential { provider: self.name.to_string(), label: label.to_owned() }),
            (found, _) => Ok(found),
        }
    }
}

impl Credential {
    fn new(preset: &Preset, label: Option<String>, secret: &SecretString) -> Self {
        let messages_auth = preset.apis.messages_auth;
        let differs = preset.apis.messages != Native::No && messages_auth != preset.auth;
        Self { label, key: Key::new(preset.auth, secret), messages_key: differs.then(|| Key::new(messages_auth, secret)) }
    }

    fn key_for(&self, dialect: Dialect) -> Result<&Key, ProviderError> {
        let own = self.messages_key.as_ref().filter(|_| dialect == Dialect::AnthropicMessages);
        own.unwrap_or(&self.key).as_ref().map_err(Clone::clone)
    }
}

//! How a key goes with a call: in a header that is made once, or as a signature of each call.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use catalog::AuthForm;
use http::{HeaderName, HeaderValue, Request, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::ProviderError;

/// The service that AWS knows Bedrock's calls by, whichever host they go to.
const SERVICE: &str = "bedrock";

/// A key, ready to go with a call.
pub(super) enum Key {
    /// In a header.
    Header(HeaderName, HeaderValue),
    /// As a signature.
    Aws(Credentials),
    /// Not at all.
    None,
}

impl Key {
    /// Makes a key ready.
    pub(super) fn new(form: AuthForm, secret: &SecretString) -> Result<Self, ProviderError> {
        let secret = secret.expose_secret();
        match form {
            AuthForm::Bearer => bearer(secret),
            AuthForm::XApiKey => in_header(HeaderName::from_static("x-api-key"), secret),
            AuthForm::ApiKey if is_jwt(secret) => bearer(secret),
            AuthForm::ApiKey => in_header(HeaderName::from_static("api-key"), secret),
            AuthForm::SigV4 => match secret.contains(':') {
                true => Ok(Self::Aws(aws(secret).ok_or(ProviderError::AwsKey)?)),
                false => bearer(secret),
            },
            AuthForm::None => Ok(Self::None),
        }
    }

    /// Puts it into a request, whose body has this hash. It must be the last thing that is put there.
    pub(super) fn put<B>(&self, request: &mut Request<B>, signing: Signing<'_>) -> Result<(), ProviderError> {
        match self {
            Self::Header(name, value) => {
                request.headers_mut().insert(name.clone(), value.clone());
                Ok(())
            }
            Self::Aws(credentials) => signing.sign(request, credentials),
            Self::None => Ok(()),
        }
    }
}

/// What a signature covers, besides method and address.
pub(super) struct Signing<'a> {
    /// The region that is called.
    pub region: Option<&'a str>,
    /// The body's pieces.
    pub body: &'a [bytes::Bytes],
    /// The time of the call.
    pub now: SystemTime,
}

impl Signing<'_> {
    fn sign<B>(&self, request: &mut Request<B>, credentials: &Credentials) -> Result<(), ProviderError> {
        let region = self.region.ok_or(ProviderError::Region)?;
        let failed = |error: &dyn std::fmt::Display| ProviderError::Signing(error.to_string());
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(SERVICE)
            .time(self.now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let body = SignableBody::Precomputed(self.hash());
        let signable = SignableRequest::new(request.method().as_str(), request.uri().to_string(), std::iter::empty(), body)
            .map_err(|error| failed(&error))?;
        let (made, _) = sign(signable, &params).map_err(|error| failed(&error))?.into_parts();
        for (name, value) in made.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| failed(&error))?;
            let mut value = HeaderValue::from_str(value).map_err(|_| ProviderError::Key)?;
            value.set_sensitive(name != "x-amz-date");
            request.headers_mut().insert(name, value);
        }
        Ok(())
    }

    fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for piece in self.body {
            hash.update(piece);
        }
        format!("{:x}", hash.finalize())
    }
}

/// The parts of a secret that an upstream might repeat.
pub(super) fn parts(form: AuthForm, secret: &SecretString) -> Vec<SecretString> {
    let whole = secret.expose_secret();
    let parts = (form == AuthForm::SigV4).then(|| whole.split(':').skip(1)).into_iter().flatten();
    std::iter::once(whole).chain(parts).filter(|part| part.len() >= 8).map(SecretString::from).collect()
}

fn bearer(secret: &str) -> Result<Key, ProviderError> {
    in_header(header::AUTHORIZATION, &format!("Bearer {secret}"))
}

fn in_header(name: HeaderName, value: &str) -> Result<Key, ProviderError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| ProviderError::Key)?;
    value.set_sensitive(true);
    Ok(Key::Header(name, value))
}

/// A token of Microsoft Entra is a JWT: three parts in base64, the first of which begins with `{"`.
fn is_jwt(secret: &str) -> bool {
    secret.starts_with("eyJ") && secret.split('.').count() == 3
}

fn aws(secret: &str) -> Option<Credentials> {
    let mut parts = secret.trim().splitn(3, ':');
    let (id, key, token) = (parts.next()?, parts.next()?, parts.next());
    let is_id = id.len() >= 4 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_token = token.is_none_or(|token| !token.is_empty());
    (is_id && !key.is_empty() && is_token).then(|| Credentials::new(id, key, token.map(str::to_owned), None, "modelux"))
}

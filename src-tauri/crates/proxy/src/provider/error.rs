//! What is wrong with a provider's setup, or with a call of it.

use wire::Dialect;

/// Why a provider cannot be called as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The address is none.
    #[error("{0:?} is no address that can be called; write one such as https://api.example.com/v1")]
    BaseUrl(String),
    /// Neither an address nor a region.
    #[error("the region is not known; set the option \"region\", such as us-east-1")]
    Region,
    /// A header is none.
    #[error("the header {0:?} cannot be sent; use printable ASCII characters")]
    Header(String),
    /// The key cannot be sent.
    #[error("the key holds characters that cannot be sent in a header; paste it again without line breaks")]
    Key,
    /// A key of another form.
    #[error("the key is neither ACCESS_KEY_ID:SECRET_ACCESS_KEY[:SESSION_TOKEN] nor a Bedrock API key; write it as one of them")]
    AwsKey,
    /// There is no credential of that label.
    #[error("{provider} has no credential {label:?}; add it in Providers, or take it out of the target")]
    Credential {
        /// Name of the provider.
        provider: String,
        /// What was asked for.
        label: String,
    },
    /// An API that the provider does not have.
    #[error("{provider} does not take {} requests; choose a model of another provider", .dialect.name())]
    Unspoken {
        /// Name of the provider.
        provider: String,
        /// What was asked for.
        dialect: Dialect,
    },
    /// A model's name that no address can be made of.
    #[error("{0:?} cannot be a model's name there; look its name up at the provider")]
    Model(String),
    /// A path that leaves the API.
    #[error("the path {0:?} cannot be passed on; it must stay below the provider's base URL")]
    Path(String),
    /// The call could not be signed.
    #[error("the call could not be signed for AWS: {0}")]
    Signing(String),
}

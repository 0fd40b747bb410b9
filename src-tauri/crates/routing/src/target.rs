//! A model target: one immutable `provider/model`.

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer};

/// One model of one provider, called with one credential. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ModelTarget(Arc<Inner>);

#[derive(PartialEq, Eq, Hash)]
struct Inner {
    name: Box<str>,
    slash: usize,
    credential: Option<Box<str>>,
}

impl ModelTarget {
    /// `provider` may not contain a slash; `model` may.
    pub fn new(provider: &str, model: &str, credential: Option<&str>) -> Self {
        Self(Arc::new(Inner { name: format!("{provider}/{model}").into(), slash: provider.len(), credential: credential.map(Into::into) }))
    }

    /// `provider/model`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The provider's name.
    pub fn provider(&self) -> &str {
        &self.0.name[..self.0.slash]
    }

    /// The model's name at that provider.
    pub fn model(&self) -> &str {
        &self.0.name[self.0.slash + 1..]
    }

    /// The credential asked for; `None` means the provider's default one.
    pub fn credential(&self) -> Option<&str> {
        self.0.credential.as_deref()
    }

    /// Its name, with the credential where it is not the default one: `openai/gpt-4o (backup)`.
    pub fn label(&self) -> Arc<str> {
        match self.credential() {
            Some(credential) => format!("{} ({credential})", self.name()).into(),
            None => self.name().into(),
        }
    }
}

impl fmt::Display for ModelTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for ModelTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for ModelTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

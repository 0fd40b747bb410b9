//! Apps and their keys.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use store::config::{self, KeyKind};

use crate::{
    Caller, Code, Control, Error,
    api::{
        ById, Done, Empty, Page,
        apps::{CreateKey, CreatedKey, Key},
        events::UiEvent,
    },
    configs::slug_of,
    secret_key,
    setup::Change,
    time,
    traffic::Figures,
};

/// Most tags, and longest key and value of one: the same as for a request's own.
const MOST_TAGS: usize = 32;
const LONGEST_TAG_KEY: usize = 64;
const LONGEST_TAG_VALUE: usize = 256;
const LONGEST_NAME: usize = 64;

impl Control {
    /// Keys, revoked ones too, oldest first.
    ///
    /// # Errors
    /// None in practice.
    pub async fn list_keys(&self, _: &Caller, _: Empty) -> Result<Page<Key>, Error> {
        let figures = self.figures().await?;
        let world = self.setup.world();
        Ok(Page::whole(world.keys.iter().map(|key| shown(key, &figures)).collect()))
    }

    /// Makes a key. Its secret is given back this once.
    ///
    /// # Errors
    /// `invalid_request`; `already_exists`, where an app of that name has a key in use.
    pub async fn create_key(&self, caller: &Caller, input: CreateKey) -> Result<CreatedKey, Error> {
        let secret = self.change(caller, "key.create", move |change| {
            let wanted = Wanted::read(change, input)?;
            let secret = secret_key::fresh(wanted.kind)?;
            let key = wanted.key(&secret, change.audit.at_ms);
            change.tx.insert_key(&key, change.audit)?;
            Ok((key, secret))
        });
        let (key, secret) = secret.await?;
        self.events.tell(UiEvent::KeysChanged);
        Ok(CreatedKey { key: shown(&key, &Figures::default()), secret: secret.expose_secret().to_owned() })
    }

    /// Makes a key open nothing from now on. It stays listed.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn revoke_key(&self, caller: &Caller, input: ById) -> Result<Done, Error> {
        self.change(caller, "key.revoke", move |change| Ok(change.tx.revoke_key(&input.id, change.audit)?)).await?;
        self.events.tell(UiEvent::KeysChanged);
        Ok(Done::OK)
    }
}

/// A key to make; everything in it has been checked.
pub(crate) struct Wanted {
    pub kind: KeyKind,
    pub name: String,
    default_tags: BTreeMap<String, String>,
    allowed_configs: Vec<String>,
    per_minute: Option<u32>,
    expires_at_ms: Option<i64>,
}

impl Wanted {
    /// An app's or a management key with nothing more to it.
    pub(crate) fn plain(kind: KeyKind, name: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            default_tags: BTreeMap::new(),
            allowed_configs: Vec::new(),
            per_minute: None,
            expires_at_ms: None,
        }
    }

    fn read(change: &Change<'_>, input: CreateKey) -> Result<Self, Error> {
        let wrong = |field: &str, why: String| Error::new(Code::InvalidRequest, why).with("field", field);
        let kind = match input.kind.as_deref().unwrap_or("app") {
            "app" => KeyKind::App,
            "management" => KeyKind::Management,
            other => return Err(wrong("kind", format!("There is no kind of key {other:?}; app and management are known"))),
        };
        let name = input.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(wrong("name", format!("An app's name has 1 to {LONGEST_NAME} characters")));
        }
        let in_use = |key: &config::Key| key.name == name && key.kind == kind && key.revoked_at_ms.is_none();
        if change.world.keys.iter().any(in_use) {
            return Err(Error::new(
                Code::AlreadyExists,
                format!("{name} has a key already; revoke that one first, or choose another name"),
            ));
        }
        let allowed_configs: Vec<String> = input.allowed_configs.unwrap_or_default().iter().map(|slug| slug_of(slug)).collect();
        for slug in &allowed_configs {
            change.world.known(slug)?;
        }
        if input.per_minute == Some(0) {
            return Err(wrong("per_minute", "A limit is at least 1 request a minute; leave it out for none".to_owned()));
        }
        let expires_at_ms = input.expires_at.as_deref().map(time::parse).transpose()?;
        if expires_at_ms.is_some_and(|at| at <= change.audit.at_ms) {
            return Err(wrong("expires_at", "That time has passed: such a key would open nothing".to_owned()));
        }
        Ok(Self {
            kind,
            name,
            default_tags: check_tags(input.default_tags.unwrap_or_default())?,
            allowed_configs,
            per_minute: input.per_minute,
            expires_at_ms,
        })
    }

    /// As the store keeps it: the secret's hash, and its beginning.
    pub(crate) fn key(&self, secret: &SecretString, now_ms: i64) -> config::Key {
        config::Key {
            id: format!("key_{}", ulid::Ulid::new()),
            kind: self.kind,
            name: self.name.clone(),
            hash: secret_key::hash(secret.expose_secret()),
            prefix: secret_key::prefix(secret),
            default_tags: serde_json::to_string(&self.default_tags).unwrap_or_else(|_| "{}".to_owned()),
            allowed_configs: if self.allowed_configs.is_empty() { None } else { serde_json::to_string(&self.allowed_configs).ok() },
            per_minute: self.per_minute,
            created_at_ms: now_ms,
            expires_at_ms: self.expires_at_ms,
            last_used_at_ms: None,
            revoked_at_ms: None,
        }
    }
}

fn check_tags(tags: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
    let wrong = |why: String| Err(Error::new(Code::InvalidRequest, why).with("field", "default_tags"));
    if tags.len() > MOST_TAGS {
        return wrong(format!("There are {} tags; at most {MOST_TAGS} are allowed", tags.len()));
    }
    for (key, value) in &tags {
        if key.is_empty() || key.chars().count() > LONGEST_TAG_KEY {
            return wrong(format!("The tag {key:?} must have a key of 1 to {LONGEST_TAG_KEY} characters"));
        }
        if value.chars().count() > LONGEST_TAG_VALUE {
            return wrong(format!("The value of the tag {key:?} is longer than {LONGEST_TAG_VALUE} characters"));
        }
    }
    Ok(tags)
}

fn shown(key: &config::Key, figures: &Figures) -> Key {
    let used = figures.apps.get(&key.name).filter(|_| key.kind == KeyKind::App && key.revoked_at_ms.is_none());
    let last_used_ms = key.last_used_at_ms.max(used.map(|used| used.last_ms));
    Key {
        id: key.id.clone(),
        kind: key.kind.as_str().to_owned(),
        name: key.name.clone(),
        prefix: key.prefix.clone(),
        default_tags: serde_json::from_str(&key.default_tags).unwrap_or_default(),
        allowed_configs: allowed(key),
        per_minute: key.per_minute,
        expires_at: key.expires_at_ms.map(time::text),
        created_at: time::text(key.created_at_ms),
        last_used_at: last_used_ms.map(time::text),
        revoked_at: key.revoked_at_ms.map(time::text),
        requests_24h: used.map_or(0, |used| used.requests),
    }
}

/// Configs that the key may call; all where empty.
pub(crate) fn allowed(key: &config::Key) -> Vec<String> {
    key.allowed_configs.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

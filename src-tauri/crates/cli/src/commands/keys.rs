//! `modelux keys`.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use control::api::{
    Page,
    apps::{CreateKey, CreatedKey, Key},
};
use serde_json::json;

use crate::{
    connect::Connection,
    failure::Failure,
    output::{Output, time},
};

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List keys
    List,
    /// Make a key; it is shown once
    Create(Create),
    /// Revoke a key at once
    Revoke {
        /// Its id (`key_…`), or the app's name where only one key has it
        id: String,
    },
}

#[derive(Debug, Args)]
pub struct Create {
    /// The app's name
    name: String,
    /// A key for the management API instead of an app's
    #[arg(long)]
    management: bool,
    /// Tag given to each of its requests
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = super::pair)]
    tags: Vec<(String, String)>,
    /// Config that it may call; all unless told
    #[arg(long = "config", value_name = "SLUG")]
    configs: Vec<String>,
    /// Requests a minute
    #[arg(long, value_name = "N")]
    per_minute: Option<u32>,
    /// When it ends, such as 2027-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

pub async fn run(command: Keys, connection: &Connection, output: &Output) -> Result<(), Failure> {
    match command {
        Keys::List => list(connection, output).await,
        Keys::Create(create) => make(create, connection, output).await,
        Keys::Revoke { id } => revoke(id, connection, output).await,
    }
}

async fn list(connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (value, keys): (_, Page<Key>) = connection.ask("list_keys", json!({})).await?;
    output.either(&value, || {
        let rows = keys.data.iter().map(row).collect();
        output.table(&["ID", "KIND", "NAME", "KEY", "LAST USED", "STATE", "24 H"], &[6], rows, "No keys.")
    })?;
    Ok(())
}

fn row(key: &Key) -> Vec<String> {
    let state = match (&key.revoked_at, &key.expires_at) {
        (Some(at), _) => format!("revoked {}", time(at)),
        (None, Some(at)) => format!("until {}", time(at)),
        (None, None) => "active".to_owned(),
    };
    let used = key.last_used_at.as_deref().map_or_else(|| "never".to_owned(), time);
    vec![key.id.clone(), key.kind.clone(), key.name.clone(), key.prefix.clone(), used, state, key.requests_24h.to_string()]
}

async fn make(create: Create, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let tags: BTreeMap<_, _> = create.tags.into_iter().collect();
    let configs: Vec<_> = create.configs.iter().map(|slug| super::slug(slug)).collect();
    let input = CreateKey {
        kind: create.management.then(|| "management".to_owned()),
        name: create.name,
        default_tags: Some(tags).filter(|tags| !tags.is_empty()),
        allowed_configs: Some(configs).filter(|configs| !configs.is_empty()),
        per_minute: create.per_minute,
        expires_at: create.expires_at,
    };
    let (value, created): (_, CreatedKey) = connection.ask("create_key", input).await?;
    output.either(&value, || {
        output.line(&created.secret)?;
        output.complain(&format!("This is the only time that the key of {} ({}) is shown.", created.key.name, created.key.id));
        Ok(())
    })?;
    Ok(())
}

async fn revoke(id: String, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (_, keys): (_, Page<Key>) = connection.ask("list_keys", json!({})).await?;
    let named: Vec<&Key> = keys.data.iter().filter(|key| key.name == id && key.revoked_at.is_none()).collect();
    let id = match (keys.data.iter().any(|key| key.id == id), named.as_slice()) {
        (false, [only]) => only.id.clone(),
        (false, [_, _, ..]) => return Err(Failure::new(format!("Several keys have the name {id}; give the id."))),
        _ => id,
    };
    let value = connection.call("revoke_key", json!({ "id": id })).await?;
    output.either(&value, || output.line(format!("{id} is revoked.")))?;
    Ok(())
}

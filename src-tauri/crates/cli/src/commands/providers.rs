//! `modelux providers`.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Read},
};

use clap::{Args, Subcommand};
use control::api::{
    Page,
    providers::{CredentialSource, Provider, ProviderInput, ProviderOptions, Verification, VerifyProvider},
};
use serde_json::json;

use crate::{
    connect::Connection,
    failure::Failure,
    output::{Output, Style, duration, or_dash},
};

#[derive(Debug, Subcommand)]
pub enum Providers {
    /// List providers
    List,
    /// Add a provider
    Add(Add),
    /// Ask a provider for its models, which shows whether its key is good
    Verify {
        /// The provider
        name: String,
        /// Which of its credentials; the default one unless told
        #[arg(long, value_name = "LABEL")]
        credential: Option<String>,
    },
    /// Keep a provider's key; it is read from standard input, never from the command line
    SetKey(SetKey),
    /// Forget a provider's key
    RemoveKey {
        /// The provider
        name: String,
        /// Which of its credentials; the default one unless told
        #[arg(long, value_name = "LABEL")]
        credential: Option<String>,
    },
    /// Remove a provider and its key
    Remove {
        /// The provider
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct Add {
    /// Its name in targets: NAME/model
    name: String,
    /// `openai`, `openai_compatible`, …
    #[arg(long)]
    kind: String,
    /// What the provider's own SDK takes; the kind's own unless told
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Environment variable that holds its key
    #[arg(long, value_name = "VARIABLE")]
    env: Option<String>,
    /// A further key under a name that targets may ask for, and the variable that holds it
    #[arg(long = "credential", value_name = "LABEL=VARIABLE", value_parser = super::pair)]
    credentials: Vec<(String, String)>,
    /// Bedrock: region, such as eu-central-1
    #[arg(long)]
    region: Option<String>,
    /// Azure: dated version of its API, for an address that does not end in /openai/v1
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// Header sent with each call
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = super::pair)]
    headers: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub struct SetKey {
    /// The provider
    name: String,
    /// Name of a further credential, which targets may ask for; the default one unless told
    #[arg(long, value_name = "LABEL")]
    credential: Option<String>,
    /// Where no keychain can be reached, keep it in a file that only you can read
    #[arg(long)]
    allow_file: bool,
}

pub async fn run(command: Providers, connection: &Connection, output: &Output) -> Result<(), Failure> {
    match command {
        Providers::List => list(connection, output).await,
        Providers::Add(add) => create(add, connection, output).await,
        Providers::Verify { name, credential } => verify(&name, credential.as_deref(), connection, output).await,
        Providers::SetKey(command) => set_key(command, connection, output).await,
        Providers::RemoveKey { name, credential } => remove_key(&name, credential.as_deref(), connection, output).await,
        Providers::Remove { name } => {
            let value = connection.call("delete_provider", json!({ "name": name })).await?;
            Ok(output.either(&value, || output.line(format!("{name} is removed.")))?)
        }
    }
}

async fn list(connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (value, providers): (_, Page<Provider>) = connection.ask("list_providers", json!({})).await?;
    output.either(&value, || {
        let rows = providers.data.iter().map(row).collect();
        output.table(&["NAME", "KIND", "HEALTH", "KEY", "MODELS", "24 H", "P50", "BASE URL"], &[4, 5, 6], rows, "No providers.")
    })?;
    Ok(())
}

fn row(provider: &Provider) -> Vec<String> {
    let credential = &provider.credential;
    let mut key = match (&credential.env, &credential.hint) {
        (Some(env), _) => format!("{} {env}", credential.source),
        (None, Some(hint)) => format!("{} …{hint}", credential.source),
        (None, None) => credential.source.clone(),
    };
    if !provider.credentials.is_empty() {
        let labels: Vec<&str> = provider.credentials.keys().map(String::as_str).collect();
        key = format!("{key}; {}", labels.join(", "));
    }
    vec![
        provider.name.clone(),
        provider.kind.clone(),
        provider.health.clone(),
        key,
        provider.models.len().to_string(),
        provider.requests_24h.to_string(),
        or_dash(provider.p50_ms.map(duration)),
        provider.base_url.clone(),
    ]
}

async fn create(add: Add, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let headers: BTreeMap<_, _> = add.headers.into_iter().collect();
    let input = ProviderInput {
        name: add.name,
        kind: add.kind,
        base_url: add.base_url,
        headers: Some(headers).filter(|headers| !headers.is_empty()),
        credential: add.env.map(variable),
        credentials: (!add.credentials.is_empty())
            .then(|| add.credentials.into_iter().map(|(label, env)| (label, variable(env))).collect()),
        options: (add.region.is_some() || add.api_version.is_some()).then(|| ProviderOptions {
            region: add.region,
            api_version: add.api_version,
            ..ProviderOptions::default()
        }),
        models: None,
        enabled: None,
    };
    let (value, provider): (_, Provider) = connection.ask("create_provider", input).await?;
    output.either(&value, || {
        output.line(format!("{} ({}) is added: {} models.", provider.name, provider.base_url, provider.models.len()))?;
        match &provider.credential.problem {
            Some(problem) => output.line(problem),
            None => Ok(()),
        }
    })?;
    Ok(())
}

fn variable(env: String) -> CredentialSource {
    CredentialSource { env: Some(env) }
}

async fn verify(name: &str, credential: Option<&str>, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let input = VerifyProvider { name: name.to_owned(), credential: credential.map(str::to_owned) };
    let (value, found): (_, Verification) = connection.ask("verify_provider", input).await?;
    output.either(&value, || {
        let (style, mark) = if found.ok { (Style::Green, "ok") } else { (Style::Red, "fail") };
        let took = found.latency_ms.map_or_else(String::new, |ms| format!(" ({})", duration(ms)));
        output.line(format!("{} {}{took}", output.styled(style, mark), found.message))?;
        found.models.iter().try_for_each(|model| output.line(format!("  {name}/{model}")))
    })?;
    if found.ok { Ok(()) } else { Err(Failure::Found) }
}

async fn set_key(command: SetKey, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let SetKey { name, credential, allow_file } = command;
    let key = read_key(&name)?;
    let mut input = json!({ "name": name, "key": key });
    if allow_file {
        input["allow_file"] = true.into();
    }
    let (value, provider): (_, Provider) = match &credential {
        None => connection.ask("put_credential", input).await?,
        Some(label) => {
            input["label"] = label.as_str().into();
            connection.ask("put_named_credential", input).await?
        }
    };
    let kept = match &credential {
        None => Some(&provider.credential),
        Some(label) => provider.credentials.get(label).map(|named| &named.state),
    };
    let of = credential.as_ref().map_or_else(|| name.clone(), |label| format!("{name} ({label})"));
    output.either(&value, || output.line(format!("The key of {of} is kept: {}.", kept.map_or("", |kept| kept.source.as_str()))))?;
    Ok(())
}

async fn remove_key(name: &str, credential: Option<&str>, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let value = match credential {
        None => connection.call("delete_credential", json!({ "name": name })).await?,
        Some(label) => connection.call("delete_named_credential", json!({ "name": name, "label": label })).await?,
    };
    let of = credential.map_or_else(|| name.to_owned(), |label| format!("{name} ({label})"));
    Ok(output.either(&value, || output.line(format!("The key of {of} is forgotten.")))?)
}

fn read_key(name: &str) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    let text = if stdin.is_terminal() {
        rpassword::prompt_password(format!("Key of {name}: "))?
    } else {
        let mut text = String::new();
        stdin.lock().read_to_string(&mut text)?;
        text
    };
    let key = text.trim();
    if key.is_empty() {
        return Err(Failure::new(format!(
            "No key came on standard input, as in: printenv OPENAI_API_KEY | modelux providers set-key {name}"
        )));
    }
    Ok(key.to_owned())
}

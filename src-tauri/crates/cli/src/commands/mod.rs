//! One file per group of commands.

pub mod bundle;
pub mod config;
pub mod doctor;
pub mod dry_run;
pub mod keys;
pub mod logs;
pub mod models;
pub mod providers;
pub mod rules;
pub mod serve;

use crate::{
    args::{Args, Command},
    connect::Connection,
    failure::Failure,
    output::Output,
};

/// Does what the arguments say.
pub async fn run(args: Args, output: &Output) -> Result<(), Failure> {
    let global = args.global;
    match args.command {
        Command::Serve(serve) => return serve::run(serve, &global, output).await,
        Command::Doctor(doctor) => return doctor::run(doctor, &global, output).await,
        Command::Rules(rules) => return Ok(rules::run(&rules, output)?),
        Command::Openapi => return Ok(output.value(&control::http::openapi())?),
        _ => {}
    }
    let connection = Connection::open(&global).await?;
    for (kind, key) in connection.first_keys().into_iter().flat_map(serve::made) {
        output.complain(&format!("A first {kind} key was made and is not shown again: {key}"));
    }
    let done = tokio::select! {
        done = on(&connection, args.command, output) => done,
        // So that a data directory opened here is let go of in order.
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    connection.close().await;
    done
}

async fn on(connection: &Connection, command: Command, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Config(command) => config::run(command, connection, output).await,
        Command::Import(command) => bundle::import(command, connection, output).await,
        Command::Export(command) => bundle::export(command, connection, output).await,
        Command::Logs(command) => logs::run(command, connection, output).await,
        Command::Keys(command) => keys::run(command, connection, output).await,
        Command::Models(command) => models::run(command, connection, output).await,
        Command::Providers(command) => providers::run(command, connection, output).await,
        Command::DryRun(command) => dry_run::run(command, connection, output).await,
        Command::Serve(_) | Command::Doctor(_) | Command::Rules(_) | Command::Openapi => Ok(()),
    }
}

/// `production` of `@production`.
fn slug(text: &str) -> String {
    text.strip_prefix('@').unwrap_or(text).to_owned()
}

/// `KEY=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("{text:?} is not KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

//! `modelux serve`.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use control::{Code, Control, Error, FirstKeys, Options, api::status::ProxyState};
use secrecy::ExposeSecret;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::{
    args::Global,
    failure::Failure,
    output::{Output, Style},
};

#[derive(Debug, Args)]
pub struct Serve {
    /// Port to listen on; 0 for a free one. The setting's (8642) unless told
    #[arg(long, env = "MODELUX_PORT")]
    port: Option<u16>,
    /// Bundle to apply at the start, all or nothing
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Serve the window under /ui/, for a browser
    #[arg(long)]
    ui: bool,
    /// How long running requests may go on after SIGTERM, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    grace_s: u64,
}

pub async fn run(serve: Serve, global: &Global, output: &Output) -> Result<(), Failure> {
    log();
    let options = Options { port: serve.port, bundle: serve.bundle, ui: serve.ui, ..global.options() };
    // Before anything is opened, so that a signal from here on ends it in order.
    let stop = stop_signal()?;
    let control = Control::open(options).await?;
    let started = start(&control, serve.ui, output).await;
    if started.is_ok() {
        stop.await;
        tracing::info!("stopping");
    }
    control.shutdown_within(Duration::from_secs(serve.grace_s)).await;
    started
}

async fn start(control: &Arc<Control>, ui: bool, output: &Output) -> Result<(), Failure> {
    match control.start().await? {
        ProxyState::Running | ProxyState::Paused => {}
        ProxyState::PortInUse { port, holder, free_port } => return Err(port_in_use(port, holder, free_port).into()),
        ProxyState::Failed { message } => return Err(Failure::new(message)),
    }
    let address = control.address().ok_or_else(|| Failure::new("It listens nowhere."))?;
    announce(control, &address, ui, output)
}

fn announce(control: &Control, address: &str, ui: bool, output: &Output) -> Result<(), Failure> {
    let window = ui.then(|| format!("{address}/ui/#key={}", control.token().expose_secret()));
    let keys = control.first_keys();
    if output.json {
        let mut line = json!({ "listening": address });
        if let Some(window) = window {
            line["window"] = window.into();
        }
        for (kind, key) in keys.iter().flat_map(|keys| made(keys)) {
            line[format!("{kind}_key")] = key.into();
        }
        return Ok(output.line(line.to_string())?);
    }
    output.line(format!("modelux listening on {address}"))?;
    if let Some(window) = window {
        output.line(format!("window at {window}"))?;
    }
    if let Some(keys) = keys {
        output.line(output.styled(Style::Bold, "These keys were made now and are not shown again:"))?;
        made(keys).try_for_each(|(kind, key)| output.line(format!("{kind} key: {key}")))?;
    }
    Ok(())
}

/// Keys that were made at this start, with their kinds.
pub fn made(keys: &FirstKeys) -> impl Iterator<Item = (&'static str, &str)> {
    let named = [("app", &keys.app), ("management", &keys.management)];
    named.into_iter().filter_map(|(kind, key)| Some((kind, key.as_ref()?.expose_secret())))
}

fn port_in_use(port: u16, holder: Option<String>, free_port: Option<u16>) -> Error {
    let by = holder.unwrap_or_else(|| "another program".to_owned());
    let error = Error::new(Code::PortInUse, format!("Port {port} is taken by {by}."));
    match free_port {
        Some(free) => error.with("free_port", free),
        None => error,
    }
}

/// To standard error: standard output carries the address.
fn log() {
    let filter = EnvFilter::try_from_env("MODELUX_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).try_init();
}

/// Completes on SIGTERM or SIGINT, which are taken over when this returns.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

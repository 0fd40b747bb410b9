//! What goes to the terminal.

use std::io::Write;

use tracing_subscriber::EnvFilter;

/// One line on standard output. That nobody reads it is no reason to fail.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// One line on standard error.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// The log goes to standard error; `MODELUX_LOG` says how much of it.
pub fn log() {
    let filter = EnvFilter::try_from_env("MODELUX_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).try_init();
}

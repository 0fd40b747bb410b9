//! How fast the proxy is, beside nginx and beside no proxy at all.
//!
//! ```text
//! core 1: load generator + upstream        core 0: modelux, nginx (one worker)
//!
//! every round: direct, nginx, modelux, one after the other; the table shows medians over the rounds
//! ```
//!
//! `bench [--rounds N] [--quick] [--only serial|parallel|streams|open|starts] [--beside BINARY]`; `MODELUX_BIN` names the
//! binary, `target/dist/modelux` otherwise. `--beside` measures another build in the same rounds: what a change moved.
//! Prints one table, writes `target/bench/proxy.json`. Machines are noisy: read the ratios.

mod load;
mod measure;
mod report;
mod subjects;
mod upstream;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use subjects::{Modelux, Nginx, Upstream};

/// How much work a round is.
#[derive(Debug, Clone)]
pub struct Effort {
    /// Nothing but this, where it is named.
    pub only: Option<String>,
    /// Interleaved rounds.
    pub rounds: usize,
    /// Requests on one connection, per round and subject.
    pub serial: usize,
    /// Milliseconds of load on 64 connections, per round and subject.
    pub parallel_ms: u64,
    /// Streams, per round and subject.
    pub streams: usize,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "upstream") {
        return upstream::run();
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let value = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1)).cloned();
    let only = value("--only");
    let rounds = value("--rounds").and_then(|rounds| rounds.parse().ok()).unwrap_or(if quick { 3 } else { 7 });
    let effort = if quick {
        Effort { only, rounds, serial: 500, parallel_ms: 500, streams: 20 }
    } else {
        Effort { only, rounds, serial: 4_000, parallel_ms: 3_000, streams: 150 }
    };
    pin_self();
    allow_many_connections();
    let upstream = Upstream::start();
    let nginx = Nginx::start(upstream.port);
    let modelux = Modelux::start(&binary(), upstream.port);
    let beside = value("--beside").map(|binary| Modelux::start(Path::new(&binary), upstream.port));
    let results = measure::all(&effort, &upstream, nginx.as_ref(), (&modelux, beside.as_ref()));
    report::print(&results);
    let path = report::write(&results, &binary());
    println!("\n{} rounds; all figures in {}", effort.rounds, path.display());
}

/// Everything that is not a subject runs on the second core.
fn pin_self() {
    let pid = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-a", "-pc", subjects::OUR_CORE, &pid]).output();
    if !pinned.is_ok_and(|done| done.status.success()) {
        eprintln!("taskset does not work here: nothing is pinned, and the figures say less");
    }
}

/// Thousands of streams need as many sockets, here and in the children.
fn allow_many_connections() {
    let pid = std::process::id().to_string();
    let _ = Command::new("prlimit").args(["--pid", &pid, "--nofile=40000:40000"]).output();
}

fn binary() -> PathBuf {
    let named = env::var_os("MODELUX_BIN").map(PathBuf::from);
    let path = named.unwrap_or_else(|| report::target_dir().join("dist/modelux"));
    if !path.is_file() {
        eprintln!("{} is missing: cargo build --profile dist -p cli", path.display());
        std::process::exit(2);
    }
    path
}

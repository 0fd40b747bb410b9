//! `modelux`: Modelux without a window.

mod args;
mod commands;
mod connect;
mod diff;
mod excerpt;
mod failure;
mod files;
mod output;
mod trace;

use std::process::ExitCode;

use clap::Parser;

/// A request makes and frees a few dozen small things; see `make bench` for what this saves.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let output = output::Output::new(args.global.json);
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(failure::Failure::from)
        .and_then(|runtime| runtime.block_on(commands::run(args, &output)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(&output),
    }
}

//! `modelux-desktop`: Modelux in a window.
//!
//! ```text
//!   window ── commands ─┐
//!     tray ── menu ─────┼─▶ control
//!   (headless without a display)
//! ```

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod app;
mod args;
mod autostart;
mod commands;
mod display;
mod headless;
mod leave;
mod lines;
mod signals;
mod texts;
mod tray;
mod watch;
mod window;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    lines::log();
    if display::there_is_one() { app::run(args) } else { headless::run(&args) }
}

//! The command line.

use std::path::PathBuf;

use clap::Parser;
use control::{Code, Options};

/// Modelux in a window. Where there is no display, it serves without one.
#[derive(Debug, Clone, Parser)]
#[command(name = "modelux-desktop", version, max_term_width = 110)]
pub struct Args {
    /// Data directory
    #[arg(long, value_name = "DIR", env = "MODELUX_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Port to listen on; 0 for a free one. The setting's (8642) unless told
    #[arg(long, env = "MODELUX_PORT")]
    pub port: Option<u16>,
    /// Start in the tray, without showing the window
    #[arg(long)]
    pub hidden: bool,
}

impl Args {
    /// How to open the data directory.
    pub fn options(&self) -> Options {
        Options { data_dir: self.own_data_dir(), port: self.port, desktop: true, ..Options::default() }
    }

    /// The data directory, where it is not the platform's.
    pub fn own_data_dir(&self) -> Option<PathBuf> {
        self.data_dir.clone().filter(|dir| !dir.as_os_str().is_empty())
    }
}

/// The process's exit code; the same as those of `modelux`.
pub fn exit_code(code: Code) -> u8 {
    match code {
        Code::PortInUse => 3,
        Code::Locked => 4,
        Code::NewerSchema => 5,
        _ => 1,
    }
}

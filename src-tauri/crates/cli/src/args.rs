//! The command line's grammar. Each group of commands is declared beside what it does.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use control::Options;
use secrecy::SecretString;

use crate::commands::{bundle, config, doctor, dry_run, keys, logs, models, providers, rules, serve};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed; for `config validate`, `config fmt` and `doctor`: found something wrong
  2  the command line is wrong
  3  the port is taken
  4  another instance works on the data directory
  5  the data directory was written by a newer version
  6  somebody saved meanwhile (conflict)

Commands work through the instance that runs on the data directory, or on the directory itself where none runs.";

/// Routes requests to language models, with versions that can be rolled back.
#[derive(Debug, Parser)]
#[command(name = "modelux", version, after_help = EXIT_CODES, max_term_width = 110)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Print JSON instead of tables and sentences
    #[arg(long, global = true)]
    pub json: bool,
    /// Data directory
    #[arg(long, global = true, value_name = "DIR", env = "MODELUX_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Work on the instance at this address instead
    #[arg(long, global = true, value_name = "URL", env = "MODELUX_URL")]
    pub url: Option<String>,
    /// Management key for --url; safer in the environment, where other users do not see it
    #[arg(long, global = true, value_name = "KEY", env = "MODELUX_MANAGEMENT_KEY", hide_env_values = true)]
    pub key: Option<String>,
}

impl Global {
    /// How to open the data directory.
    pub fn options(&self) -> Options {
        Options {
            data_dir: self.data_dir.clone().filter(|dir| !dir.as_os_str().is_empty()),
            app_key: secret("MODELUX_APP_KEY"),
            management_key: secret("MODELUX_MANAGEMENT_KEY"),
            ..Options::default()
        }
    }
}

fn secret(variable: &str) -> Option<SecretString> {
    std::env::var(variable).ok().filter(|key| !key.is_empty()).map(SecretString::from)
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the proxy
    ///
    /// Standard output gets one line with the address once connections are accepted, then the window's address
    /// (--ui) and the keys that a first start makes. The log goes to standard error (MODELUX_LOG=warn|info|debug).
    /// SIGTERM and SIGINT end it in order: running requests finish, what was recorded comes to disk.
    ///
    /// With MODELUX_APP_KEY and MODELUX_MANAGEMENT_KEY set, those keys are accepted and none are made.
    Serve(serve::Serve),
    /// Work with configs and their versions
    #[command(subcommand)]
    Config(config::Config),
    /// Apply a bundle (JSON or TOML), all or nothing
    Import(bundle::Import),
    /// Print the whole setup as a bundle, without secrets
    Export(bundle::Export),
    /// Look at recorded requests
    #[command(subcommand)]
    Logs(logs::Logs),
    /// Keys of apps and of management
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Models: what they cost and can do, your own say, and price lists
    #[command(subcommand)]
    Models(models::Models),
    /// Providers and their keys
    #[command(subcommand)]
    Providers(providers::Providers),
    /// The language that routing rules are written in
    #[command(subcommand)]
    Rules(rules::Rules),
    /// Show how a request would be routed, calling nobody
    DryRun(dry_run::DryRun),
    /// Check port, keychain, files, databases, providers and clock, and say what to do
    Doctor(doctor::Doctor),
    /// Print the management API's description (OpenAPI 3.1)
    Openapi,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_grammar_holds_together() {
        super::Args::command().debug_assert();
    }
}

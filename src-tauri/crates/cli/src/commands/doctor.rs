//! `modelux doctor`.

use clap::Args;
use control::{
    Options,
    doctor::{Finding, Level},
};
use serde_json::json;

use crate::{
    args::Global,
    failure::Failure,
    output::{Output, Style},
};

#[derive(Debug, Args)]
pub struct Doctor {
    /// Port to look at; the setting's unless told
    #[arg(long, env = "MODELUX_PORT")]
    port: Option<u16>,
}

pub async fn run(doctor: Doctor, global: &Global, output: &Output) -> Result<(), Failure> {
    let findings = control::doctor::examine(Options { port: doctor.port, ..global.options() }).await;
    let failed = findings.iter().any(|finding| finding.level == Level::Fail);
    if output.json {
        output.value(&json!({ "ok": !failed, "findings": findings }))?;
    } else {
        findings.iter().try_for_each(|finding| print(output, finding))?;
    }
    if failed { Err(Failure::Found) } else { Ok(()) }
}

fn print(output: &Output, finding: &Finding) -> std::io::Result<()> {
    let (style, mark) = match finding.level {
        Level::Ok => (Style::Green, "ok  "),
        Level::Warn => (Style::Yellow, "warn"),
        Level::Fail => (Style::Red, "fail"),
    };
    output.line(format!("{} {:<12} {}", output.styled(style, mark), finding.check, finding.message))
}

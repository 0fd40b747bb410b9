//! Serving where there is no display.

use std::{process::ExitCode, sync::Arc};

use control::{Code, Control, Error, api::status::ProxyState};

use crate::{
    args::{Args, exit_code},
    lines, signals, texts,
};

/// Serves until SIGTERM or SIGINT.
pub fn run(args: &Args) -> ExitCode {
    lines::complain(texts::NO_DISPLAY);
    match tauri::async_runtime::block_on(serve(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            lines::complain(&format!("error: {}", error.message));
            ExitCode::from(exit_code(error.code))
        }
    }
}

async fn serve(args: &Args) -> Result<(), Error> {
    let stop = signals::stop().map_err(|error| Error::new(Code::Internal, format!("Signals cannot be heard: {error}")))?;
    let control = Control::open(args.options()).await?;
    let started = start(&control).await;
    if started.is_ok() {
        stop.await;
    }
    control.shutdown().await;
    started
}

async fn start(control: &Arc<Control>) -> Result<(), Error> {
    match control.start().await? {
        ProxyState::Running | ProxyState::Paused => {}
        ProxyState::PortInUse { port, .. } => {
            return Err(Error::new(Code::PortInUse, format!("Port {port} is taken; name another with --port")));
        }
        ProxyState::Failed { message } => return Err(Error::new(Code::Internal, message)),
    }
    lines::say(&format!("modelux listening on {}", control.address().unwrap_or_default()));
    Ok(())
}

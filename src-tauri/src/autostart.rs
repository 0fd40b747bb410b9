//! Start at login, as the setting says.

use control::{Caller, Control, api::Empty};
use tauri::{AppHandle, Wry, plugin::TauriPlugin};
use tauri_plugin_autostart::ManagerExt;

use crate::args::Args;

/// The plugin that tells the system. What it starts is hidden, and works on the same data.
pub fn plugin(args: &Args) -> TauriPlugin<Wry> {
    let mut builder = tauri_plugin_autostart::Builder::new().arg("--hidden");
    if let Some(dir) = args.own_data_dir() {
        builder = builder.arg("--data-dir").arg(std::path::absolute(&dir).unwrap_or(dir).display().to_string());
    }
    builder.build()
}

/// What the setting says.
pub async fn wanted(control: &Control) -> bool {
    let settings = control.get_settings(&Caller::window(), Empty {}).await;
    settings.ok().and_then(|settings| settings.start_at_login).unwrap_or(false)
}

/// Tells the system. It is asked only when the setting changes: what a person arranged by other means stays.
pub fn set(app: &AppHandle, start: bool) {
    let login = app.autolaunch();
    let done = if start { login.enable() } else { login.disable() };
    if let Err(error) = done {
        tracing::warn!("start at login could not be {}: {error}", if start { "arranged" } else { "undone" });
    }
}

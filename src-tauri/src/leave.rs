//! The one way out: running requests finish, what was recorded comes to disk.

use std::sync::atomic::Ordering;

use tauri::{AppHandle, Manager};

use crate::{app::Shell, window};

/// Takes the window away, drains and exits. Does nothing the second time.
pub fn leave(app: &AppHandle) {
    let Some(shell) = app.try_state::<Shell>() else { return };
    if shell.leaving.swap(true, Ordering::AcqRel) {
        return;
    }
    window::hide(app);
    let app = app.clone();
    let control = shell.control.clone();
    tauri::async_runtime::spawn(async move {
        control.shutdown().await;
        if let Some(shell) = app.try_state::<Shell>() {
            shell.drained.store(true, Ordering::Release);
        }
        app.exit(0);
    });
}

/// The event loop ends whatever we want, as when a session is logged out: drain before it does.
pub fn at_the_end(app: &AppHandle) {
    let Some(shell) = app.try_state::<Shell>() else { return };
    if !shell.drained.swap(true, Ordering::AcqRel) {
        tauri::async_runtime::block_on(shell.control.shutdown());
    }
}

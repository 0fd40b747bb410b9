//! Keeps the tray, and what the system knows of us, in step with what changes.

use std::sync::Arc;

use control::{Control, api::events::UiEvent};
use tauri::{AppHandle, Manager};

use crate::{app::Shell, autostart, tray::Picture};

/// Runs for as long as control tells.
pub async fn follow(app: AppHandle, control: Arc<Control>) {
    let mut batches = control.subscribe();
    let mut at_login = autostart::wanted(&control).await;
    let mut picture = Picture::read(&control).await;
    app.state::<Shell>().tray.show(&app, &picture);
    while let Some(batch) = batches.recv().await {
        if batch.contains(&UiEvent::SettingsChanged) {
            let wanted = autostart::wanted(&control).await;
            if wanted != at_login {
                at_login = wanted;
                let app = app.clone();
                tauri::async_runtime::spawn_blocking(move || autostart::set(&app, wanted));
            }
        }
        let before = picture.clone();
        picture.hear(&control, &batch).await;
        if picture != before {
            app.state::<Shell>().tray.show(&app, &picture);
        }
    }
}

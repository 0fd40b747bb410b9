//! Keeps the tray, and what the system knows of us, in step with what changes.

use std::sync::Arc;

use control::{Control, api::events::UiEvent};
use tauri::{AppHandle, Manager};
use tokio::sync::mpsc;

use crate::{app::Shell, autostart, tray::Picture};

/// What is watched, from a time before anything could change it.
pub struct Watch {
    batches: mpsc::Receiver<Vec<UiEvent>>,
    at_login: bool,
}

impl Watch {
    /// Begins to watch; before control is started, so that no change is missed.
    pub async fn begin(control: &Control) -> Self {
        Self { batches: control.subscribe(), at_login: autostart::wanted(control).await }
    }

    /// Runs for as long as control tells.
    pub async fn follow(mut self, app: AppHandle, control: Arc<Control>) {
        let mut picture = Picture::read(&control).await;
        app.state::<Shell>().tray.show(&app, &picture);
        while let Some(batch) = self.batches.recv().await {
            if batch.contains(&UiEvent::SettingsChanged) {
                self.settle_login(&app, &control).await;
            }
            let before = picture.clone();
            picture.hear(&control, &batch).await;
            if picture != before {
                app.state::<Shell>().tray.show(&app, &picture);
            }
        }
    }

    async fn settle_login(&mut self, app: &AppHandle, control: &Control) {
        let wanted = autostart::wanted(control).await;
        if wanted != self.at_login {
            self.at_login = wanted;
            let app = app.clone();
            tauri::async_runtime::spawn_blocking(move || autostart::set(&app, wanted));
        }
    }
}

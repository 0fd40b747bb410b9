//! What the window can ask for. Thin: control does the work.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use control::{Caller, Code, Error, api::events::UiEvent};
use serde::Serialize;
use serde_json::{Map, Value};
use tauri::{AppHandle, State, async_runtime::JoinHandle, ipc::Channel};
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_opener::OpenerExt;

use crate::{app::Shell, leave};

/// Why a command was refused or failed, as the window's `BackendError` reads it.
#[derive(Debug, Serialize)]
pub struct Refusal {
    code: &'static str,
    message: String,
    details: Map<String, Value>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { code: error.code.as_str(), message: error.message, details: error.details }
    }
}

fn refuse(code: Code, message: String) -> Refusal {
    Error::new(code, message).into()
}

/// The channels over which the window is told what changed.
#[derive(Default)]
pub struct Listeners {
    next: AtomicU32,
    running: Mutex<HashMap<u32, JoinHandle<()>>>,
}

impl Listeners {
    fn add(&self, task: JoinHandle<()>) -> u32 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(id, task);
        id
    }

    fn remove(&self, id: u32) {
        if let Some(task) = self.lock().remove(&id) {
            task.abort();
        }
    }

    /// Ends all of them: the page that listened is gone.
    pub fn clear(&self) {
        for (_, task) in self.lock().drain() {
            task.abort();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u32, JoinHandle<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does the operation of that name, as the person at the window.
#[tauri::command]
pub async fn call(shell: State<'_, Shell>, op: String, input: Value) -> Result<Value, Refusal> {
    Ok(shell.control.call(&op, Caller::window(), input).await?)
}

/// Tells over the channel what changes from now on. The id is for `unsubscribe`.
#[tauri::command]
pub async fn subscribe(shell: State<'_, Shell>, channel: Channel<Vec<UiEvent>>) -> Result<u32, Refusal> {
    let mut batches = shell.control.subscribe();
    let task = tauri::async_runtime::spawn(async move {
        while let Some(batch) = batches.recv().await {
            if channel.send(batch).is_err() {
                return;
            }
        }
    });
    Ok(shell.listeners.add(task))
}

/// Tells no more.
#[tauri::command]
pub fn unsubscribe(shell: State<'_, Shell>, id: u32) {
    shell.listeners.remove(id);
}

/// Asks where to, and writes the text there. False where the person changed their mind.
#[tauri::command]
pub async fn save_file(app: AppHandle, name: String, text: String) -> Result<bool, Refusal> {
    // A name, not a way out of the folder that the person chose.
    let name = Path::new(&name).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(path) = where_to(&app, name).await? else { return Ok(false) };
    tokio::fs::write(&path, text)
        .await
        .map_err(|error| refuse(Code::Internal, format!("{} could not be written: {error}", path.display())))?;
    Ok(true)
}

async fn where_to(app: &AppHandle, name: String) -> Result<Option<PathBuf>, Refusal> {
    // No test can click in a native dialog; a release knows nothing of this.
    #[cfg(debug_assertions)]
    if let Some(folder) = std::env::var_os("MODELUX_TEST_SAVE_IN") {
        return Ok(Some(Path::new(&folder).join(name)));
    }
    let (tell, told) = tokio::sync::oneshot::channel();
    app.dialog().file().set_file_name(name).save_file(move |chosen| {
        let _gone = tell.send(chosen);
    });
    let chosen = told.await.ok().flatten();
    chosen.map(tauri_plugin_dialog::FilePath::into_path).transpose().map_err(|error| refuse(Code::InvalidRequest, error.to_string()))
}

/// Opens a web page in the person's browser.
#[tauri::command]
pub fn open_external(app: AppHandle, url: String) -> Result<(), Refusal> {
    if !is_web_page(&url) {
        return Err(refuse(Code::InvalidRequest, format!("{url} is not the address of a web page")));
    }
    app.opener().open_url(url, None::<&str>).map_err(|error| refuse(Code::Internal, format!("The browser could not be opened: {error}")))
}

/// Lets running requests finish, and ends the program.
#[tauri::command]
pub fn quit(app: AppHandle) {
    leave::leave(&app);
}

/// `https` anywhere, `http` on this machine alone; never a file or a program's own scheme.
fn is_web_page(url: &str) -> bool {
    let Ok(url) = tauri::Url::parse(url) else { return false };
    match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_pages_are_opened_outside() {
        for good in ["https://platform.openai.com/docs", "http://127.0.0.1:8642/ui/", "http://localhost:3000"] {
            assert!(is_web_page(good), "{good}");
        }
        for bad in ["http://example.com", "file:///etc/passwd", "javascript:alert(1)", "ssh://host", "not an address"] {
            assert!(!is_web_page(bad), "{bad}");
        }
    }

    #[test]
    fn a_refusal_reads_as_the_window_expects_it() {
        let refusal = Refusal::from(Error::new(Code::Conflict, "Somebody saved meanwhile").with("latest_version", 3));
        let read = serde_json::json!({ "code": "conflict", "message": "Somebody saved meanwhile", "details": { "latest_version": 3 } });
        assert_eq!(serde_json::to_value(refusal).unwrap(), read);
    }
}

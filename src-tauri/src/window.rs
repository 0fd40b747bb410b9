//! The one window: made hidden, shown when there is something to see, hidden when it is closed.

use std::{path::Path, time::Duration};

use tauri::{
    AppHandle, Manager, Theme, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    utils::config::Color,
    webview::{NewWindowResponse, PageLoadEvent},
};
use tauri_plugin_notification::NotificationExt;
use tauri_plugin_window_state::StateFlags;

use crate::{app::Shell, display, leave, texts};

const LABEL: &str = "main";
/// A page that takes longer is shown as it is.
const PATIENCE: Duration = Duration::from_secs(3);
/// `--bg` of the two themes.
const LIGHT: Color = Color(0xff, 0xff, 0xff, 0xff);
const DARK: Color = Color(0x14, 0x17, 0x1b, 0xff);
/// Beside it, in the data directory: that closing only hides was said.
const SAID: &str = "closing-explained";

/// What is remembered of the window. Whether it was visible is not: a start shows it unless told otherwise.
pub const REMEMBERED: StateFlags = StateFlags::SIZE.union(StateFlags::POSITION).union(StateFlags::MAXIMIZED).union(StateFlags::FULLSCREEN);

/// Makes the window. It appears once the page is there, unless it is to stay hidden.
pub fn build(app: &AppHandle, dir: &Path, hidden: bool) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title(texts::NAME)
        .inner_size(1280.0, 820.0)
        .min_inner_size(960.0, 640.0)
        .visible(false)
        // What the page keeps (preferences, drafts) belongs to the data that they are about.
        .data_directory(dir.to_owned())
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_page_load(move |window, page| match page.event() {
            PageLoadEvent::Started => window.state::<Shell>().listeners.clear(),
            PageLoadEvent::Finished if !hidden => first_show(&window),
            PageLoadEvent::Finished => {}
        })
        .build()?;
    let dark = matches!(window.theme(), Ok(Theme::Dark));
    window.set_background_color(Some(if dark { DARK } else { LIGHT }))?;
    if !hidden {
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            first_show(&window);
        });
    }
    Ok(())
}

/// Our own page, from the binary or from the development server; nothing else is ever shown in it.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => true,
        "http" | "https" => url.host_str() == Some("tauri.localhost") || (cfg!(dev) && url.host_str() == Some("localhost")),
        _ => false,
    }
}

fn first_show(window: &WebviewWindow) {
    let shell = window.state::<Shell>();
    if !shell.shown.swap(true, std::sync::atomic::Ordering::AcqRel) {
        show(window.app_handle());
    }
}

/// Brings the window before the person.
pub fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!("the window could not be shown: {error}");
    }
}

/// Takes it out of sight; everything goes on.
pub fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.hide()
    {
        tracing::warn!("the window could not be hidden: {error}");
    }
}

/// Brings it before the person, at a screen.
pub fn show_at(app: &AppHandle, path: &str) {
    show(app);
    let Some(window) = app.get_webview_window(LABEL) else { return };
    // As JSON a string cannot end early and run as a script.
    let hash = serde_json::Value::from(format!("#{path}"));
    if let Err(error) = window.eval(format!("location.hash = {hash}")) {
        tracing::warn!("the window could not be led to {path}: {error}");
    }
}

/// The person closed it: it hides and the proxy goes on, unless nothing could bring it back.
pub fn closed(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        let shell = app.state::<Shell>();
        if shell.tray.is_made() && display::shows_tray_icons() {
            hide(&app);
            explain_once(&app, &shell.window_dir.join(SAID));
        } else {
            leave::leave(&app);
        }
    });
}

fn explain_once(app: &AppHandle, said: &Path) {
    if said.exists() {
        return;
    }
    let told = app.notification().builder().title(texts::STILL_RUNNING).body(texts::STILL_RUNNING_BODY).show();
    if told.is_ok()
        && let Err(error) = std::fs::write(said, "")
    {
        tracing::warn!("it will be said again that closing only hides: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_shows_no_page_but_ours() {
        let ours = |url: &str| is_ours(&Url::parse(url).unwrap());
        assert!(ours("tauri://localhost/index.html"));
        assert!(ours("http://tauri.localhost/"));
        for other in ["https://example.com/", "http://127.0.0.1:8642/ui/", "file:///etc/passwd", "data:text/html,hi", "about:blank"] {
            assert!(!ours(other), "{other}");
        }
    }
}

//! The tray icon: how the proxy is doing, and what one wants to do without opening the window.

mod menu;
mod picture;

use std::panic::{AssertUnwindSafe, catch_unwind};

use control::{
    Caller, Control, Error,
    api::{
        configs::Activate,
        status::{ProxyState, SetPaused},
    },
};
use tauri::{
    AppHandle, Manager,
    image::Image,
    tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent},
};
use tauri_plugin_notification::NotificationExt;

pub use picture::Picture;

use crate::{app::Shell, leave, texts, window};
use menu::Pick;

const ICON: Image<'_> = tauri::include_image!("../icons/tray.png");
const ICON_PAUSED: Image<'_> = tauri::include_image!("../icons/tray-paused.png");
#[cfg(target_os = "macos")]
const ICON_TEMPLATE: Image<'_> = tauri::include_image!("../icons/tray-template.png");

/// The icon, where one could be made.
pub struct Tray(Option<TrayIcon>);

impl Tray {
    /// Makes it. Where the system has no library for it, everything goes on without.
    pub fn make(app: &AppHandle) -> Self {
        let hook = std::panic::take_hook();
        // The Linux library panics where the system's is missing; that is said below.
        std::panic::set_hook(Box::new(|_| {}));
        let made = catch_unwind(AssertUnwindSafe(|| build(app)));
        std::panic::set_hook(hook);
        match made {
            Ok(Ok(icon)) => Self(Some(icon)),
            Ok(Err(error)) => Self::none(&error.to_string()),
            Err(_) => Self::none("the system's library for tray icons is missing"),
        }
    }

    fn none(why: &str) -> Self {
        tracing::info!("there is no tray icon: {why}");
        Self(None)
    }

    /// Is there one?
    pub fn is_made(&self) -> bool {
        self.0.is_some()
    }

    /// Shows how things are.
    pub fn show(&self, app: &AppHandle, picture: &Picture) {
        let Some(icon) = self.0.clone() else { return };
        let (handle, picture) = (app.clone(), picture.clone());
        let asked = app.run_on_main_thread(move || {
            if let Err(error) = draw(&handle, &icon, &picture) {
                tracing::warn!("the tray icon could not be brought up to date: {error}");
            }
        });
        if let Err(error) = asked {
            tracing::warn!("{error}");
        }
    }
}

fn build(app: &AppHandle) -> tauri::Result<TrayIcon> {
    let builder = TrayIconBuilder::with_id("modelux")
        .tooltip(texts::NAME)
        .menu(&menu::build(app, &Picture::default())?)
        // Linux and macOS open the menu by custom; on Windows a click opens the program.
        .show_menu_on_left_click(!cfg!(windows))
        .on_menu_event(|app, event| {
            if let Some(pick) = Pick::read(event.id().as_ref()) {
                act(app, pick);
            }
        })
        .on_tray_icon_event(|icon, event| {
            if cfg!(windows) && matches!(event, TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. })
            {
                window::show(icon.app_handle());
            }
        });
    #[cfg(target_os = "macos")]
    let builder = builder.icon(ICON_TEMPLATE).icon_as_template(true);
    #[cfg(not(target_os = "macos"))]
    let builder = builder.icon(ICON);
    builder.build(app)
}

fn draw(app: &AppHandle, icon: &TrayIcon, picture: &Picture) -> tauri::Result<()> {
    icon.set_menu(Some(menu::build(app, picture)?))?;
    icon.set_tooltip(Some(format!("{}: {}", texts::NAME, picture.state())))?;
    if cfg!(not(target_os = "macos")) {
        let resting = !matches!(picture.proxy, ProxyState::Running);
        icon.set_icon(Some(if resting { ICON_PAUSED } else { ICON }))?;
    }
    Ok(())
}

fn act(app: &AppHandle, pick: Pick) {
    match pick {
        Pick::Open => window::show(app),
        Pick::Quit => leave::leave(app),
        Pick::Config(slug) => window::show_at(app, &format!("/configs/{slug}/source")),
        Pick::Request(id) => window::show_at(app, &format!("/traffic/{id}")),
        Pick::Pause(paused) => with_control(app, async move |app, control| {
            if let Err(error) = control.set_paused(&Caller::window(), SetPaused { paused }).await {
                tell(&app, texts::NAME, &error.message);
            }
        }),
        Pick::RollBack(slug, version) => with_control(app, async move |app, control| match roll_back(&control, &slug, version).await {
            Ok(()) => tell(&app, texts::NAME, &texts::rolled_back(&slug, version)),
            Err(error) => tell(&app, &texts::not_rolled_back(&slug), &error.message),
        }),
    }
}

fn with_control<F: Future<Output = ()> + Send>(
    app: &AppHandle,
    then: impl FnOnce(AppHandle, std::sync::Arc<Control>) -> F + Send + 'static,
) {
    let (app, control) = (app.clone(), app.state::<Shell>().control.clone());
    tauri::async_runtime::spawn(async move { then(app, control).await });
}

async fn roll_back(control: &Control, slug: &str, version: u32) -> Result<(), Error> {
    let to = Activate { slug: slug.to_owned(), version, reason: Some(texts::FROM_TRAY.to_owned()) };
    control.activate_version(&Caller::window(), to).await.map(drop)
}

/// The window may be hidden: what came of a click in the tray is said where the click was.
fn tell(app: &AppHandle, title: &str, body: &str) {
    if let Err(error) = app.notification().builder().title(title).body(body).show() {
        tracing::info!("{title}: {body} (could not be shown: {error})");
    }
}

//! The program with its window.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
};

use control::{Control, Error};
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};

use crate::{
    args::{Args, exit_code},
    autostart, commands, leave, lines, signals, texts,
    tray::Tray,
    watch::Watch,
    window,
};

/// What the running program holds.
pub struct Shell {
    pub control: Arc<Control>,
    pub listeners: commands::Listeners,
    pub tray: Tray,
    /// Where the window keeps what it remembers.
    pub window_dir: PathBuf,
    /// It was shown once.
    pub shown: AtomicBool,
    /// It is on its way out.
    pub leaving: AtomicBool,
    /// Nothing runs any more.
    pub drained: AtomicBool,
}

/// Runs until the person quits.
pub fn run(args: Args) -> ExitCode {
    match build(args) {
        Ok(app) => {
            let code = app.run_return(on_event);
            ExitCode::from(u8::try_from(code).unwrap_or(1))
        }
        Err(error) => {
            lines::complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn build(args: Args) -> Result<tauri::App, Box<dyn std::error::Error>> {
    let data_dir = control::data_dir(args.own_data_dir())?;
    let window_dir = data_dir.join("window");
    let state = window_dir.join("state.json");
    let app = tauri::Builder::default()
        // First, so that a second start goes no further than this.
        .plugin(single_instance(&args, &data_dir))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .plugin(autostart::plugin(&args))
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_filename(state.display().to_string())
                .with_state_flags(window::REMEMBERED)
                .build(),
        )
        .invoke_handler(tauri::generate_handler![
            commands::call,
            commands::subscribe,
            commands::unsubscribe,
            commands::save_file,
            commands::open_external,
            commands::quit
        ])
        .setup(move |app| Ok(set_up(app.handle(), &args, window_dir)?))
        .build(tauri::generate_context!())?;
    Ok(app)
}

/// Each data directory has its own first instance, where the system lets them be told apart.
fn single_instance(args: &Args, data_dir: &Path) -> tauri::plugin::TauriPlugin<tauri::Wry> {
    let mut builder = tauri_plugin_single_instance::Builder::new().callback(|app, _, _| window::show(app));
    if args.own_data_dir().is_some() {
        builder = builder.dbus_id(bus_name(data_dir));
    }
    builder.build()
}

/// A bus name's parts are letters, digits and `_`, at most 255 in all.
fn bus_name(data_dir: &Path) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    data_dir.hash(&mut hasher);
    format!("dev.modelux.desktop.d{:016x}", hasher.finish())
}

fn set_up(app: &AppHandle, args: &Args, window_dir: PathBuf) -> tauri::Result<()> {
    let opened = tauri::async_runtime::block_on(async {
        let control = Control::open(args.options()).await?;
        let watch = Watch::begin(&control).await;
        if let Err(error) = control.start().await {
            control.shutdown().await;
            return Err(error);
        }
        Ok((control, watch))
    });
    let (control, watch) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            refuse(app, &error);
            return Ok(());
        }
    };
    let tray = Tray::make(app);
    let hidden = args.hidden && tray.is_made();
    app.manage(Shell {
        control: Arc::clone(&control),
        listeners: commands::Listeners::default(),
        tray,
        window_dir: window_dir.clone(),
        shown: AtomicBool::new(false),
        leaving: AtomicBool::new(false),
        drained: AtomicBool::new(false),
    });
    window::build(app, &window_dir, hidden)?;
    tauri::async_runtime::spawn(watch.follow(app.clone(), control));
    on_signal(app, leave::leave);
    Ok(())
}

/// Says why it cannot start, to the person and to the terminal, and ends when they have read it.
fn refuse(app: &AppHandle, error: &Error) {
    lines::complain(&format!("error: {}", error.message));
    let code = i32::from(exit_code(error.code));
    on_signal(app, move |app| app.exit(code));
    let handle = app.clone();
    app.dialog()
        .message(&error.message)
        .title(texts::CANNOT_START)
        .kind(MessageDialogKind::Error)
        .buttons(MessageDialogButtons::OkCustom(texts::CLOSE.to_owned()))
        .show(move |_| handle.exit(code));
}

fn on_signal(app: &AppHandle, then: impl FnOnce(&AppHandle) + Send + 'static) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        match signals::stop() {
            Ok(stop) => {
                stop.await;
                then(&app);
            }
            Err(error) => tracing::warn!("signals cannot be heard: {error}"),
        }
    });
}

fn on_event(app: &AppHandle, event: RunEvent) {
    match event {
        RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } => {
            api.prevent_close();
            window::closed(app);
        }
        // A code was asked for by us: it is the end. Without one the system wants us gone.
        RunEvent::ExitRequested { code: None, api, .. } => {
            api.prevent_exit();
            leave::leave(app);
        }
        RunEvent::Exit => leave::at_the_end(app),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app),
        _ => {}
    }
}

//! Reads `tauri.conf.json` and says which commands the window may call.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&["call", "subscribe", "unsubscribe", "save_file", "open_external", "quit"]);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        println!("cargo::error={error:#}");
    }
}

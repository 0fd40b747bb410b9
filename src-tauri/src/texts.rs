//! What the shell says outside the window. English first; the one place to translate.

/// The program's name.
pub const NAME: &str = "Modelux";

pub const NO_DISPLAY: &str =
    "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY leads to one). Modelux runs without a window; stop it with Ctrl+C.";
pub const CANNOT_START: &str = "Modelux cannot start";
pub const CLOSE: &str = "Close";

pub const STILL_RUNNING: &str = "Modelux keeps running";
pub const STILL_RUNNING_BODY: &str = "Apps can go on sending requests. Open the window or quit from the Modelux icon in the tray.";

pub const PAUSE: &str = "Pause proxy";
pub const RESUME: &str = "Resume proxy";
pub const NO_CONFIGS: &str = "No configs yet";
pub const RECENT_ERRORS: &str = "Recent errors";
pub const NO_ERRORS: &str = "No recent errors";
pub const OPEN: &str = "Open Modelux";
pub const QUIT: &str = "Quit Modelux";
pub const FROM_TRAY: &str = "From the tray";

pub fn running_on(address: &str) -> String {
    format!("Proxy running on {}", address.trim_start_matches("http://"))
}

pub fn paused_on(address: &str) -> String {
    format!("Proxy paused on {}", address.trim_start_matches("http://"))
}

pub fn port_taken(port: u16) -> String {
    format!("Proxy down: port {port} is taken")
}

pub const DOWN: &str = "Proxy down";

pub fn config(slug: &str, version: u32) -> String {
    format!("@{slug}  v{version}")
}

pub fn open_config(slug: &str) -> String {
    format!("Open @{slug}")
}

pub fn roll_back_to(version: u32) -> String {
    format!("Roll back to v{version}")
}

pub const NOTHING_BEFORE: &str = "No earlier version";

pub const MORE_CONFIGS: &str = "More configs in the window";

pub fn rolled_back(slug: &str, version: u32) -> String {
    format!("@{slug} is back on v{version}")
}

pub fn not_rolled_back(slug: &str) -> String {
    format!("@{slug} was not rolled back")
}

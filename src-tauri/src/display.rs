//! Is there somewhere to show a window, and somewhere to show a tray icon?

/// Can a window be opened?
#[cfg(target_os = "linux")]
pub fn there_is_one() -> bool {
    let named = ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    // Named is not reachable: a display can be gone, or belong to somebody else.
    named && gtk::init().is_ok()
}

/// Can a window be opened?
#[cfg(not(target_os = "linux"))]
pub fn there_is_one() -> bool {
    true
}

/// Does anything show tray icons? Asks the session bus; blocks for as long as that takes.
#[cfg(target_os = "linux")]
pub fn shows_tray_icons() -> bool {
    let asked = || -> zbus::Result<bool> {
        let bus = zbus::blocking::Connection::session()?;
        let watcher: zbus::blocking::Proxy<'_> = zbus::blocking::proxy::Builder::new(&bus)
            .destination("org.kde.StatusNotifierWatcher")?
            .path("/StatusNotifierWatcher")?
            .interface("org.kde.StatusNotifierWatcher")?
            // Asked once: what a cache would say about there being none is no news.
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()?;
        watcher.get_property("IsStatusNotifierHostRegistered")
    };
    asked().unwrap_or(false)
}

/// Does anything show tray icons?
#[cfg(not(target_os = "linux"))]
pub fn shows_tray_icons() -> bool {
    true
}

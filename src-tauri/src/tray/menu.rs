//! The tray's menu, and what was picked in it.

use control::api::status::ProxyState;
use tauri::{
    AppHandle, Wry,
    menu::{Menu, MenuBuilder, MenuItem, MenuItemBuilder, Submenu, SubmenuBuilder},
};

use super::picture::{ConfigLine, Picture};
use crate::texts;

/// What was picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    Open,
    Quit,
    /// True to pause, false to resume.
    Pause(bool),
    Config(String),
    RollBack(String, u32),
    Request(String),
}

impl Pick {
    /// The menu item's id.
    fn id(&self) -> String {
        match self {
            Self::Open => "open".to_owned(),
            Self::Quit => "quit".to_owned(),
            Self::Pause(true) => "pause".to_owned(),
            Self::Pause(false) => "resume".to_owned(),
            Self::Config(slug) => format!("config {slug}"),
            Self::RollBack(slug, version) => format!("back {slug} {version}"),
            Self::Request(id) => format!("request {id}"),
        }
    }

    /// What an item's id stands for; `None` for those that only say something.
    pub fn read(id: &str) -> Option<Self> {
        let words: Vec<&str> = id.split(' ').collect();
        Some(match words.as_slice() {
            ["open"] => Self::Open,
            ["quit"] => Self::Quit,
            ["pause"] => Self::Pause(true),
            ["resume"] => Self::Pause(false),
            ["config", slug] => Self::Config((*slug).to_owned()),
            ["back", slug, version] => Self::RollBack((*slug).to_owned(), version.parse().ok()?),
            ["request", id] => Self::Request((*id).to_owned()),
            _ => return None,
        })
    }
}

/// The menu for how things are.
pub fn build(app: &AppHandle, picture: &Picture) -> tauri::Result<Menu<Wry>> {
    let mut menu = MenuBuilder::new(app).item(&says(app, &picture.state())?);
    match picture.proxy {
        ProxyState::Running => menu = menu.item(&picks(app, texts::PAUSE, &Pick::Pause(true))?),
        ProxyState::Paused => menu = menu.item(&picks(app, texts::RESUME, &Pick::Pause(false))?),
        ProxyState::PortInUse { .. } | ProxyState::Failed { .. } => {}
    }
    menu = menu.separator();
    if picture.configs.is_empty() {
        menu = menu.item(&says(app, texts::NO_CONFIGS)?);
    }
    for config in &picture.configs {
        menu = menu.item(&config_menu(app, config)?);
    }
    if picture.more {
        menu = menu.item(&says(app, texts::MORE_CONFIGS)?);
    }
    menu.separator()
        .item(&errors_menu(app, picture)?)
        .separator()
        .item(&picks(app, texts::OPEN, &Pick::Open)?)
        .item(&picks(app, texts::QUIT, &Pick::Quit)?)
        .build()
}

fn config_menu(app: &AppHandle, config: &ConfigLine) -> tauri::Result<Submenu<Wry>> {
    let back = match config.previous {
        Some(version) => picks(app, &texts::roll_back_to(version), &Pick::RollBack(config.slug.clone(), version))?,
        None => says(app, texts::NOTHING_BEFORE)?,
    };
    let open = picks(app, &texts::open_config(&config.slug), &Pick::Config(config.slug.clone()))?;
    SubmenuBuilder::new(app, texts::config(&config.slug, config.active)).item(&back).item(&open).build()
}

fn errors_menu(app: &AppHandle, picture: &Picture) -> tauri::Result<Submenu<Wry>> {
    let mut menu = SubmenuBuilder::new(app, texts::RECENT_ERRORS);
    if picture.errors.is_empty() {
        menu = menu.item(&says(app, texts::NO_ERRORS)?);
    }
    for error in &picture.errors {
        menu = menu.item(&picks(app, &error.text, &Pick::Request(error.id.clone()))?);
    }
    menu.build()
}

fn picks(app: &AppHandle, text: &str, pick: &Pick) -> tauri::Result<MenuItem<Wry>> {
    // A single `&` would mark the letter after it; callers name models as they like.
    MenuItemBuilder::with_id(pick.id(), text.replace('&', "&&")).build(app)
}

/// A line that cannot be picked.
fn says(app: &AppHandle, text: &str) -> tauri::Result<MenuItem<Wry>> {
    MenuItemBuilder::new(text).enabled(false).build(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_read_back_as_what_it_was_made_for() {
        let slug = || "production".to_owned();
        for pick in [
            Pick::Open,
            Pick::Quit,
            Pick::Pause(true),
            Pick::Pause(false),
            Pick::Config(slug()),
            Pick::RollBack(slug(), 12),
            Pick::Request("req_1".to_owned()),
        ] {
            assert_eq!(Pick::read(&pick.id()), Some(pick));
        }
        assert_eq!(Pick::read("7"), None);
        assert_eq!(Pick::read("back production soon"), None);
    }
}

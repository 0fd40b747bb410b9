//! Who may depend on whom.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails as the test does")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const OURS: [&str; 8] = ["routing", "wire", "catalog", "store", "proxy", "simulate", "control", "cli"];
const IO: [&str; 6] = ["tokio", "rusqlite", "hyper", "reqwest", "axum", "keyring"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// What the crate links in: tests may use more.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let path = root().join(manifest);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let manifest: toml::Table = text.parse().unwrap();
    let mut tables: Vec<&toml::Table> =
        ["dependencies", "build-dependencies"].iter().filter_map(|name| manifest.get(*name)?.as_table()).collect();
    for target in manifest.get("target").and_then(|targets| targets.as_table()).into_iter().flat_map(|targets| targets.values()) {
        tables.extend(target.get("dependencies").and_then(|table| table.as_table()));
    }
    tables.into_iter().flat_map(|table| table.keys().cloned()).collect()
}

fn of(krate: &str) -> BTreeSet<String> {
    dependencies(&format!("src-tauri/crates/{krate}/Cargo.toml"))
}

fn assert_without(krate: &str, forbidden: &[&str]) {
    let dependencies = of(krate);
    for name in forbidden {
        assert!(!dependencies.contains(*name), "{krate} must not depend on {name}");
    }
}

#[test]
fn routing_wire_and_catalog_are_pure() {
    for krate in ["routing", "wire", "catalog"] {
        assert_without(krate, &IO);
        assert_without(krate, &["store", "proxy", "simulate", "control"]);
    }
}

#[test]
fn store_proxy_and_simulate_do_not_know_each_others_insides() {
    assert_without("proxy", &["rusqlite", "rusqlite_migration", "simulate", "control"]);
    assert_without("simulate", &["rusqlite", "rusqlite_migration", "proxy", "store", "control"]);
    assert_without("store", &["axum", "hyper", "reqwest", "proxy", "simulate", "control"]);
}

#[test]
fn the_programs_depend_on_control_alone() {
    for (program, manifest) in [("modelux-desktop", "src-tauri/Cargo.toml"), ("cli", "src-tauri/crates/cli/Cargo.toml")] {
        let dependencies = dependencies(manifest);
        let ours: Vec<&str> = OURS.into_iter().filter(|name| dependencies.contains(*name)).collect();
        assert!(ours.iter().all(|name| *name == "control"), "{program} may depend on control alone of ours, not on {ours:?}");
    }
}

#[test]
fn nothing_depends_on_the_desktop_shell_or_links_a_window_library() {
    for krate in OURS {
        let dependencies = of(krate);
        assert!(!dependencies.contains("modelux-desktop"), "{krate} depends on the desktop shell");
        let window = dependencies.iter().find(|name| name.starts_with("tauri") || name.starts_with("wry"));
        assert_eq!(window, None, "{krate} links a window library");
    }
}

#[test]
fn every_crate_of_ours_is_looked_at() {
    let mut found: Vec<String> = fs::read_dir(root().join("src-tauri/crates"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    found.sort_unstable();
    let mut known = OURS.map(str::to_owned).to_vec();
    known.sort_unstable();
    assert_eq!(found, known);
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| ["ts", "tsx", "js", "jsx", "mts"].iter().any(|known| extension == *known)) {
            found.push(path);
        }
    }
}

#[test]
fn the_window_knows_its_host_in_one_folder_only() {
    let mut files = Vec::new();
    let src = root().join("ui/src");
    sources(&src, &mut files);
    assert!(files.len() > 5, "the window's sources are not where this test looks for them: {}", src.display());
    for file in files {
        let mentions = fs::read_to_string(&file).unwrap().contains("@tauri-apps");
        assert!(!mentions || file.starts_with(src.join("backend")), "{} mentions @tauri-apps", file.display());
    }
}

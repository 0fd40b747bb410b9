//! The window's types: `types.ts` by ts-rs, and `operations.ts` with each operation's method, path and types.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use ts_rs::{Config, TS};

use crate::{
    api::{events::UiEvent, traffic::Trace},
    ops::{OPERATIONS, export_types},
};

/// Where the window has them.
const DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/src/bindings");

fn typescript() -> String {
    let mut names: Vec<&str> = OPERATIONS
        .iter()
        .flat_map(|op| [op.input, op.output])
        .flat_map(|name| name.split(['<', '>']))
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut out = String::from("// Generated from control's table of operations; `make bindings` writes it anew.\n\n");
    let _ = writeln!(out, "import type {{\n  {},\n}} from \"./types\";\n", names.join(",\n  "));
    out.push_str("export interface Operations {\n");
    for op in OPERATIONS {
        let _ = writeln!(out, "  /** {}. */\n  {}: {{ input: {}; output: {} }};", op.summary, op.name, op.input, op.output);
    }
    out.push_str("}\n\nexport const operations = {\n");
    for op in OPERATIONS {
        let _ = writeln!(out, "  {}: {{ method: \"{}\", path: \"{}\" }},", op.name, op.method, op.path);
    }
    out.push_str("} as const satisfies Record<keyof Operations, { method: string; path: string }>;\n");
    out
}

fn write(dir: &Path) {
    let config = Config::default().with_out_dir(dir).with_large_int("number");
    export_types(&config).unwrap();
    UiEvent::export_all(&config).unwrap();
    Trace::export_all(&config).unwrap();
    fs::write(dir.join("operations.ts"), typescript()).unwrap();
}

fn files(dir: &Path, under: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(dir.join(under)).unwrap().flatten() {
        let name = format!("{under}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(dir, &format!("{name}/"), found);
        } else {
            found.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

/// With `MODELUX_WRITE_BINDINGS` set, as `make bindings` does, it writes them instead.
#[test]
fn the_window_has_the_types_of_the_operations() {
    if std::env::var_os("MODELUX_WRITE_BINDINGS").is_some() {
        return write(Path::new(DIR));
    }
    let fresh = tempfile::tempdir().unwrap();
    write(fresh.path());
    let (mut wanted, mut found) = (BTreeMap::new(), BTreeMap::new());
    files(fresh.path(), "", &mut wanted);
    files(Path::new(DIR), "", &mut found);
    assert!(wanted == found, "ui/src/bindings is not what the operations say: run `make bindings` and commit it");
}

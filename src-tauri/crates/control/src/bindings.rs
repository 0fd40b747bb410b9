//! Writes `operations.ts`: for each operation its method, path and types.

use std::fmt::Write as _;

use crate::ops::OPERATIONS;

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

/// ts-rs exports the types in tests of its own; this adds the table.
#[test]
fn operations_are_written_for_the_window() {
    let dir =
        std::env::var("TS_RS_EXPORT_DIR").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/src/bindings").to_owned());
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(format!("{dir}/operations.ts"), typescript()).unwrap();
}

//! Files and standard input.

use std::{
    fs,
    io::{self, Read, Write},
    path::Path,
};

use serde_json::{Value, json};

use crate::failure::Failure;

/// The text of a file, or of standard input for `-`.
pub fn read(path: &Path) -> Result<String, Failure> {
    let read = if is_stdin(path) {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    read.map_err(|error| Failure::new(format!("Cannot read {}: {error}", path.display())))
}

/// The JSON in it.
pub fn json(path: &Path) -> Result<Value, Failure> {
    parse(path, &read(path)?)
}

fn parse(path: &Path, text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::new(format!("{}:{}:{}: not JSON: {error}", path.display(), error.line(), error.column())))
}

/// A document: JSON, or a program of rules as it is.
pub fn document(path: &Path) -> Result<Value, Failure> {
    let text = read(path)?;
    if is_rules(path, &text) { Ok(of_rules(&text)) } else { parse(path, &text) }
}

/// Is it a program of rules rather than JSON? A file's name says so, else how it begins.
pub fn is_rules(path: &Path, text: &str) -> bool {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("rules") => true,
        Some("json") => false,
        _ => !text.trim_start().starts_with('{'),
    }
}

/// The document that a program of rules is.
pub fn of_rules(text: &str) -> Value {
    json!({ "strategy": "custom_rules", "rules": text })
}

/// Writes all of it or nothing: over a file beside it that is then renamed.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let mut name = path.file_name().map(std::ffi::OsStr::to_owned).unwrap_or_default();
        name.push(format!(".{}.tmp", std::process::id()));
        let beside = path.with_file_name(name);
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(path) {
            fs::set_permissions(&beside, old.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| Failure::new(format!("Cannot write {}: {error}", path.display())))
}

/// `-`
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

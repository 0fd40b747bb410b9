//! Files and standard input.

use std::{
    fs,
    io::{self, Read, Write},
    path::Path,
};

use serde_json::Value;

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
    serde_json::from_str(&read(path)?)
        .map_err(|error| Failure::new(format!("{}:{}:{}: not JSON: {error}", path.display(), error.line(), error.column())))
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

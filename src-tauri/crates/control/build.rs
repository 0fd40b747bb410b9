//! The window's files are embedded; where they were not built, an empty folder lets cargo build alone.

fn main() -> std::io::Result<()> {
    let dist = "../../../ui/dist";
    std::fs::create_dir_all(dist)?;
    println!("cargo::rerun-if-changed={dist}");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

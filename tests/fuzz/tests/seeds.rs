//! Every seed, and every input that once broke something, through the same checks as the fuzzer's.

use std::{fs, path::Path};

#[test]
fn what_was_found_stays_found() {
    for (name, check) in fuzz::CHECKS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
        let mut seeds: Vec<_> = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())).flatten().collect();
        seeds.sort_by_key(fs::DirEntry::file_name);
        assert!(seeds.len() >= 3, "{name} has seeds to begin with");
        for seed in seeds {
            println!("{}", seed.path().display());
            check(&fs::read(seed.path()).expect("a seed can be read"));
        }
    }
}

#[test]
fn each_fuzz_target_is_one_of_the_checks() {
    let manifest = include_str!("../targets/Cargo.toml");
    for (name, _) in fuzz::CHECKS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "targets/Cargo.toml has no target {name}");
    }
}

use super::*;

fn no_keychain(dir: &Path) -> Secrets {
    Secrets::new(dir, Err("No keychain can be reached (test)".to_owned()), |name| {
        (name == "SET_KEY").then(|| " sk-from-env-1234 ".to_owned())
    })
}

fn key(text: &str) -> SecretString {
    SecretString::from(text)
}

#[test]
fn without_a_keychain_nothing_is_kept_unless_the_file_is_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let secrets = no_keychain(dir.path());
    let refused = secrets.keep("openai", &key("sk-0123456789abcdef"), false).unwrap_err();
    assert_eq!(refused.code, Code::NoKeychain);
    assert!(refused.message.contains("environment variable"), "{}", refused.message);
    assert!(!refused.message.contains("abcdef"));
    assert_eq!(secrets.state(), "unavailable");
    assert!(!dir.path().join("secrets.json").exists());
}

#[test]
fn a_key_in_the_file_is_there_after_a_restart_and_readable_by_its_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let credential = no_keychain(dir.path()).keep("openai", &key("sk-0123456789abcdef"), true).unwrap();
    let again = no_keychain(dir.path());
    assert_eq!(again.state(), "file");
    assert_eq!(again.find("openai", &credential).unwrap().expose_secret(), "sk-0123456789abcdef");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(dir.path().join("secrets.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    again.forget("openai", Some(&credential));
    assert!(again.find("openai", &credential).is_err());
    assert!(no_keychain(dir.path()).find("openai", &credential).is_err());
}

#[test]
fn a_hint_is_given_of_long_keys_only() {
    assert_eq!(hint(&key("sk-0123456789abcdef")).as_deref(), Some("cdef"));
    assert_eq!(hint(&key("12345678901")), None);
}

#[test]
fn a_variable_is_trimmed_and_a_missing_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let secrets = no_keychain(dir.path());
    let set = Credential::Env { env: "SET_KEY".to_owned() };
    assert_eq!(secrets.find("x", &set).unwrap().expose_secret(), "sk-from-env-1234");
    let state = secrets.credential_state("x", Some(&set), true);
    assert_eq!((state.source.as_str(), state.hint.as_deref()), ("env", Some("1234")));
    let unset = secrets.credential_state("x", Some(&Credential::Env { env: "NOT_SET".to_owned() }), true);
    assert_eq!(unset.source, "missing");
    assert!(unset.problem.unwrap().contains("NOT_SET"));
}

#[test]
fn a_credential_reads_back_as_the_database_keeps_it() {
    for credential in [Credential::Env { env: "A".to_owned() }, Credential::Kept { store: Kept::File }] {
        assert_eq!(Credential::read(Some(&credential.json())), Some(credential));
    }
    assert_eq!(Credential::Env { env: "A".to_owned() }.json(), r#"{"env":"A"}"#);
}

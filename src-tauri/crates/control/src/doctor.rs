//! Looks for what is wrong, and says what to do about it.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use proxy::Outbound;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Client, Control, Options,
    api::{
        Page,
        providers::Provider,
        settings::Settings,
        status::{ProxyState, Status},
        traffic::LogRow,
    },
    data_dir, network, port,
    setup::blocking,
    time,
};

/// 2026-01-01: no release is older, so a clock before it is wrong.
const OLDEST_NOW_MS: i64 = 1_767_225_600_000;
/// How far the newest request may lie ahead of the clock.
const AHEAD_MS: i64 = 5 * 60 * 1_000;

/// How long an outbound proxy may take to answer the door.
const PROXY_ANSWERS: Duration = Duration::from_secs(3);

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `port`, `keychain`, …
    pub check: &'static str,
    /// How bad it is.
    pub level: Level,
    /// A sentence; what to do, where something is wrong.
    pub message: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Well.
    Ok,
    /// Works, but something should be done.
    Warn,
    /// Does not work.
    Fail,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, message: message.into() }
    }

    fn warn(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, level: Level::Warn, message: message.into() }
    }

    fn fail(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, level: Level::Fail, message: message.into() }
    }
}

/// Checks data directory, databases, port, keychain, providers and clock, through the running instance where there is one.
pub async fn examine(options: Options) -> Vec<Finding> {
    let dir = match data_dir(options.data_dir.clone()) {
        Ok(dir) => dir,
        Err(error) => return vec![Finding::fail("directory", error.message)],
    };
    let wanted_port = options.port;
    let mut found = Vec::new();
    let fresh = !dir.join("modelux.db").exists();
    let at = dir.clone();
    found.extend(blocking(move || Ok(modes(&at))).await.unwrap_or_default());
    if fresh {
        found.push(Finding::ok("databases", format!("There is nothing in {} yet; `modelux serve` makes what it needs.", dir.display())));
        found.push(free(wanted_port.unwrap_or(crate::settings::DEFAULT_PORT)));
        found.push(clock(time::system(), None));
        return found;
    }
    match Client::connect(options).await {
        Ok(client) => {
            found.extend(through(&client, &dir, wanted_port).await);
            client.close().await;
        }
        Err(error) => found.push(Finding::fail("databases", error.message)),
    }
    found
}

async fn through(client: &Client, dir: &Path, wanted_port: Option<u16>) -> Vec<Finding> {
    let mut found = databases(client, dir).await;
    match ask::<Status>(client, "get_status").await {
        Ok(status) => {
            found.push(match client {
                Client::Remote(_) => listener(&status),
                Client::Local(control) => free(wanted_port.unwrap_or_else(|| control.own_port())),
            });
            found.push(keychain(&status));
            found.extend(status.notices.iter().map(|notice| Finding::warn("databases", notice)));
            found.extend(status.recorder_problem.iter().map(|problem| Finding::fail("recorder", problem)));
        }
        Err(message) => found.push(Finding::fail("instance", message)),
    }
    match ask::<Page<Provider>>(client, "list_providers").await {
        Ok(providers) => found.extend(providers.data.iter().map(provider)),
        Err(message) => found.push(Finding::fail("providers", message)),
    }
    match ask::<Settings>(client, "get_settings").await {
        Ok(settings) => found.extend(blocking(move || Ok(outward(&settings))).await.unwrap_or_default()),
        Err(message) => found.push(Finding::fail("network", message)),
    }
    let newest = ask::<Page<LogRow>>(client, "list_logs").await.ok().and_then(|page| page.data.into_iter().next());
    found.push(clock(time::system(), newest.and_then(|row| time::parse(&row.time).ok())));
    found
}

async fn ask<T: for<'de> Deserialize<'de>>(client: &Client, operation: &str) -> Result<T, String> {
    let value = client.call(operation, json!({})).await.map_err(|error| error.message)?;
    serde_json::from_value(value).map_err(|error| format!("The running instance answers as another version does ({error}); restart it."))
}

async fn databases(client: &Client, dir: &Path) -> Vec<Finding> {
    match client {
        Client::Remote(_) => {
            let message = format!(
                "The instance at {} has them open; they are read through when it is stopped.",
                client.address().unwrap_or_default()
            );
            vec![Finding::ok("databases", message)]
        }
        Client::Local(control) => {
            let (control, dir) = (Arc::clone(control), dir.to_owned());
            blocking(move || Ok(integrity(&control, &dir))).await.unwrap_or_default()
        }
    }
}

/// Reads both files through. Blocks.
fn integrity(control: &Control, dir: &Path) -> Vec<Finding> {
    let checks = [("modelux.db", control.setup.store.integrity_check()), ("traffic.db", control.traffic.integrity_check())];
    let finding = |(name, checked): (&str, Result<Vec<String>, store::StoreError>)| match checked {
        Ok(wrong) if wrong.is_empty() => Finding::ok("databases", format!("{name} is whole.")),
        Ok(wrong) => {
            let message =
                format!("{} is damaged ({}). Stop Modelux and put back a backup of it.", dir.join(name).display(), wrong.join("; "));
            Finding::fail("databases", message)
        }
        Err(error) => Finding::fail("databases", format!("{name} cannot be read: {error}")),
    };
    checks.into_iter().map(finding).collect()
}

fn listener(status: &Status) -> Finding {
    match (&status.proxy, &status.address) {
        (ProxyState::Running, Some(address)) => Finding::ok("port", format!("The proxy answers at {address}.")),
        (ProxyState::Paused, _) => Finding::warn("port", "The proxy is paused: requests get a 503. Resume it in the window's tray."),
        (ProxyState::PortInUse { port, holder, free_port }, _) => taken(*port, holder.clone(), *free_port),
        (ProxyState::Failed { message }, _) => Finding::fail("port", message),
        (ProxyState::Running, None) => Finding::fail("port", "The instance listens nowhere; restart it."),
    }
}

/// Can somebody listen there?
fn free(wanted: u16) -> Finding {
    if TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).is_ok() {
        return Finding::ok("port", format!("Port {wanted} is free."));
    }
    taken(wanted, port::holder(wanted), port::next_free(wanted))
}

fn taken(wanted: u16, holder: Option<String>, next: Option<u16>) -> Finding {
    let holder = holder.unwrap_or_else(|| "another program".to_owned());
    let way_out = next.map_or_else(String::new, |next| format!(" Stop it, or take port {next}: --port {next}"));
    Finding::fail("port", format!("Port {wanted} is taken by {holder}.{way_out}"))
}

fn keychain(status: &Status) -> Finding {
    match (status.secret_store.as_str(), &status.secret_store_problem) {
        ("keychain", _) => Finding::ok("keychain", "Provider keys go into the system's keychain."),
        ("file", _) => Finding::warn("keychain", "No keychain can be reached; provider keys are in a file that only you can read."),
        (_, Some(problem)) => Finding::warn("keychain", problem),
        (_, None) => Finding::warn(
            "keychain",
            "No keychain can be reached; give provider keys in environment variables, or allow a file (--allow-file).",
        ),
    }
}

fn provider(provider: &Provider) -> Finding {
    let name = &provider.name;
    match (&provider.credential.problem, provider.health.as_str()) {
        _ if !provider.enabled => Finding::ok("providers", format!("{name} is off.")),
        (Some(problem), _) => Finding::warn("providers", format!("{name}: {problem}")),
        (None, "failing") => {
            let reason = provider.health_reason.as_deref().unwrap_or("its calls fail");
            Finding::warn("providers", format!("{name}: {reason}. Try: modelux providers verify {name}"))
        }
        (None, _) => match missing_keys(provider) {
            Some(missing) => Finding::warn("providers", format!("{name}: no key under {missing}. Enter it again, or set its variable.")),
            None => Finding::ok("providers", format!("{name}: key {}, {} models.", provider.credential.source, provider.models.len())),
        },
    }
}

/// Further credentials whose key is not there.
fn missing_keys(provider: &Provider) -> Option<String> {
    let missing = provider.credentials.iter().filter(|(_, credential)| credential.state.problem.is_some());
    let labels: Vec<&str> = missing.map(|(label, _)| label.as_str()).collect();
    (!labels.is_empty()).then(|| labels.join(", "))
}

/// How calls reach providers, as it is set. Blocks on the file of certificates.
fn outward(settings: &Settings) -> Vec<Finding> {
    let mut found = Vec::new();
    match network::proxy(settings, |name| std::env::var(name).ok()) {
        Ok(None) => found.extend(from_environment()),
        Ok(Some(proxy)) => found.push(reachable(&proxy)),
        Err(why) => found.push(Finding::fail("network", why)),
    }
    match network::certificates(settings) {
        Ok(trusted) if trusted.is_empty() => {}
        Ok(trusted) => {
            let file = settings.ca_file.as_deref().unwrap_or_default();
            found.push(Finding::ok("network", format!("{} more certificate authorities are trusted, from {file}.", trusted.len())));
        }
        Err(why) => found.push(Finding::fail("network", format!("{why}. Name another file in Settings, or none."))),
    }
    found
}

/// The proxy that the environment names, for want of a setting.
fn from_environment() -> Option<Finding> {
    let address = Outbound::from_environment(|name| std::env::var(name).ok()).https_proxy?;
    let address = if address.contains("://") { address } else { format!("http://{address}") };
    Some(reachable(&address.parse().ok()?))
}

/// Does somebody listen at the outbound proxy? Its user name and password are not told.
fn reachable(proxy: &http::Uri) -> Finding {
    let (host, port) = (proxy.host().unwrap_or_default(), proxy.port_u16().unwrap_or(80));
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = (bare, port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
    let connected = addresses.and_then(|addresses| {
        let first = addresses.first().ok_or_else(|| std::io::Error::other("it has no address"))?;
        TcpStream::connect_timeout(first, PROXY_ANSWERS)
    });
    match connected {
        Ok(_) => Finding::ok("network", format!("Calls go through the proxy at {host}:{port}.")),
        Err(error) => Finding::fail(
            "network",
            format!("The outbound proxy at {host}:{port} cannot be reached ({error}). Start it, or change it in Settings."),
        ),
    }
}

fn clock(now_ms: i64, newest_ms: Option<i64>) -> Finding {
    let ahead = newest_ms.is_some_and(|newest| newest > now_ms + AHEAD_MS);
    if now_ms < OLDEST_NOW_MS {
        return Finding::fail("clock", format!("It is not {} yet: set the machine's clock.", time::text(now_ms)));
    }
    if ahead {
        return Finding::warn(
            "clock",
            format!("The newest request was recorded after now ({}): the machine's clock was or is wrong.", time::text(now_ms)),
        );
    }
    Finding::ok("clock", format!("It is {}.", time::text(now_ms)))
}

/// Who may read the directory and what is in it.
#[cfg(unix)]
fn modes(dir: &Path) -> Vec<Finding> {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = std::fs::metadata(dir) else {
        return vec![Finding::ok("directory", format!("{} is made at the first start.", dir.display()))];
    };
    let open = |metadata: &std::fs::Metadata| metadata.permissions().mode() & 0o077 != 0;
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let readable: Vec<PathBuf> =
        files.filter(|file| file.metadata().is_ok_and(|metadata| metadata.is_file() && open(&metadata))).map(|file| file.path()).collect();
    let mut found = Vec::new();
    if open(&metadata) {
        found.push(Finding::fail("directory", format!("Other users can look into {0}: chmod 700 {0}", dir.display())));
    }
    for path in readable {
        found.push(Finding::fail("directory", format!("Other users can read {0}: chmod 600 {0}", path.display())));
    }
    if metadata.permissions().readonly() {
        found.push(Finding::fail("directory", format!("{0} cannot be written to: chmod u+w {0}", dir.display())));
    }
    if found.is_empty() {
        found.push(Finding::ok("directory", format!("{}, readable by you alone.", dir.display())));
    }
    found
}

#[cfg(not(unix))]
fn modes(dir: &Path) -> Vec<Finding> {
    vec![Finding::ok("directory", dir.display().to_string())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_this_release_is_wrong_and_one_behind_the_log_is_suspect() {
        assert_eq!(clock(0, None).level, Level::Fail);
        assert_eq!(clock(OLDEST_NOW_MS, Some(OLDEST_NOW_MS + AHEAD_MS + 1)).level, Level::Warn);
        assert_eq!(clock(OLDEST_NOW_MS, Some(OLDEST_NOW_MS)).level, Level::Ok);
    }

    #[test]
    fn an_outbound_proxy_that_does_not_answer_and_a_file_that_is_gone_are_found() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let there = format!("http://ann:hush@{}", taken.local_addr().unwrap()).parse().unwrap();
        let found = reachable(&there);
        assert_eq!(found.level, Level::Ok);
        assert!(!found.message.contains("hush"), "{}", found.message);
        drop(taken);
        let set = |proxy: &str, file: &str| Settings {
            outbound_proxy: Some(proxy.to_owned()),
            ca_file: Some(file.to_owned()),
            ..Settings::default()
        };
        // Nobody listens at port 1.
        let found = outward(&set("http://127.0.0.1:1", "/nowhere/ca.pem"));
        assert_eq!(found.iter().map(|finding| finding.level).collect::<Vec<_>>(), [Level::Fail, Level::Fail]);
        assert!(found[0].message.contains("127.0.0.1:1") && found[0].message.contains("Settings"), "{}", found[0].message);
        assert!(found[1].message.contains("/nowhere/ca.pem"), "{}", found[1].message);
    }

    #[test]
    fn a_taken_port_is_named_with_the_next_free_one() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let finding = free(port);
        assert_eq!(finding.level, Level::Fail);
        assert!(finding.message.contains(&port.to_string()) && finding.message.contains("--port"), "{}", finding.message);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_found() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(modes(dir.path())[0].level, Level::Ok);
        let file = dir.path().join("modelux.db");
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let found = modes(dir.path());
        assert_eq!(found[0].level, Level::Fail);
        assert!(found[0].message.contains("chmod 600"), "{}", found[0].message);
    }
}

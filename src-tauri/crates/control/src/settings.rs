//! Settings: what is set, over the defaults.

use std::sync::Arc;

use serde_json::{Map, Value};
use store::config::{Tx, View};

use crate::{
    Caller, Code, Control, Error,
    api::{Empty, events::UiEvent, settings::Settings},
    network,
    setup::blocking,
};

/// The listener's port unless told.
pub(crate) const DEFAULT_PORT: u16 = 8642;

/// All of them, as they are unless told.
pub(crate) fn defaults() -> Settings {
    Settings {
        port: Some(DEFAULT_PORT),
        theme: Some("system".to_owned()),
        capture_content: Some(true),
        bare_model_names: Some(true),
        allowed_origins: Some(Vec::new()),
        allowed_hosts: Some(Vec::new()),
        max_body_mib: Some(32),
        retention_days: Some(30),
        body_retention_days: Some(7),
        retention_mib: Some(2048),
        when_unrecordable: Some("refuse".to_owned()),
        outbound_proxy: Some(String::new()),
        ca_file: Some(String::new()),
        start_at_login: Some(false),
        onboarding_done: Some(false),
    }
}

/// What holds: what was set, else the default.
pub(crate) fn effective(view: &View<'_>) -> Result<Settings, Error> {
    let mut all = fields(&defaults());
    for (key, json) in view.settings()? {
        // A setting of a later release, or one that a person broke, is no reason not to start.
        if all.contains_key(&key)
            && let Ok(value) = serde_json::from_str(&json)
        {
            let before = all.insert(key.clone(), value);
            if let (Err(_), Some(before)) = (settings(all.clone()), before) {
                all.insert(key, before);
            }
        }
    }
    settings(all)
}

/// What was set and differs from the defaults.
pub(crate) fn changed(effective: &Settings) -> Settings {
    let defaults = fields(&defaults());
    let changed = fields(effective).into_iter().filter(|(key, value)| defaults.get(key) != Some(value)).collect();
    settings(changed).unwrap_or_default()
}

/// Writes the fields that are given.
pub(crate) fn write(tx: &Tx<'_>, given: &Settings, audit: store::config::Audit<'_>) -> Result<(), Error> {
    for (key, value) in fields(given) {
        tx.set_setting(&key, &value.to_string(), audit)?;
    }
    Ok(())
}

fn fields(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn settings(fields: Map<String, Value>) -> Result<Settings, Error> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| Error::new(Code::InvalidRequest, error.to_string()))
}

/// Refuses values that make no sense, and writes origins and hosts as browsers do. Blocks on the file of certificates.
pub(crate) fn check(mut given: Settings, own_port: u16) -> Result<Settings, Error> {
    let refuse = |field: &str, why: &str| Err(Error::new(Code::InvalidRequest, why.to_owned()).with("field", field));
    if given.port == Some(0) {
        return refuse("port", "The port must be between 1 and 65535");
    }
    if given.theme.as_deref().is_some_and(|theme| !["system", "light", "dark"].contains(&theme)) {
        return refuse("theme", "The theme is system, light or dark");
    }
    if given.when_unrecordable.as_deref().is_some_and(|what| !["refuse", "continue"].contains(&what)) {
        return refuse("when_unrecordable", "When traffic cannot be written, Modelux can refuse or continue");
    }
    if given.max_body_mib.is_some_and(|mib| !(1..=1024).contains(&mib)) {
        return refuse("max_body_mib", "The largest body is between 1 and 1024 MiB");
    }
    for (field, days) in [("retention_days", given.retention_days), ("body_retention_days", given.body_retention_days)] {
        if days.is_some_and(|days| !(1..=3650).contains(&days)) {
            return refuse(field, "Days of retention are between 1 and 3650");
        }
    }
    if given.retention_mib.is_some_and(|mib| mib < 16) {
        return refuse("retention_mib", "The log needs at least 16 MiB");
    }
    if let Some(origins) = &mut given.allowed_origins {
        *origins = origins.iter().map(|origin| checked_origin(origin)).collect::<Result<_, _>>()?;
    }
    if let Some(hosts) = &mut given.allowed_hosts {
        *hosts = hosts.iter().map(|host| checked_host(host)).collect::<Result<_, _>>()?;
    }
    if let Some(proxy) = &mut given.outbound_proxy {
        *proxy = network::checked_proxy(proxy, given.port.unwrap_or(own_port))?;
    }
    if let Some(file) = &mut given.ca_file {
        *file = network::checked_ca_file(file)?;
    }
    Ok(given)
}

fn checked_origin(origin: &str) -> Result<String, Error> {
    let text = origin.trim().trim_end_matches('/').to_ascii_lowercase();
    let plain = text.parse::<http::Uri>().ok().is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && uri.path() == "/"
            && uri.query().is_none()
    });
    if plain {
        Ok(text)
    } else {
        Err(Error::new(Code::InvalidRequest, format!("{origin:?} is not an origin such as http://localhost:3000"))
            .with("field", "allowed_origins"))
    }
}

fn checked_host(host: &str) -> Result<String, Error> {
    let text = host.trim().trim_end_matches('.').to_ascii_lowercase();
    let plain = !text.is_empty()
        && text.parse::<http::uri::Authority>().is_ok_and(|authority| authority.host() == text && !text.contains(['*', '@']));
    if plain {
        Ok(text)
    } else {
        Err(Error::new(Code::InvalidRequest, format!("{host:?} is not a host name; write it without scheme and port"))
            .with("field", "allowed_hosts"))
    }
}

impl Control {
    /// All settings, defaults included.
    ///
    /// # Errors
    /// None in practice.
    pub async fn get_settings(&self, _: &Caller, _: Empty) -> Result<Settings, Error> {
        Ok(self.setup.world().settings.clone())
    }

    /// Changes the settings that are given; another port is taken up at once.
    ///
    /// # Errors
    /// `invalid_request`; `port_in_use`, with nothing changed.
    pub async fn put_settings(self: &Arc<Self>, caller: &Caller, input: Settings) -> Result<Settings, Error> {
        let own_port = self.own_port();
        let given = blocking(move || check(input, own_port)).await?;
        if given.outbound_proxy != self.setup.world().settings.outbound_proxy {
            network::check_variable(&given, own_port, |name| self.setup.secrets.variable(name))?;
        }
        let moved = given.port.filter(|port| Some(*port) != self.setup.world().settings.port);
        let listener = match moved {
            Some(port) => self.live.bind_other(port).await?,
            None => None,
        };
        let kept = given.clone();
        self.change(caller, "settings.put", move |change| write(change.tx, &kept, change.audit)).await?;
        if let Some(listener) = listener {
            self.move_to(listener).await?;
        }
        self.apply_policy();
        self.events.tell(UiEvent::SettingsChanged);
        Ok(self.setup.world().settings.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_from_the_defaults_is_exported() {
        let mut all = defaults();
        assert_eq!(changed(&all), Settings::default());
        all.max_body_mib = Some(64);
        assert_eq!(changed(&all), Settings { max_body_mib: Some(64), ..Settings::default() });
    }

    #[test]
    fn values_that_make_no_sense_are_refused_with_their_field() {
        for (wrong, field) in [
            (Settings { port: Some(0), ..Settings::default() }, "port"),
            (Settings { theme: Some("pink".to_owned()), ..Settings::default() }, "theme"),
            (Settings { max_body_mib: Some(0), ..Settings::default() }, "max_body_mib"),
            (Settings { when_unrecordable: Some("drop".to_owned()), ..Settings::default() }, "when_unrecordable"),
            (Settings { allowed_origins: Some(vec!["localhost:3000".to_owned()]), ..Settings::default() }, "allowed_origins"),
            (Settings { allowed_origins: Some(vec!["*".to_owned()]), ..Settings::default() }, "allowed_origins"),
            (Settings { allowed_hosts: Some(vec!["http://box".to_owned()]), ..Settings::default() }, "allowed_hosts"),
            (Settings { allowed_hosts: Some(vec!["*".to_owned()]), ..Settings::default() }, "allowed_hosts"),
            (Settings { outbound_proxy: Some("proxy".to_owned()), ..Settings::default() }, "outbound_proxy"),
            (Settings { ca_file: Some("/nowhere.pem".to_owned()), ..Settings::default() }, "ca_file"),
        ] {
            assert_eq!(check(wrong, DEFAULT_PORT).unwrap_err().details["field"], field);
        }
    }

    #[test]
    fn origins_and_hosts_are_kept_as_browsers_write_them() {
        let given = Settings {
            allowed_origins: Some(vec!["HTTP://Localhost:3000/".to_owned()]),
            allowed_hosts: Some(vec!["Box.Local.".to_owned()]),
            ..Settings::default()
        };
        let kept = check(given, DEFAULT_PORT).unwrap();
        assert_eq!(kept.allowed_origins.unwrap(), ["http://localhost:3000"]);
        assert_eq!(kept.allowed_hosts.unwrap(), ["box.local"]);
    }
}

//! What the tray shows, as plain values.

use control::{
    Caller, Control,
    api::{
        Empty,
        configs::{Activation, ListConfigs, ListVersions},
        events::UiEvent,
        status::ProxyState,
        traffic::{ListLogs, LogRow},
    },
};

use crate::texts;

/// Configs in the menu; a longer menu is no quicker than the window.
const CONFIGS: u32 = 12;
/// Failing requests in the menu.
const ERRORS: usize = 3;
/// Activations among which the version before is looked for.
const ACTIVATIONS: u32 = 20;

/// What the tray shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub proxy: ProxyState,
    pub address: Option<String>,
    pub configs: Vec<ConfigLine>,
    /// Are there configs that are not listed?
    pub more: bool,
    /// Newest first.
    pub errors: Vec<Failed>,
}

/// One config.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigLine {
    pub slug: String,
    pub active: u32,
    /// What was active before.
    pub previous: Option<u32>,
}

/// One failing request.
#[derive(Debug, Clone, PartialEq)]
pub struct Failed {
    pub id: String,
    pub text: String,
}

impl Default for Picture {
    fn default() -> Self {
        Self { proxy: ProxyState::Running, address: None, configs: Vec::new(), more: false, errors: Vec::new() }
    }
}

impl Picture {
    /// How things are now.
    pub async fn read(control: &Control) -> Self {
        let mut picture = Self::default();
        picture.read_proxy(control).await;
        picture.read_configs(control).await;
        let failed = ListLogs { q: Some("status:error".to_owned()), limit: Some(ERRORS as u32), ..ListLogs::default() };
        if let Ok(page) = control.list_logs(&Caller::window(), failed).await {
            picture.add_errors(&page.data);
        }
        picture
    }

    /// Takes in what changed.
    pub async fn hear(&mut self, control: &Control, batch: &[UiEvent]) {
        if batch.iter().any(|event| matches!(event, UiEvent::ConfigChanged { .. })) {
            self.read_configs(control).await;
        }
        if batch.iter().any(|event| matches!(event, UiEvent::ProxyChanged | UiEvent::SettingsChanged)) {
            self.read_proxy(control).await;
        }
        for event in batch {
            if let UiEvent::RequestsRecorded { rows, .. } = event {
                self.add_errors(rows);
            }
        }
    }

    /// `Proxy running on 127.0.0.1:8642`
    pub fn state(&self) -> String {
        let address = self.address.as_deref().unwrap_or_default();
        match &self.proxy {
            ProxyState::Running => texts::running_on(address),
            ProxyState::Paused => texts::paused_on(address),
            ProxyState::PortInUse { port, .. } => texts::port_taken(*port),
            ProxyState::Failed { .. } => texts::DOWN.to_owned(),
        }
    }

    async fn read_proxy(&mut self, control: &Control) {
        if let Ok(status) = control.get_status(&Caller::window(), Empty {}).await {
            self.proxy = status.proxy;
            self.address = status.address;
        }
    }

    async fn read_configs(&mut self, control: &Control) {
        let caller = Caller::window();
        let Ok(page) = control.list_configs(&caller, ListConfigs { limit: Some(CONFIGS), ..ListConfigs::default() }).await else { return };
        self.more = page.has_more;
        self.configs.clear();
        for config in page.data {
            let of = ListVersions { slug: config.slug.clone(), limit: Some(ACTIVATIONS), cursor: None };
            let activations = control.list_activations(&caller, of).await.map(|page| page.data).unwrap_or_default();
            let previous = before(config.active_version, &activations);
            self.configs.push(ConfigLine { slug: config.slug, active: config.active_version, previous });
        }
    }

    /// `rows` are newest first.
    fn add_errors(&mut self, rows: &[LogRow]) {
        let failing = rows.iter().filter(|row| row.status >= 400);
        let fresh: Vec<Failed> =
            failing.take(ERRORS).filter(|row| self.errors.iter().all(|known| known.id != row.id)).map(failed).collect();
        self.errors.splice(0..0, fresh);
        self.errors.truncate(ERRORS);
    }
}

/// The version that was active before this one. `activations` are newest first.
fn before(active: u32, activations: &[Activation]) -> Option<u32> {
    activations.iter().map(|activation| activation.version).find(|version| *version != active)
}

fn failed(row: &LogRow) -> Failed {
    let time = row
        .time
        .parse::<jiff::Timestamp>()
        .map_or_else(|_| row.time.clone(), |at| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M").to_string());
    let class = row.error_class.as_deref().unwrap_or_default();
    Failed { id: row.id.clone(), text: format!("{time}  {}  {} {class}", row.requested_model, row.status).trim_end().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, status: u16) -> LogRow {
        let json = serde_json::json!({
            "id": id, "time": "not a time", "app": null, "endpoint": "", "dialect": "openai_chat", "stream": false, "config": null, "version": null,
            "strategy": null, "resolved": null, "requested_model": "@production", "provider": null, "model": null, "answered_model": null,
            "status": status, "error_class": "timeout", "error_message": null, "latency_ms": 1.0, "ttft_ms": null, "overhead_us": 1,
            "input_tokens": null, "cached_tokens": null, "output_tokens": null, "reasoning_tokens": null, "tokens_estimated": false,
            "cost_usd": null, "tags": {}, "end_user": null, "conversation_id": null, "trace_id": null, "attempts": 1, "attempt_bars": []
        });
        serde_json::from_value(json).unwrap()
    }

    fn ids(picture: &Picture) -> Vec<&str> {
        picture.errors.iter().map(|error| error.id.as_str()).collect()
    }

    #[test]
    fn the_last_three_failing_requests_are_kept_newest_first_and_each_once() {
        let mut picture = Picture::default();
        picture.add_errors(&[row("c", 502), row("b", 200), row("a", 504)]);
        assert_eq!(ids(&picture), ["c", "a"]);
        picture.add_errors(&[row("e", 429), row("d", 500), row("c", 502)]);
        assert_eq!(ids(&picture), ["e", "d", "c"]);
    }

    #[test]
    fn an_error_says_when_who_and_what() {
        assert_eq!(failed(&row("a", 504)).text, "not a time  @production  504 timeout");
    }

    #[test]
    fn the_version_before_is_the_last_other_one_that_was_active() {
        let activation =
            |version| Activation { version, at: String::new(), by: String::new(), reason: String::new(), note: None, simulation: None };
        assert_eq!(before(2, &[activation(2), activation(2), activation(1)]), Some(1));
        assert_eq!(before(1, &[activation(1), activation(2), activation(1)]), Some(2));
        assert_eq!(before(1, &[activation(1)]), None);
    }

    #[test]
    fn the_state_is_one_plain_line() {
        let mut picture = Picture { address: Some("http://127.0.0.1:8642".to_owned()), ..Picture::default() };
        assert_eq!(picture.state(), "Proxy running on 127.0.0.1:8642");
        picture.proxy = ProxyState::PortInUse { port: 8642, holder: None, free_port: None };
        assert_eq!(picture.state(), "Proxy down: port 8642 is taken");
    }
}

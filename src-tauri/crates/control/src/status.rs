//! How the whole thing is doing; pausing it, and moving it to another port.

use std::sync::Arc;

use store::RequestSink;

use crate::{
    Caller, Control, Error,
    api::{
        Empty,
        events::UiEvent,
        settings::Settings,
        status::{SetPaused, Status, UsePort},
    },
    settings, time,
};

impl Control {
    /// How Modelux is doing.
    ///
    /// # Errors
    /// None in practice.
    pub async fn get_status(&self, _: &Caller, _: Empty) -> Result<Status, Error> {
        let figures = self.figures().await?;
        let recorded = self.recorded();
        let failing = self.recorder.health().failing;
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            proxy: self.live.state(),
            address: self.address(),
            data_dir: self.data_dir.display().to_string(),
            started_at: time::text(self.started_at_ms),
            requests_per_minute: self.live.requests_last_minute(),
            active_apps: u32::try_from(figures.apps.len()).unwrap_or(u32::MAX),
            recorded_requests: recorded,
            first_request_seen: recorded > 0,
            secret_store: self.setup.secrets.state().to_owned(),
            secret_store_problem: self.setup.secrets.problem(),
            recorder_problem: failing
                .map(|failing| format!("Requests cannot be recorded since {}: {}", time::text(failing.since_ms), failing.message)),
            notices: self.notices.clone(),
            traffic_bytes: figures.bytes,
        })
    }

    /// Pauses the proxy: requests get a 503 until it is resumed.
    ///
    /// # Errors
    /// None in practice.
    pub async fn set_paused(&self, caller: &Caller, input: SetPaused) -> Result<Status, Error> {
        let SetPaused { paused } = input;
        let action = if paused { "proxy.pause" } else { "proxy.resume" };
        self.change(caller, action, |change| Ok(change.tx.audit(change.audit, "proxy", None, None)?)).await?;
        self.live.set_paused(paused);
        self.events.tell(UiEvent::ProxyChanged);
        self.get_status(caller, Empty {}).await
    }

    /// Listens on another port, now and at the next start.
    ///
    /// # Errors
    /// `port_in_use`, with who has it and the next free one; nothing changed then.
    pub async fn use_port(self: &Arc<Self>, caller: &Caller, input: UsePort) -> Result<Status, Error> {
        let given = settings::check(Settings { port: Some(input.port), ..Settings::default() }, input.port)?;
        let listener = self.live.bind_other(input.port).await?;
        self.change(caller, "proxy.port", move |change| settings::write(change.tx, &given, change.audit)).await?;
        if let Some(listener) = listener {
            self.move_to(listener).await?;
        }
        self.events.tell(UiEvent::SettingsChanged);
        self.get_status(caller, Empty {}).await
    }
}

//! The real `modelux` binary as a child process.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::client::{self, Answer, Streaming};

/// Management key that every started proxy accepts.
pub const MANAGEMENT_KEY: &str = "mlx_mk_test0123456789abcdefghijklmnopqrstuvwxyzAB";
/// App key that every started proxy accepts.
pub const APP_KEY: &str = "mlx_sk_test0123456789abcdefghijklmnopqrstuvwxyzAB";
/// How long a test waits for something that must happen before it is called a failure.
const PATIENCE: Duration = Duration::from_secs(30);

/// Path of the binary: `MODELUX_BIN`, else next to the test's own build.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("MODELUX_BIN") {
        return path.into();
    }
    let here = std::env::current_exe().expect("a test has a path");
    let target = here.ancestors().find(|dir| dir.join("deps").is_dir()).expect("a test lives in a target directory");
    let path = target.join("modelux");
    assert!(path.is_file(), "{} is missing: cargo build -p cli", path.display());
    path
}

/// A way to start `modelux serve`.
#[derive(Debug, Clone)]
pub struct Launch {
    data: DataDir,
    bundle: Option<PathBuf>,
    port: u16,
    env: Vec<(String, String)>,
    keys: bool,
    disk_mib: Option<u32>,
}

/// A data directory, deleted with its last user.
#[derive(Debug, Clone)]
pub struct DataDir(Arc<TempDir>);

impl DataDir {
    /// A fresh one.
    pub fn fresh() -> Self {
        Self(Arc::new(tempfile::tempdir().expect("a temporary directory")))
    }

    /// Where it is. The data directory proper is below it, so that the proxy makes it itself.
    pub fn path(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// A place for files that are not the proxy's own.
    pub fn scratch(&self) -> &Path {
        self.0.path()
    }
}

/// A start that did not come to an address.
#[derive(Debug)]
pub struct NotStarted {
    /// How it ended; `None` where it neither ended nor said anything.
    pub status: Option<ExitStatus>,
    /// All that it said on both streams.
    pub said: String,
}

/// A running proxy. Killed when dropped.
#[derive(Debug)]
pub struct Modelux {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// How it was started.
    pub launch: Launch,
    said: Arc<Mutex<String>>,
}

impl Default for Launch {
    fn default() -> Self {
        Self { data: DataDir::fresh(), bundle: None, port: 0, env: Vec::new(), keys: true, disk_mib: None }
    }
}

impl Launch {
    /// On a fresh data directory with a free port, no bundle, and the test keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// With that bundle.
    pub fn bundle(mut self, bundle: &Value) -> Self {
        let path = self.data.scratch().join("bundle.json");
        std::fs::write(&path, bundle.to_string()).expect("a writable temporary directory");
        self.bundle = Some(path);
        self
    }

    /// Without a bundle, as a restart without one.
    pub fn no_bundle(mut self) -> Self {
        self.bundle = None;
        self
    }

    /// On that data directory.
    pub fn data(mut self, data: &DataDir) -> Self {
        self.data = data.clone();
        self
    }

    /// On that port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// With that environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without the test keys, so that it makes its own.
    pub fn own_keys(mut self) -> Self {
        self.keys = false;
        self
    }

    /// With a data directory on a disk of that size, which only the process itself sees.
    pub fn small_disk(mut self, mib: u32) -> Self {
        self.disk_mib = Some(mib);
        self
    }

    /// Can this machine give a process a disk of its own? Needs namespaces, which some containers forbid.
    pub fn can_have_small_disk() -> bool {
        let tried = std::process::Command::new("unshare").args(["-rm", "true"]).output();
        tried.is_ok_and(|done| done.status.success())
    }

    /// The data directory that it will use.
    pub fn data_dir(&self) -> &DataDir {
        &self.data
    }

    fn program(&self) -> Command {
        let Some(mib) = self.disk_mib else { return Command::new(binary()) };
        let script = format!(r#"mkdir -p "$0" && mount -t tmpfs -o size={mib}m,mode=0700 tmpfs "$0" && exec "$@""#);
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", &script]).arg(self.data.path()).arg(binary());
        command
    }

    fn command(&self) -> Command {
        let mut command = self.program();
        command.env_clear().env("HOME", self.data.scratch()).env("PATH", std::env::var("PATH").unwrap_or_default());
        command.env("MODELUX_DATA_DIR", self.data.path()).envs(self.env.iter().cloned()).kill_on_drop(true);
        if self.keys {
            command.env("MODELUX_MANAGEMENT_KEY", MANAGEMENT_KEY).env("MODELUX_APP_KEY", APP_KEY);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs any other command of the program on the same data directory, to its end.
    pub async fn cli(&self, arguments: &[&str]) -> Output {
        let running = self.command().args(arguments).output();
        timeout(PATIENCE, running).await.expect("a command ends").expect("the binary runs")
    }

    /// Starts and waits for the line with the address.
    ///
    /// # Errors
    /// When it ends before, or says no address.
    pub async fn try_start(self) -> Result<Modelux, NotStarted> {
        let mut command = self.command();
        command.arg("serve").arg("--data-dir").arg(self.data.path()).arg("--port").arg(self.port.to_string());
        if let Some(bundle) = &self.bundle {
            command.arg("--bundle").arg(bundle);
        }
        let mut child = command.spawn().expect("the binary runs");
        let said = Arc::new(Mutex::new(String::new()));
        let mut lines = listen(child.stdout.take().expect("piped"), said.clone());
        let mut errors = listen(child.stderr.take().expect("piped"), said.clone());
        let address = timeout(PATIENCE, async {
            while let Some(line) = lines.recv().await {
                if let Some(address) = address_in(&line) {
                    return Some(address);
                }
            }
            None
        })
        .await
        .ok()
        .flatten();
        match address {
            Some(address) => Ok(Modelux { child, address, launch: self, said }),
            None => {
                let status = timeout(PATIENCE, child.wait()).await.ok().and_then(Result::ok);
                while errors.recv().await.is_some() {}
                let said = said.lock().expect("no panic while held").clone();
                Err(NotStarted { status, said })
            }
        }
    }

    /// Starts and waits for the line with the address.
    pub async fn start(self) -> Modelux {
        self.try_start().await.unwrap_or_else(|failure| panic!("modelux serve did not start: {failure:#?}"))
    }
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let rest = line.split_once("http://")?.1;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".:[]".contains(c))).unwrap_or(rest.len());
    rest[..end].trim_end_matches('.').parse().ok()
}

fn listen(stream: impl AsyncRead + Send + Unpin + 'static, said: Arc<Mutex<String>>) -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut said = said.lock().expect("no panic while held");
            said.push_str(&line);
            said.push('\n');
            drop(said);
            let _ = sender.send(line);
        }
    });
    receiver
}

impl Modelux {
    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("still running")
    }

    /// All that it said so far on both streams.
    pub fn said(&self) -> String {
        self.said.lock().expect("no panic while held").clone()
    }

    /// All that it said, as soon as `text` is part of it.
    pub async fn said_with(&self, text: &str) -> String {
        let started = Instant::now();
        loop {
            let said = self.said();
            if said.contains(text) {
                return said;
            }
            assert!(started.elapsed() < PATIENCE, "it never said {text:?}: {said}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Base URL for OpenAI's SDKs.
    pub fn openai_base(&self) -> String {
        format!("http://{}/openai/v1", self.address)
    }

    /// Any request; the head is awaited.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Streaming {
        let sending = client::send(self.address, method, path, headers, body);
        match timeout(PATIENCE, sending).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => panic!("{method} {path}: {error}; it said:\n{}", self.said()),
            Err(_) => panic!("{method} {path}: no head in time; it said:\n{}", self.said()),
        }
    }

    /// Any request, to the end of its answer.
    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let answer = self.send(method, path, headers, body).await;
        timeout(PATIENCE, answer.rest()).await.unwrap_or_else(|_| panic!("{method} {path}: its answer has no end"))
    }

    /// A chat request with the app key.
    pub async fn chat(&self, body: impl Into<Bytes>) -> Answer {
        self.chat_with(&[], body).await
    }

    /// A chat request with the app key and these headers besides.
    pub async fn chat_with(&self, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let headers = with_app_key(headers);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.call("POST", "/openai/v1/chat/completions", &headers, body).await
    }

    /// A chat request whose answer is read as it comes.
    pub async fn stream(&self, body: impl Into<Bytes>) -> Streaming {
        let headers = with_app_key(&[]);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.send("POST", "/openai/v1/chat/completions", &headers, body).await
    }

    /// A GET on the management API; `path` starts behind `/manage/v1`.
    pub async fn get(&self, path: &str) -> Answer {
        self.manage("GET", path, None).await
    }

    /// A POST on the management API.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.manage("POST", path, Some(body)).await
    }

    /// Any request on the management API.
    pub async fn manage(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let key = format!("Bearer {MANAGEMENT_KEY}");
        let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.call(method, &format!("/manage/v1{path}"), &headers, body).await
    }

    /// The recorded request of that id, as soon as the recorder has written it.
    pub async fn log(&self, request_id: &str) -> Value {
        let started = Instant::now();
        loop {
            let answer = self.get(&format!("/logs/{request_id}")).await;
            if answer.status == 200 {
                return answer.json();
            }
            assert!(started.elapsed() < PATIENCE, "{request_id} was never recorded: {answer:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// The newest recorded requests, as soon as there are `count`.
    pub async fn logs(&self, count: usize) -> Vec<Value> {
        let started = Instant::now();
        loop {
            let rows = self.get("/logs?limit=200").await.expect(200)["data"].as_array().expect("rows").clone();
            if rows.len() >= count {
                return rows;
            }
            assert!(started.elapsed() < PATIENCE, "{count} requests were never recorded: {rows:#?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills it as a power cut would, and waits for its end.
    pub async fn kill(mut self) -> Launch {
        self.child.kill().await.expect("a child can be killed");
        self.launch
    }

    /// Asks it to stop, without waiting.
    pub fn terminate(&self) {
        let status = std::process::Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> (ExitStatus, String) {
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it ends").expect("a child can be waited for");
        (status, self.said())
    }

    /// Stops it in the normal way, and starts it again on the same data.
    pub async fn restart(self) -> Modelux {
        let launch = self.launch.clone();
        self.terminate();
        let (status, said) = self.ended().await;
        assert!(status.success(), "a normal stop ends with 0: {said}");
        launch.start().await
    }
}

fn with_app_key<'a>(headers: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
    let mut all: Vec<_> = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    for (name, value) in [("authorization", format!("Bearer {APP_KEY}")), ("content-type", "application/json".to_owned())] {
        if !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            all.push((name, value));
        }
    }
    all
}

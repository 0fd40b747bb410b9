//! The programs under measurement, each on the first core, and what the kernel says about them.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;
use tempfile::TempDir;

use crate::load;

/// Core of the load generator and the upstream.
pub const OUR_CORE: &str = "1";
const THEIR_CORE: &str = "0";
/// App key that the measured proxy accepts.
pub const APP_KEY: &str = "mlx_sk_bench0123456789abcdefghijklmnopqrstuvwxyz";
const MANAGEMENT_KEY: &str = "mlx_mk_bench0123456789abcdefghijklmnopqrstuvwxyz";
const NGINX: &str = "/usr/sbin/nginx";

/// A child that does not outlive the bench.
#[derive(Debug)]
struct Kept(Child);

impl Drop for Kept {
    fn drop(&mut self) {
        // SIGTERM, not kill: nginx has to take its workers along.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// The upstream, in a process of its own.
#[derive(Debug)]
pub struct Upstream {
    /// Where it listens.
    pub port: u16,
    _child: Kept,
}

impl Upstream {
    /// Starts it on our core.
    pub fn start() -> Self {
        let own = std::env::current_exe().expect("a path");
        let mut child = pinned(OUR_CORE, &own).arg("upstream").stdout(Stdio::piped()).spawn().expect("the bench itself");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        Self { port: line.trim().parse().expect("a port"), _child: Kept(child) }
    }
}

/// nginx with one worker and keep-alive to the upstream.
#[derive(Debug)]
pub struct Nginx {
    /// Where it listens.
    pub address: SocketAddr,
    child: Kept,
    _dir: TempDir,
}

impl Nginx {
    /// Starts it; `None` where it is not installed.
    pub fn start(upstream: u16) -> Option<Self> {
        if !Path::new(NGINX).exists() {
            eprintln!("{NGINX} is not installed: no comparison with it (apt install nginx-light)");
            return None;
        }
        let dir = tempfile::tempdir().expect("a temporary directory");
        let port = free_port();
        let file = dir.path().join("nginx.conf");
        fs::write(&file, config(dir.path(), port, upstream)).expect("writable");
        let child = pinned(THEIR_CORE, Path::new(NGINX)).arg("-c").arg(&file).spawn().expect("nginx runs");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let subject = Self { address, child: Kept(child), _dir: dir };
        wait_for_port(address);
        Some(subject)
    }

    /// Ticks of CPU that master and worker have used.
    pub fn cpu(&self) -> Duration {
        let master = self.child.0.id();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children")).unwrap_or_default();
        children.split_whitespace().filter_map(|pid| pid.parse().ok()).chain([master]).map(cpu_of).sum()
    }
}

fn config(dir: &Path, port: u16, upstream: u16) -> String {
    let dir = dir.display();
    format!(
        "worker_processes 1; daemon off; user root; pid {dir}/pid; error_log {dir}/error.log crit;
events {{ worker_connections 8192; }}
http {{
  access_log off; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 600s;
  client_max_body_size 64m; client_body_buffer_size 2m;
  client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c; uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
  upstream mock {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}
    location /unbuffered {{ proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_buffering off; }}
  }}
}}"
    )
}

/// The proxy, recording on, `@production` = fallback over two models of the upstream.
#[derive(Debug)]
pub struct Modelux {
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to the last byte of its first answer.
    pub first_answer: Duration,
    /// Resident memory before any request.
    pub idle_kib: u64,
    child: Kept,
    _dir: TempDir,
}

impl Modelux {
    /// Starts it on a fresh data directory.
    pub fn start(binary: &Path, upstream: u16) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let bundle = dir.path().join("bundle.json");
        fs::write(&bundle, setup(upstream).to_string()).expect("writable");
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut command = pinned(THEIR_CORE, binary);
        command.args(["serve", "--port", &address.port().to_string(), "--bundle"]).arg(&bundle);
        command.arg("--data-dir").arg(dir.path().join("data"));
        command.env_clear().env("HOME", dir.path()).env("BENCH_KEY", "bench-secret");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("MODELUX_APP_KEY", APP_KEY).env("MODELUX_MANAGEMENT_KEY", MANAGEMENT_KEY);
        let started = Instant::now();
        let child = Kept(command.stdout(Stdio::null()).spawn().expect("the binary runs"));
        wait_for_port(address);
        let listening = started.elapsed();
        // Let what the start left behind settle, so that idle means idle.
        let idle_kib = {
            std::thread::sleep(Duration::from_millis(700));
            rss_kib(child.0.id())
        };
        let asked = Instant::now();
        load::once(address, &load::Ask::chat(address, 1_000));
        Self { address, first_answer: listening + asked.elapsed(), idle_kib, child, _dir: dir }
    }

    /// CPU that all its threads have used.
    pub fn cpu(&self) -> Duration {
        cpu_of(self.child.0.id())
    }

    /// Resident memory now.
    pub fn rss_kib(&self) -> u64 {
        rss_kib(self.child.0.id())
    }
}

fn setup(upstream: u16) -> serde_json::Value {
    let model = |name: &str| json!({"name": name, "context": 2_000_000, "price": {"input": 1.0, "output": 2.0}});
    json!({
        "modelux": 1,
        "providers": [{"name": "mock", "kind": "openai_compatible", "base_url": format!("http://127.0.0.1:{upstream}/v1"),
            "credential": {"env": "BENCH_KEY"}, "models": [model("m1"), model("m2")]}],
        "configs": [{"slug": "production", "document": {"strategy": "fallback", "attempts": ["mock/m1", "mock/m2"]}}],
    })
}

fn pinned(core: &str, program: &Path) -> Command {
    let mut command = if Command::new("taskset").arg("--version").output().is_ok() {
        let mut command = Command::new("taskset");
        command.args(["-c", core]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.stdin(Stdio::null());
    command
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

fn wait_for_port(address: SocketAddr) {
    let started = Instant::now();
    loop {
        if let Ok(mut stream) = TcpStream::connect(address) {
            let _ = stream.write_all(b"");
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "nobody listens on {address}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// User and system time of a process, all threads, in ticks of 10 ms.
fn cpu_of(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn rss_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(PathBuf::from(format!("/proc/{pid}/status"))).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

//! Who has a port, and which one is free.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

/// How many ports after the wanted one are tried.
const TRIED: u16 = 100;

/// The next port after this one that nobody listens on.
pub(crate) fn next_free(port: u16) -> Option<u16> {
    (1..=TRIED).filter_map(|step| port.checked_add(step)).find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}

/// Who listens on the port, such as `python3 (process 4711)`, where that can be known.
pub(crate) fn holder(port: u16) -> Option<String> {
    holder_of(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
}

#[cfg(target_os = "linux")]
fn holder_of(address: SocketAddr) -> Option<String> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| listeners(&table, address.port()))
        .collect();
    let sockets: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    let processes = std::fs::read_dir("/proc").ok()?;
    processes.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        let mut files = std::fs::read_dir(process.path().join("fd")).ok()?.flatten();
        let holds = files
            .any(|file| std::fs::read_link(file.path()).is_ok_and(|link| sockets.iter().any(|socket| link.as_os_str() == socket.as_str())));
        let name = holds.then(|| std::fs::read_to_string(process.path().join("comm")).ok())??;
        Some(format!("{} (process {pid})", name.trim()))
    })
}

#[cfg(not(target_os = "linux"))]
fn holder_of(_: SocketAddr) -> Option<String> {
    None
}

/// Inodes of the sockets that listen on the port, from a table such as `/proc/net/tcp`.
#[cfg(any(target_os = "linux", test))]
fn listeners(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let local = format!(":{port:04X}");
    table
        .lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let listens = fields.get(1)?.ends_with(&local) && *fields.get(3)? == LISTEN;
            listens.then(|| fields.get(9).map(|inode| (*inode).to_owned()))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sockets_that_listen_on_that_port_are_found() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:21C2 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0
   1: 0100007F:21C2 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 100 0 0 10 0
   2: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4244 1 0 100 0 0 10 0";
        assert_eq!(listeners(table, 8642), ["4242"]);
    }

    #[test]
    fn the_next_free_port_is_not_the_taken_one() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(next_free(port), Some(port));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_listener_of_our_own_is_named_with_its_process() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let said = holder(taken.local_addr().unwrap().port()).unwrap();
        assert!(said.contains(&std::process::id().to_string()), "{said}");
    }
}

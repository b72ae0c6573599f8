//! A host: a network namespace whose only way out is the wire. This runs inside.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

/// The interface to the wire.
const INTERFACE: &str = "wire0";
/// Bytes of a packet, at most.
pub(crate) const PACKET_MAX: usize = 2048;

/// Makes this process's namespace a host with that address.
#[cfg(target_os = "linux")]
pub(crate) fn enter(address: Ipv4Addr, folder: &Path) {
    use std::sync::Arc;
    use std::thread;

    use tun_tap::{Iface, Mode};

    let tun = Arc::new(Iface::without_packet_info(INTERFACE, Mode::Tun).unwrap());
    ip(&["link", "set", "lo", "up"]);
    ip(&["link", "set", INTERFACE, "up"]);
    settle_at(address);
    let plug = Arc::new(plug(address, folder).unwrap());
    let (to_wire, from_host) = (Arc::clone(&plug), Arc::clone(&tun));
    thread::spawn(move || {
        let mut packet = [0; PACKET_MAX];
        while let Ok(length) = from_host.recv(&mut packet) {
            // It fails when the test is over.
            to_wire.send(&packet[..length]).ok();
        }
    });
    thread::spawn(move || {
        let mut packet = [0; PACKET_MAX];
        while let Ok(length) = plug.recv(&mut packet) {
            tun.send(&packet[..length]).ok();
        }
    });
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn enter(_address: Ipv4Addr, _folder: &Path) {
    panic!("there are no hosts on this system");
}

/// The host's end of the wire.
fn plug(address: Ipv4Addr, folder: &Path) -> io::Result<UnixDatagram> {
    let at = folder.join(address.to_string());
    fs::remove_file(&at).ok();
    let plug = UnixDatagram::bind(at)?;
    plug.connect(folder.join(super::wire::NAME))?;
    Ok(plug)
}

/// The host is somewhere else from now on: what goes to where it was is lost.
pub(crate) fn move_away(from: Ipv4Addr, to: Ipv4Addr, folder: &Path) -> io::Result<()> {
    settle_at(to);
    fs::rename(folder.join(from.to_string()), folder.join(to.to_string()))
}

/// The host is at that address, and at none beside.
fn settle_at(address: Ipv4Addr) {
    ip(&["addr", "flush", "dev", INTERFACE, "scope", "global"]);
    ip(&["addr", "add", &format!("{address}/24"), "dev", INTERFACE]);
    ip(&["route", "replace", "default", "dev", INTERFACE]);
}

fn ip(words: &[&str]) {
    let output = Command::new("ip").args(words).output().unwrap();
    assert!(output.status.success(), "ip {words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

//! Where the processes run: on the loopback, or each on a host of its own.

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use peergroup::unix_now;
use tempfile::TempDir;

use crate::orders::{Kind, Orders};
use crate::process::Process;
use crate::wire::Wire;

/// Where peers on hosts listen.
const PORT: u16 = 3587;
/// Ways to begin a process in a network namespace of its own: the first needs no privilege where
/// the system lets everybody make namespaces.
const NAMESPACES: [&[&str]; 2] = [&["unshare", "--map-root-user", "--net"], &["unshare", "--net"]];
/// What a host needs: to be given addresses, and an interface that is a file.
const PROBE: &str = "ip link set lo up && ip tuntap add dev wire0 mode tun && ip link del wire0";

pub(crate) struct Ground {
    folder: TempDir,
    /// How to begin a process on a host, and what connects them; none on the loopback.
    hosts: Option<(&'static [&'static str], Wire)>,
    begun: Cell<u8>,
}

impl Ground {
    pub(crate) fn loopback() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), hosts: None, begun: Cell::new(0) }
    }

    /// Runs a story on hosts, or says why that cannot be.
    pub(crate) fn on_hosts(story: impl FnOnce(&Self)) {
        match namespace() {
            Ok(command) => {
                let folder = tempfile::tempdir().unwrap();
                let hosts = Some((command, Wire::new(folder.path())));
                story(&Self { folder, hosts, begun: Cell::new(0) });
            }
            Err(why) => eprintln!("skipped: this system has no hosts for a test: {why}"),
        }
    }

    /// Orders for a peer that does not run yet.
    pub(crate) fn peer(&self, name: &str, kind: Kind) -> Orders {
        let number = self.next_number();
        let host = self.hosts.as_ref().map(|_| Ipv4Addr::new(10, 77, 0, number));
        let listen = match host {
            Some(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)),
            None => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        };
        Orders {
            name: name.into(),
            kind,
            listen: Some(listen),
            folder: self.folder.path().to_owned(),
            speed: 1,
            since_ms: unix_now().as_millis(),
            host,
        }
    }

    pub(crate) fn start(&self, orders: Orders) -> Process {
        Process::start(self.hosts.as_ref().map_or(&[], |(command, _)| command), orders)
    }

    /// Packets take so long, some of them longer than those behind them, and some are lost. The
    /// loopback has no weather.
    pub(crate) fn turn_bad(&self) {
        if let Some((_, wire)) = &self.hosts {
            wire.change(|rules| {
                rules.delay = Duration::from_millis(50);
                rules.jitter = Duration::from_millis(10);
                rules.lost = 5;
            });
        }
    }

    /// Orders under which nobody can dial the peer, whatever it says of where it is: on the
    /// loopback it says nothing, for only what does not listen is not reached there.
    pub(crate) fn shielded(&self, orders: Orders) -> Orders {
        match (&self.hosts, orders.host) {
            (Some((_, wire)), Some(host)) => {
                wire.change(|rules| rules.shield(host));
                orders
            }
            _ => Orders { listen: None, ..orders },
        }
    }

    /// From now on nothing goes between the two, and nobody tells them.
    pub(crate) fn cut_off(&self, one: &mut Process, other: &mut Process) {
        if let (Some((_, wire)), Some(one), Some(other)) =
            (&self.hosts, one.orders.host, other.orders.host)
        {
            wire.change(|rules| rules.cut(one, other));
            return;
        }
        let (first, second) = (one.ask("address"), other.ask("address"));
        one.ask(&format!("cut-off {second}"));
        other.ask(&format!("cut-off {first}"));
    }

    /// The peer is somewhere else from now on: its host has another address; on the loopback it
    /// has another port, and so begins anew.
    pub(crate) fn move_away(&self, mut peer: Process) -> Process {
        if peer.orders.host.is_none() {
            let mut moved = self.start(peer.end());
            moved.ask("open");
            return moved;
        }
        let to = Ipv4Addr::new(10, 77, 0, self.next_number());
        peer.ask(&format!("move {to}"));
        peer.orders.host = Some(to);
        peer
    }

    pub(crate) fn has_hosts(&self) -> bool {
        self.hosts.is_some()
    }

    /// Whether packets did not go through between the hosts, if there are any.
    pub(crate) fn has_dropped_some(&self) -> bool {
        self.hosts.as_ref().is_some_and(|(_, wire)| wire.change(|rules| rules.dropped > 0))
    }

    fn next_number(&self) -> u8 {
        self.begun.set(self.begun.get() + 1);
        self.begun.get()
    }
}

/// How to begin a process in a namespace of its own, or why there is no way.
fn namespace() -> Result<&'static [&'static str], String> {
    if cfg!(not(target_os = "linux")) {
        return Err("it is no Linux".into());
    }
    let mut why = Vec::new();
    for command in NAMESPACES {
        let (program, words) = command.split_first().unwrap();
        match Command::new(program).args(words).args(["sh", "-c", PROBE]).output() {
            Ok(output) if output.status.success() => return Ok(command),
            Ok(output) => why.push(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => why.push(format!("{program}: {error}")),
        }
    }
    Err(why.join("; "))
}

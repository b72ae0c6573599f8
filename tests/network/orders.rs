//! What a process is told at its start, as one line.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The transport of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tcp,
    Quic,
}

/// What a process is told at its start.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Where it listens; nowhere if it only dials.
    pub(crate) listen: Option<SocketAddr>,
    /// The folder that all share: a store, cards, invitations and the wire are in it.
    pub(crate) folder: PathBuf,
    /// How many times as fast as the world its clock runs, since that time of the world.
    pub(crate) speed: u32,
    pub(crate) since_ms: u64,
    /// The address of its host, if it has one.
    pub(crate) host: Option<Ipv4Addr>,
}

impl fmt::Display for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, listen, folder, speed, since_ms, host } = self;
        let listen = listen.map_or("-".into(), |at| at.to_string());
        let host = host.map_or("-".into(), |at| at.to_string());
        write!(f, "{name} {kind:?} {listen} {speed} {since_ms} {host} {}", folder.display())
    }
}

impl Orders {
    pub(crate) fn parse(line: &str) -> Self {
        let words: Vec<&str> = line.splitn(7, ' ').collect();
        let [name, kind, listen, speed, since_ms, host, folder] = words[..] else {
            panic!("not orders: {line}");
        };
        Self {
            name: name.into(),
            kind: if kind == "Tcp" { Kind::Tcp } else { Kind::Quic },
            listen: (listen != "-").then(|| listen.parse().unwrap()),
            folder: folder.into(),
            speed: speed.parse().unwrap(),
            since_ms: since_ms.parse().unwrap(),
            host: (host != "-").then(|| host.parse().unwrap()),
        }
    }
}

//! A network in memory, for tests of what is built on groups.

use core::future::{Future, poll_fn, ready};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::mpsc;
use futures_util::StreamExt as _;
use futures_util::future::Either;
use peergroup_core::{Address, LinkDown};

use super::{Opened, Transport};

mod pipe;

pub use pipe::MemoryStream;

const SCHEME: &str = "memory";
/// Streams that a transport has not accepted yet; who dials another one waits.
const BACKLOG: usize = 64;

type Door = mpsc::Sender<Opened<MemoryStream>>;

/// A network within one process: no sockets, no encryption, no delay. Clones are the same network.
///
/// ```
/// use peergroup::transport::MemoryNetwork;
///
/// let network = MemoryNetwork::new();
/// let (adas, bens) = (network.bind(), network.bind()); // one for each node
/// ```
///
/// For whole groups in virtual time, with faults, there is the simulator.
#[derive(Clone, Debug, Default)]
pub struct MemoryNetwork(Arc<Mutex<Doors>>);

/// Where somebody listens.
#[derive(Debug, Default)]
struct Doors {
    open: BTreeMap<u64, Door>,
    last: u64,
}

impl MemoryNetwork {
    /// A network where nobody is yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A transport that listens at an address that was never used before: `memory:1`, `memory:2`.
    pub fn bind(&self) -> MemoryTransport {
        let mut doors = self.doors();
        doors.last = doors.last.saturating_add(1);
        let number = doors.last;
        self.open(&mut doors, number)
    }

    /// A transport that listens at that address.
    ///
    /// # Errors
    /// Somebody listens there, or it is not an address of this network. Nothing changed.
    pub fn bind_at(&self, address: &Address) -> io::Result<MemoryTransport> {
        let number = number(address).ok_or(io::ErrorKind::InvalidInput)?;
        let mut doors = self.doors();
        if doors.open.contains_key(&number) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        doors.last = doors.last.max(number);
        Ok(self.open(&mut doors, number))
    }

    fn open(&self, doors: &mut Doors, number: u64) -> MemoryTransport {
        let (door, incoming) = mpsc::channel(BACKLOG);
        doors.open.insert(number, door);
        MemoryTransport { network: self.clone(), number, incoming }
    }

    fn doors(&self) -> MutexGuard<'_, Doors> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One node's place in a [`MemoryNetwork`]. Nobody listens there any more once it is dropped.
#[derive(Debug)]
pub struct MemoryTransport {
    network: MemoryNetwork,
    number: u64,
    incoming: mpsc::Receiver<Opened<MemoryStream>>,
}

impl MemoryTransport {
    /// Where it listens.
    pub fn address(&self) -> Option<Address> {
        format!("{SCHEME}:{}", self.number).parse().ok()
    }
}

impl Drop for MemoryTransport {
    fn drop(&mut self) {
        self.network.doors().open.remove(&self.number);
    }
}

impl Transport for MemoryTransport {
    type Stream = MemoryStream;

    async fn accept(&mut self) -> io::Result<Opened<MemoryStream>> {
        self.incoming.next().await.ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Opened<MemoryStream>, LinkDown>> + Send + 'static + use<> {
        let Some(number) = number(to) else {
            return Either::Left(ready(Err(LinkDown::Unsupported)));
        };
        let door = self.network.doors().open.get(&number).cloned();
        Either::Right(knock(door, self.address(), to.clone()))
    }

    fn listening_at(&self) -> Vec<Address> {
        self.address().into_iter().collect()
    }

    fn serves(&self, scheme: &str) -> bool {
        scheme == SCHEME
    }
}

fn number(address: &Address) -> Option<u64> {
    if address.scheme() == SCHEME { address.rest().parse().ok() } else { None }
}

async fn knock(
    door: Option<Door>,
    from: Option<Address>,
    to: Address,
) -> Result<Opened<MemoryStream>, LinkDown> {
    let mut door = door.ok_or(LinkDown::Refused)?;
    let mut binding = [0; 32];
    getrandom::fill(&mut binding).map_err(|_| LinkDown::Broken)?;
    let (near, far) = pipe::pair();
    let far = Opened { stream: far, binding, remote: from };
    poll_fn(|cx| door.poll_ready(cx)).await.map_err(|_| LinkDown::Refused)?;
    door.start_send(far).map_err(|_| LinkDown::Refused)?;
    Ok(Opened { stream: near, binding, remote: Some(to) })
}

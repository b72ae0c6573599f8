//! Peers on one runtime, and patience that ends.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::future::{Either, select};
use peergroup::runtime::Runtime;
use peergroup::store::{MemoryStore, RedbStore, Store};
use peergroup::transport::Transport;
use peergroup::{Config, Handle, PeerId};

/// Nothing here takes longer than this, or it will never come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A runtime, a way to have drivers run on it, and a transport for them.
pub(crate) struct Lab<R, T> {
    runtime: R,
    spawn: fn(Task),
    bind: Bind<T>,
}

/// Binds at a socket.
pub(crate) type Bind<T> = fn(SocketAddr) -> io::Result<T>;

/// A free port of the loopback.
pub(crate) fn anywhere<T>(bind: Bind<T>) -> T {
    bind("127.0.0.1:0".parse().unwrap()).unwrap()
}

impl<R: Runtime + Clone, T: Transport> Lab<R, T> {
    pub(crate) fn new(runtime: R, spawn: fn(Task), bind: Bind<T>) -> Self {
        Self { runtime, spawn, bind }
    }

    /// Starts a node that listens on the loopback.
    pub(crate) fn start(&self, store: impl Store) -> Handle {
        self.start_on(anywhere(self.bind), store)
    }

    /// Starts a node on a transport of its own.
    pub(crate) fn start_on(&self, transport: impl Transport, store: impl Store) -> Handle {
        let config = Config::default();
        let (handle, driver) =
            peergroup::new(config, self.runtime.clone(), transport, store).unwrap();
        (self.spawn)(Box::pin(async { driver.run().await.unwrap() }));
        handle
    }

    /// A node with a fresh identity, and nothing on a disk.
    pub(crate) async fn in_memory(&self, name: &str) -> (Handle, PeerId) {
        let handle = self.start(MemoryStore::new());
        let peer = self.soon(handle.create_identity(name.parse().unwrap())).await.unwrap();
        (handle, peer)
    }

    /// A node on a file.
    pub(crate) fn on_disk(&self, file: &Path) -> Handle {
        self.start(RedbStore::open(file).unwrap())
    }

    /// What must happen soon.
    pub(crate) async fn soon<O>(&self, awaited: impl Future<Output = O>) -> O {
        let deadline = self.runtime.now().mono.after(PATIENCE);
        match select(pin!(awaited), pin!(self.runtime.sleep_until(deadline))).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((), _)) => panic!("it never came"),
        }
    }

    /// What must come true soon.
    pub(crate) async fn until(&self, what: &str, mut is_true: impl AsyncFnMut() -> bool) {
        let deadline = self.runtime.now().mono.after(PATIENCE);
        while !self.soon(is_true()).await {
            let now = self.runtime.now().mono;
            assert!(now < deadline, "never: {what}");
            self.runtime.sleep_until(now.after(Duration::from_millis(5))).await;
        }
    }
}

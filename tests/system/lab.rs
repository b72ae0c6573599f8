//! Peers on one runtime, and patience that ends.

use std::future::Future;
use std::marker::PhantomData;
use std::path::Path;
use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::future::{Either, select};
use peergroup::runtime::Runtime;
use peergroup::store::{MemoryStore, RedbStore, Store};
use peergroup::tcp::{Net, TcpTransport};
use peergroup::{Config, Handle, PeerId};

/// Nothing here takes longer than this, or it will never come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A runtime and a way to have drivers run on it.
pub(crate) struct Lab<R, N> {
    runtime: R,
    spawn: fn(Task),
    net: PhantomData<N>,
}

impl<R: Runtime + Clone, N: Net> Lab<R, N> {
    pub(crate) fn new(runtime: R, spawn: fn(Task)) -> Self {
        Self { runtime, spawn, net: PhantomData }
    }

    /// Starts a node that listens on the loopback.
    pub(crate) fn start(&self, store: impl Store) -> Handle {
        let transport = TcpTransport::<N>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
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
    pub(crate) async fn soon<T>(&self, awaited: impl Future<Output = T>) -> T {
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

//! Links between two transports, what goes over them, and patience.

use core::fmt::Display;
use core::future::Future;
use core::pin::{Pin, pin};
use core::time::Duration;

use futures_util::future::{Either, join, select};
use futures_util::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use peergroup_core::Address;

use super::PATIENCE;
use crate::conformance::Verdict;
use crate::runtime::Runtime;
use crate::transport::{Opened, Transport};

/// Waits on somebody's runtime.
pub(super) struct Clock<'a>(Box<dyn Fn(Duration) -> Wait<'a> + 'a>);

type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl<'a> Clock<'a> {
    pub(super) fn new(runtime: &'a impl Runtime) -> Self {
        Self(Box::new(|time| Box::pin(runtime.sleep_until(runtime.now().mono.after(time)))))
    }

    /// What comes of it in that time.
    pub(super) async fn within<T>(
        &self,
        time: Duration,
        awaited: impl Future<Output = T>,
    ) -> Option<T> {
        match select(pin!(awaited), (self.0)(time)).await {
            Either::Left((outcome, _)) => Some(outcome),
            Either::Right(((), _)) => None,
        }
    }

    /// What must come within [`PATIENCE`].
    pub(super) async fn soon<T>(&self, awaited: impl Future<Output = T>) -> Verdict<T> {
        self.within(PATIENCE, awaited).await.ok_or_else(|| "it never came to an end".into())
    }
}

/// The two ends of a link: the one that dialled, and the one that accepted.
pub(super) type Ends<S> = (Opened<S>, Opened<S>);

/// A link from one transport to another. Both ends must know the same binding.
pub(super) async fn link<T: Transport>(
    caller: &T,
    host: &mut T,
    address: &Address,
) -> Verdict<Ends<T::Stream>> {
    let (near, far) = join(caller.dial(address), host.accept()).await;
    let near = near.map_err(|cause| format!("a dial failed: {cause}"))?;
    let far = far.map_err(failed("accepting"))?;
    if near.binding != far.binding {
        return Err("the ends of a link know different bindings".into());
    }
    Ok((near, far))
}

/// Says what failed.
pub(super) fn failed<E: Display>(what: &str) -> impl Fn(E) -> String {
    move |error| format!("{what} failed: {error}")
}

/// Bytes by which it can be told where they belong.
pub(super) fn pattern(from: usize, count: usize) -> Vec<u8> {
    let period = 0..=250_u8;
    let skipped = from.checked_rem(251).unwrap_or(0);
    period.cycle().skip(skipped).take(count).collect()
}

/// Writes bytes and sends them on their way.
pub(super) async fn write<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> Verdict {
    stream.write_all(bytes).await.map_err(failed("writing"))?;
    stream.flush().await.map_err(failed("flushing"))
}

/// Reads as many bytes as these, which are to be the same.
pub(super) async fn read<S: AsyncRead + Unpin>(stream: &mut S, expected: &[u8]) -> Verdict {
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).await.map_err(failed("reading"))?;
    if bytes == expected { Ok(()) } else { Err("other bytes arrive than were written".into()) }
}

/// Writes and reads at once.
pub(super) async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    from: &mut S,
    to: &mut S,
    bytes: &[u8],
) -> Verdict {
    let (written, read) = join(write(from, bytes), read(to, bytes)).await;
    written.and(read)
}

/// Reads up to the end: what was read, and whether it ended as a stream that was closed.
pub(super) async fn read_all<S: AsyncRead + Unpin>(stream: &mut S) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let is_closed = stream.read_to_end(&mut bytes).await.is_ok();
    (bytes, is_closed)
}

/// The stream was closed after these bytes.
pub(super) async fn read_to_close<S: AsyncRead + Unpin>(
    stream: &mut S,
    expected: &[u8],
) -> Verdict {
    match read_all(stream).await {
        (bytes, true) if bytes == expected => Ok(()),
        (_, true) => Err("a stream that was closed gives other bytes than were written".into()),
        (_, false) => Err("a stream that was closed ends with an error".into()),
    }
}

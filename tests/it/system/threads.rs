//! Threads that block, and nothing else: each task has one, each socket two, all timers together
//! one.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::pin::{Pin, pin};
use std::sync::mpsc::{self as blocking, Sender};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use futures_channel::{mpsc, oneshot};
use futures_io::{AsyncRead, AsyncWrite};
use futures_util::stream::{IntoAsyncRead, StreamExt as _, TryStreamExt as _};
use peergroup::runtime::{Runtime, unix_now};
use peergroup::{Now, tcp};

/// Bytes that go between a socket and its threads at a time.
const PORTION: usize = 16 * 1024;
/// How long a timer sleeps that has nothing to wait for.
const HOUR: Duration = Duration::from_secs(3600);

/// Blocks the thread until the future is ready.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return outcome;
        }
        thread::park();
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A clock, and timers on a thread.
#[derive(Clone, Copy)]
pub(crate) struct Threads {
    start: Instant,
}

impl Threads {
    #[expect(clippy::disallowed_methods, reason = "this is a runtime")]
    pub(crate) fn new() -> Self {
        Self { start: Instant::now() }
    }

    /// Runs a task on a thread of its own.
    pub(crate) fn spawn(task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        thread::spawn(move || block_on(task));
    }
}

impl Runtime for Threads {
    fn now(&self) -> Now {
        let mono = peergroup::Instant::default().after(self.start.elapsed());
        Now { mono, wall: unix_now() }
    }

    async fn sleep_until(&self, deadline: peergroup::Instant) {
        sleep_until(self.start + Duration::from_micros(deadline.as_micros())).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "this is a runtime")]
async fn sleep_until(at: Instant) {
    poll_fn(|cx| {
        if Instant::now() >= at {
            return Poll::Ready(());
        }
        TIMERS.send((at, cx.waker().clone())).unwrap();
        Poll::Pending
    })
    .await;
}

/// To the thread that wakes whoever sleeps.
static TIMERS: LazyLock<Sender<(Instant, Waker)>> = LazyLock::new(|| {
    let (sender, asked) = blocking::channel();
    thread::spawn(move || wake_sleepers(&asked));
    sender
});

#[expect(clippy::disallowed_methods, reason = "this is a runtime")]
fn wake_sleepers(asked: &blocking::Receiver<(Instant, Waker)>) {
    let mut sleepers: BTreeMap<Instant, Vec<Waker>> = BTreeMap::new();
    loop {
        let next = sleepers.keys().next();
        let wait = next.map_or(HOUR, |at| at.saturating_duration_since(Instant::now()));
        if let Ok((at, waker)) = asked.recv_timeout(wait) {
            let wakers = sleepers.entry(at).or_default();
            if !wakers.iter().any(|other| other.will_wake(&waker)) {
                wakers.push(waker);
            }
        }
        let early = sleepers.split_off(&Instant::now());
        let due = std::mem::replace(&mut sleepers, early);
        due.into_values().flatten().for_each(Waker::wake);
    }
}

/// A socket that one thread reads and another writes.
pub(crate) struct Socket {
    tcp: TcpStream,
    reader: IntoAsyncRead<mpsc::Receiver<io::Result<Vec<u8>>>>,
    writer: mpsc::Sender<Vec<u8>>,
}

impl Socket {
    fn new(tcp: TcpStream) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        let (to_reader, arrived) = mpsc::channel(1);
        let (writer, to_write) = mpsc::channel(1);
        let (reading, writing) = (tcp.try_clone()?, tcp.try_clone()?);
        thread::spawn(move || read_all(reading, &to_reader));
        thread::spawn(move || write_all(writing, to_write));
        Ok(Self { tcp, reader: arrived.into_async_read(), writer })
    }
}

/// Nobody reads any more: the thread that does ends.
impl Drop for Socket {
    fn drop(&mut self) {
        self.tcp.shutdown(Shutdown::Read).ok();
    }
}

fn read_all(mut tcp: TcpStream, to: &mpsc::Sender<io::Result<Vec<u8>>>) {
    loop {
        let mut bytes = vec![0; PORTION];
        let read = tcp.read(&mut bytes).map(|count| {
            bytes.truncate(count);
            bytes
        });
        let is_last = read.as_ref().map_or(true, Vec::is_empty);
        if hand_over(to.clone(), read).is_err() || is_last {
            return;
        }
    }
}

fn write_all(mut tcp: TcpStream, mut portions: mpsc::Receiver<Vec<u8>>) {
    while let Some(bytes) = block_on(portions.next()) {
        if tcp.write_all(&bytes).is_err() {
            return;
        }
    }
    tcp.shutdown(Shutdown::Write).ok();
}

/// Waits until there is room.
fn hand_over<T>(mut to: mpsc::Sender<T>, what: T) -> Result<(), mpsc::SendError> {
    block_on(poll_fn(|cx| to.poll_ready(cx)))?;
    to.start_send(what)
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.reader).poll_read(cx, to)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        ready!(self.writer.poll_ready(cx)).map_err(gone)?;
        let portion = &bytes[..bytes.len().min(PORTION)];
        self.writer.start_send(portion.to_vec()).map_err(gone)?;
        Poll::Ready(Ok(portion.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.close_channel();
        Poll::Ready(Ok(()))
    }
}

/// A socket at which one thread listens.
pub(crate) struct Listener {
    at: SocketAddr,
    accepted: mpsc::Receiver<io::Result<(Socket, SocketAddr)>>,
}

/// Nobody listens any more: one more connection, and the thread that does ends.
impl Drop for Listener {
    fn drop(&mut self) {
        self.accepted.close();
        TcpStream::connect(self.at).ok();
    }
}

fn accept_all(at: &TcpListener, to: &mpsc::Sender<io::Result<(Socket, SocketAddr)>>) {
    loop {
        let accepted = at.accept().and_then(|(tcp, from)| Ok((Socket::new(tcp)?, from)));
        if hand_over(to.clone(), accepted).is_err() {
            return;
        }
    }
}

impl tcp::Net for Threads {
    type Stream = Socket;
    type Listener = Listener;

    fn listen(listener: TcpListener) -> io::Result<Listener> {
        listener.set_nonblocking(false)?;
        let at = listener.local_addr()?;
        let (to, accepted) = mpsc::channel(1);
        thread::spawn(move || accept_all(&listener, &to));
        Ok(Listener { at, accepted })
    }

    fn poll_accept(
        listener: &mut Listener,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Socket, SocketAddr)>> {
        let next = ready!(listener.accepted.poll_next_unpin(cx));
        Poll::Ready(next.unwrap_or_else(|| Err(io::ErrorKind::NotConnected.into())))
    }

    async fn connect(to: SocketAddr) -> io::Result<Socket> {
        let (answer, answered) = oneshot::channel();
        thread::spawn(move || answer.send(TcpStream::connect(to).and_then(Socket::new)).ok());
        answered.await.unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "this is a runtime")]
    async fn sleep(time: Duration) {
        sleep_until(Instant::now() + time).await;
    }
}

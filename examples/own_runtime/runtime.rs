//! The runtime: a game's loop. All is done in one thread, once a frame.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use peergroup::runtime::{Runtime, unix_now};
use peergroup::{Instant, Now};

/// How long a frame takes: with 60 to the second, only answers would take longer.
const FRAME: Duration = Duration::from_millis(1);

pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

thread_local! {
    /// What was spawned since the last frame.
    static SPAWNED: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
    /// Who waits for the next frame.
    static WAITING: RefCell<Vec<Waker>> = const { RefCell::new(Vec::new()) };
}

/// Has something done in every frame, beside the game.
pub(crate) fn spawn(task: Task) {
    SPAWNED.with_borrow_mut(|tasks| tasks.push(task));
}

/// The game's loop, until the game is over.
pub(crate) fn run(game: impl Future<Output = ()>) {
    let (mut game, mut tasks) = (pin!(game), Vec::new());
    let mut cx = Context::from_waker(Waker::noop());
    while game.as_mut().poll(&mut cx).is_pending() {
        tasks.append(&mut SPAWNED.take());
        tasks.retain_mut(|task: &mut Task| task.as_mut().poll(&mut cx).is_pending());
        std::thread::sleep(FRAME); // a game draws its picture meanwhile
        WAITING.take().into_iter().for_each(Waker::wake);
    }
}

/// To be asked again in the next frame.
pub(crate) fn in_the_next_frame<T>(cx: &Context<'_>) -> Poll<T> {
    WAITING.with_borrow_mut(|waiting| waiting.push(cx.waker().clone()));
    Poll::Pending
}

/// All that a driver needs of a runtime: a clock and a timer.
#[derive(Clone, Copy)]
pub(crate) struct Frames {
    start: std::time::Instant,
}

impl Frames {
    #[expect(clippy::disallowed_methods, reason = "a runtime reads the clock")]
    pub(crate) fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Runtime for Frames {
    fn now(&self) -> Now {
        Now { mono: Instant::default().after(self.start.elapsed()), wall: unix_now() }
    }

    async fn sleep_until(&self, deadline: Instant) {
        let is_early = || self.now().mono < deadline;
        poll_fn(|cx| if is_early() { in_the_next_frame(cx) } else { Poll::Ready(()) }).await;
    }
}

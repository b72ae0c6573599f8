//! Which links have something to do. Each has a waker of its own, so that none is asked in vain.

use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;

use futures_util::task::AtomicWaker;
use peergroup_core::LinkId;

/// The bells of all links.
#[derive(Default)]
pub(super) struct Bells {
    board: Arc<Board>,
}

#[derive(Default)]
struct Board {
    /// The links whose bells have rung, each once.
    rung: Mutex<Vec<LinkId>>,
    driver: AtomicWaker,
}

/// The bell of a link: rung by its stream when it can be read or written again.
pub(super) struct Bell {
    link: LinkId,
    is_rung: AtomicBool,
    board: Arc<Board>,
}

impl Bells {
    /// A bell for a link.
    pub(super) fn bell(&self, link: LinkId) -> Arc<Bell> {
        let board = Arc::clone(&self.board);
        Arc::new(Bell { link, is_rung: AtomicBool::new(false), board })
    }

    /// The links whose bells have rung; later ones wake the driver.
    pub(super) fn take(&self, cx: &Context<'_>) -> Vec<LinkId> {
        self.board.driver.register(cx.waker());
        core::mem::take(&mut self.board.rung())
    }
}

impl Board {
    fn rung(&self) -> MutexGuard<'_, Vec<LinkId>> {
        // No code that could panic runs under the lock.
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bell {
    /// Lets it ring again, and gives what a stream wakes.
    pub(super) fn still(self: &Arc<Self>) -> Waker {
        self.is_rung.store(false, Ordering::Release);
        Waker::from(Arc::clone(self))
    }

    fn ring(&self) {
        if !self.is_rung.swap(true, Ordering::AcqRel) {
            self.board.rung().push(self.link);
            self.board.driver.wake();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

#[cfg(test)]
mod tests;

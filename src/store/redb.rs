//! One redb file, behind a thread that owns it.

use core::future::Future;
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use futures_channel::oneshot;
use peergroup_core::{LoadQuery, StoreFailure, StoreOp};

use super::{Entries, Store};

mod file;
mod format;
mod open;

pub use file::RedbFile;
pub use open::OpenError;

/// Calls that are made durable together, at most: what bounds how long the first one waits.
const GROUP_MAX: usize = 256;

type Answer<T> = oneshot::Sender<Result<T, StoreFailure>>;

/// What waits for the thread.
enum Job {
    Apply(Vec<StoreOp>, Answer<()>),
    Load(LoadQuery, Answer<Entries>),
}

/// A store in one redb file, on a thread of its own.
///
/// Whatever waits while the disk is busy becomes one transaction (group commit). The queue is
/// bounded by what the caller submits before it waits for answers.
///
/// Dropping the store waits until what was submitted is durable and the file is closed.
#[derive(Debug)]
pub struct RedbStore {
    /// `None` only while it is dropped.
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl RedbStore {
    /// Opens the file, or creates it if there is none. It blocks; see [`RedbFile::open`].
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let file = RedbFile::open(path)?;
        Self::new(file).map_err(|error| OpenError::Io(error.kind()))
    }

    /// Gives an open file a thread.
    ///
    /// # Errors
    /// The system has no thread to give; the file is closed.
    pub fn new(file: RedbFile) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel();
        let serve = move || serve(file, &jobs);
        let thread = thread::Builder::new().name("peergroup-store".into()).spawn(serve)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    fn submit<T, F>(&self, job: F) -> impl Future<Output = Result<T, StoreFailure>> + use<T, F>
    where
        F: FnOnce(Answer<T>) -> Job,
    {
        let (answer, answered) = oneshot::channel();
        if let Some(queue) = &self.queue {
            // If the thread is gone, so is the sender of the answer: the future tells.
            queue.send(job(answer)).ok();
        }
        async move { answered.await.unwrap_or(Err(StoreFailure::Failed)) }
    }
}

impl Store for RedbStore {
    fn apply(
        &mut self,
        ops: Vec<StoreOp>,
    ) -> impl Future<Output = Result<(), StoreFailure>> + Send + 'static + use<> {
        self.submit(|answer| Job::Apply(ops, answer))
    }

    fn load(
        &mut self,
        query: LoadQuery,
    ) -> impl Future<Output = Result<Entries, StoreFailure>> + Send + 'static + use<> {
        self.submit(|answer| Job::Load(query, answer))
    }
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Serves until the store is dropped and its queue is empty.
fn serve(mut file: RedbFile, jobs: &mpsc::Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(GROUP_MAX.saturating_sub(1)));
        let outcome = file.perform(&group);
        answer(group, outcome);
    }
}

fn answer(group: Vec<Job>, outcome: Result<Vec<Entries>, StoreFailure>) {
    let applied = outcome.as_ref().map(|_| ()).map_err(|failure| *failure);
    let mut loaded = outcome.into_iter().flatten();
    for job in group {
        // Who dropped the future does not want to know.
        match job {
            Job::Apply(_, answer) => answer.send(applied).ok(),
            Job::Load(_, answer) => {
                let entries = loaded.next().ok_or(StoreFailure::Failed);
                answer.send(applied.and(entries)).ok()
            }
        };
    }
}

#[cfg(test)]
mod tests;

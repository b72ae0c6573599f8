//! The recorder: what a driver hands over, sealed and written on a thread of its own.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use futures_channel::oneshot;
use peergroup_core::Instant;
use peergroup_core::capture::Watched;
use peergroup_core::limits::RECEIVED_BYTES_MAX;

use super::chunk::Seal;
use super::key::{CaptureError, Key};
use super::playback::OVERRUN;

/// Chunks that may wait to be written: of 64 KiB each, or of one longer call.
pub const WAITING_MAX: usize = 256;
/// Bytes of a chunk: what is logged goes on its way once it is so much.
const CHUNK_BYTES: usize = 64 * 1024;
/// Room in the buffer of a chunk: for all but a whole one and what a link brings in one piece.
const CHUNK_ROOM: usize = CHUNK_BYTES + RECEIVED_BYTES_MAX + 1024;
/// Buffers of chunks that were written are kept for the next ones, so many at most.
const SPARE_MAX: usize = 4;
/// What is logged goes on its way after so many microseconds at the latest, if anything happens.
const GATHER_MICROS: u64 = 1_000_000;

/// Records what happens to the node of a [`Driver`](crate::Driver).
pub struct Recorder {
    /// None once the recording has ended.
    chunks: Option<SyncSender<Vec<u8>>>,
    /// Empty buffers, of chunks that were written.
    spare: Receiver<Vec<u8>>,
    is_overrun: Arc<AtomicBool>,
    written: oneshot::Receiver<()>,
    gathers_until: Instant,
}

impl Recorder {
    /// Records to a new file, which nobody but its owner may read, where the system knows owners.
    /// A file of that name must not exist.
    ///
    /// # Errors
    /// [`CaptureError`].
    pub fn create(path: impl AsRef<Path>, key: &Key) -> Result<Self, CaptureError> {
        Self::to(private(path.as_ref())?, key)
    }

    /// Records to a file, or whatever else can be written.
    ///
    /// # Errors
    /// [`CaptureError`].
    pub fn to(mut file: impl Write + Send + 'static, key: &Key) -> Result<Self, CaptureError> {
        let mut salt = [0; _];
        getrandom::fill(&mut salt).map_err(|_| CaptureError::NoRandomness)?;
        let seal = Seal::create(key, &salt)?;
        file.write_all(seal.header())?;
        let (chunks, waiting) = sync_channel(WAITING_MAX);
        let (spares, spare) = sync_channel(SPARE_MAX);
        let (end, written) = oneshot::channel();
        let is_overrun = Arc::new(AtomicBool::new(false));
        let overrun = Arc::clone(&is_overrun);
        let work = move || {
            // What is in the file then is as far as it came.
            write(file, seal, &waiting, &spares, &overrun).ok();
            drop(end);
        };
        let started = thread::Builder::new().name("flight recorder".into()).spawn(work);
        started.map_err(|_| CaptureError::NoResources)?;
        let gathers_until = Instant::default();
        Ok(Self { chunks: Some(chunks), spare, is_overrun, written, gathers_until })
    }

    /// Takes what was logged, if it is much or has waited long.
    pub(crate) fn take(&mut self, node: &mut Watched, now: Instant) {
        let is_late = now >= self.gathers_until;
        let least = if is_late { 1 } else { CHUNK_BYTES };
        let room = || self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(CHUNK_ROOM));
        let Some(chunk) = node.take_log(least, room) else { return };
        self.gathers_until = Instant::from_micros(now.as_micros().saturating_add(GATHER_MICROS));
        if !self.give(chunk) {
            node.drop_log();
        }
    }

    /// Ends the recording, and waits until all of it is written.
    pub(crate) async fn finish(mut self, node: &mut Watched) {
        if let Some(chunk) = node.end_log() {
            self.give(chunk);
        }
        drop(self.chunks);
        // It is told by being dropped.
        self.written.await.ok();
    }

    /// False if the recording has ended.
    fn give(&mut self, chunk: Vec<u8>) -> bool {
        let Some(chunks) = &self.chunks else { return false };
        match chunks.try_send(chunk) {
            Ok(()) => return true,
            Err(TrySendError::Full(_)) => self.is_overrun.store(true, Ordering::Release),
            Err(TrySendError::Disconnected(_)) => {}
        }
        self.chunks = None;
        false
    }
}

/// Writes chunks until no more come, and a last one that says whether all of them did.
fn write(
    mut file: impl Write,
    mut seal: Seal,
    waiting: &Receiver<Vec<u8>>,
    spares: &SyncSender<Vec<u8>>,
    is_overrun: &AtomicBool,
) -> io::Result<()> {
    let mut put = |chunk: &mut Vec<u8>, is_last| {
        let length = seal.seal(chunk, is_last).ok_or(io::ErrorKind::FileTooLarge)?;
        file.write_all(&length)?;
        file.write_all(chunk)?;
        file.flush()
    };
    for mut chunk in waiting {
        put(&mut chunk, false)?;
        chunk.clear();
        if chunk.capacity() == CHUNK_ROOM {
            // if there are enough, this one is not needed
            spares.try_send(chunk).ok();
        }
    }
    let mut mark = Vec::new();
    mark.extend(is_overrun.load(Ordering::Acquire).then_some(OVERRUN));
    put(&mut mark, true)
}

/// A new file of its owner's alone.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_recording = self.chunks.is_some();
        f.debug_struct("Recorder").field("is_recording", &is_recording).finish_non_exhaustive()
    }
}

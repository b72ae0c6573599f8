//! Who records what happens to the node: a recorder, or nobody.

use super::desk::Desk;
#[cfg(feature = "recorder")]
use crate::recorder::Recorder;

/// A recorder, if there is one.
#[derive(Default)]
pub(super) struct Recording {
    #[cfg(feature = "recorder")]
    recorder: Option<Recorder>,
}

#[cfg(feature = "recorder")]
impl Recording {
    pub(super) fn by(recorder: Recorder) -> Self {
        Self { recorder: Some(recorder) }
    }

    /// Takes what was logged, if that is worth it. It never waits.
    pub(super) fn look(&mut self, desk: &mut Desk) {
        if let Some(recorder) = &mut self.recorder {
            recorder.take(&mut desk.node, desk.now.mono);
        }
    }

    /// The driver ends: waits until all is written.
    pub(super) async fn finish(self, desk: &mut Desk) {
        if let Some(recorder) = self.recorder {
            recorder.finish(&mut desk.node).await;
        }
    }
}

#[cfg(not(feature = "recorder"))]
#[expect(clippy::unused_self, clippy::unused_async, reason = "the other build has one")]
impl Recording {
    pub(super) fn look(&mut self, _: &mut Desk) {}

    pub(super) async fn finish(self, _: &mut Desk) {}
}

//! What hosts say on their group links, counted by its kind.

use core::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use peergroup_core::LinkId;
use peergroup_core::simulation::forge::frames::{deframe, kind_of};
use peergroup_mem::{Host, Oracle, Seen, World};

/// Messages, and their bytes with the frames' headers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

/// Counts what all hosts say, handshakes as `unknown`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic(Rc<RefCell<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    /// What is no whole frame yet.
    streams: BTreeMap<(Host, LinkId), Vec<u8>>,
    kinds: BTreeMap<&'static str, Count>,
}

impl Traffic {
    /// Counts from now on.
    pub(crate) fn of(world: &mut World) -> Self {
        let traffic = Self::default();
        world.watch(traffic.clone());
        traffic
    }

    /// Takes what was counted since this was last done.
    pub(crate) fn take(&self) -> BTreeMap<&'static str, Count> {
        core::mem::take(&mut self.0.borrow_mut().kinds)
    }
}

impl Oracle for Traffic {
    fn name(&self) -> &'static str {
        "traffic"
    }

    fn see(&mut self, _: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        let Seen::Sent { link, bytes } = seen else { return Ok(()) };
        let Counts { streams, kinds } = &mut *self.0.borrow_mut();
        let stream = streams.entry((host, *link)).or_default();
        stream.extend_from_slice(bytes);
        while let Some(body) = deframe(stream) {
            let count = kinds.entry(kind_of(&body)).or_default();
            count.messages += 1;
            count.bytes += body.len() as u64 + 4;
        }
        Ok(())
    }
}

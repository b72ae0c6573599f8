//! Peer time and stamps alone, without a group.

use crate::id::{Instance, LinkId};
use crate::key::PeerId;
use crate::peer_time::PeerClock;
use crate::stamp::Stamp;
use crate::time::{Instant, Now, UnixTime};

/// One node's view of peer time, and the stamps that it would make.
#[derive(Debug, Default)]
pub struct Calendar {
    clock: PeerClock,
    last: Stamp,
}

impl Calendar {
    /// A neighbour answered, to what was sent at the moment `sent`, that its calendar shows
    /// `theirs`. `vote`: who brought it in.
    pub fn hear(&mut self, link: u64, vote: PeerId, theirs: UnixTime, sent: Instant, now: Now) {
        self.clock.hear(LinkId::from_u64(link), vote, theirs, sent, now);
    }

    /// A neighbour is gone.
    pub fn forget(&mut self, link: u64) {
        self.clock.forget(LinkId::from_u64(link));
    }

    /// The node's own calendar was set.
    pub fn set(&mut self, now: Now) {
        self.clock.on_calendar_set(now);
    }

    /// Peer time.
    pub fn time(&self, now: Now) -> UnixTime {
        self.clock.time(now)
    }

    /// Peer time when the node's calendar shows this.
    pub fn to_peer(&self, local: UnixTime, now: Now) -> UnixTime {
        self.clock.to_peer(local, now)
    }

    /// What the node's calendar shows at this peer time.
    pub fn to_local(&self, peer: UnixTime, now: Now) -> UnixTime {
        self.clock.to_local(peer, now)
    }

    /// The stamp of what is made now, after everything that was made before, and after `seen`.
    pub fn stamp(&mut self, seen: Stamp, now: Now) -> Stamp {
        let last = self.last.max(seen);
        self.last = Stamp::following(last, self.clock.time(now), Instance::from_u64(1));
        self.last
    }
}

//! Links that lead through somebody in the middle.

use core::time::Duration;

use crate::host::Host;
use crate::middle::{Middle, Overheard, Parting, Passage};
use crate::mishap::Mishap;
use crate::pipe::{End, Excuse, Side, far};
use crate::queue::{Due, Happening};
use crate::world::World;

/// Bytes that take longer than this may make whoever sent them seem silent.
const PATIENCE: Duration = Duration::from_secs(5);
/// Frames that are kept of those in the middle, at most.
const OVERHEARD_MAX: usize = 65_536;

impl World {
    /// Puts somebody in the middle of every link that one of these hosts dials at the other from
    /// now on, with a script; or takes them away.
    pub fn put_between(&mut self, one: Host, other: Host, middle: Option<Middle>) {
        self.routes.set_middle(one, other, middle);
    }

    /// Takes what those in the middle have seen, in its order: at most 65,536 frames of it.
    pub fn take_overheard(&mut self) -> Vec<Overheard> {
        core::mem::take(&mut self.overheard)
    }

    /// The way that a link takes which is being dialled, if it leads through somebody with a
    /// script.
    pub(super) fn passage(&mut self, from: Host, to: Host) -> Option<Passage> {
        let middle = self.routes.middle(from, to)?.clone();
        let number = self.passages;
        self.passages = number.saturating_add(1);
        Some(Passage::new(middle, number))
    }

    /// Bytes leave an end: they go to the other one, or to somebody in the middle.
    pub(super) fn dispatch(&mut self, name: End, side: Side, bytes: Vec<u8>) {
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let Some(passage) = pipe.passage.as_mut() else {
            return self.put_on_lane(name, far(side), bytes, Duration::ZERO);
        };
        let (overheard, partings) = passage.pass(side, &bytes);
        let is_altered = !goes_on(&overheard, &partings, far(side));
        if self.overheard.len().saturating_add(overheard.len()) <= OVERHEARD_MAX {
            self.overheard.extend(overheard);
        }
        if is_altered {
            self.excuse(name, Excuse::Altered);
        }
        for parting in partings {
            self.put_on_lane(name, parting.to, parting.bytes, parting.delay);
        }
    }

    /// Bytes are on their way to an end.
    fn put_on_lane(&mut self, name: End, to: Side, bytes: Vec<u8>, delay: Duration) {
        let now = self.now;
        let Some(pipe) = self.pipes.get_mut(&name) else { return };
        let sender = Host(pipe.host(far(to)));
        let Some(end) = pipe.end(to) else { return };
        let sending = pipe.lane(to).send_late(now, bytes, &self.weather, delay);
        if let Some(at) = sending.arrives {
            let what = Happening::Deliver(name, to);
            self.queue.push(at, Due { host: end.run.host, start: Some(end.run.start), what });
        }
        if sending.is_stalled {
            self.befall(sender, Mishap::Delay);
        }
        if sending.is_slow {
            self.befall(sender, Mishap::Slow);
        }
        if sending.takes > PATIENCE {
            self.excuse(name, Excuse::Held);
        }
    }
}

/// Whether all that was said goes on to the other end as it was, at once.
fn goes_on(said: &[Overheard], sent: &[Parting], to: Side) -> bool {
    let is_as_said = |(said, sent): (&Overheard, &Parting)| {
        said.bytes == sent.bytes && sent.to == to && sent.delay.is_zero()
    };
    said.len() == sent.len() && said.iter().zip(sent).all(is_as_said)
}

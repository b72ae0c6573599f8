//! Everything that waits to be polled: one queue of outputs, and the bytes of each link.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use bytes::Bytes;

use crate::event::{Event, EventKind, Interest, Notice, Seat};
use crate::fault::Fault;
use crate::frame::{PREFIX_BYTES, prefix};
use crate::id::{LinkId, RegistrationId};
use crate::limits::{EVENTS_MAX, link_queue};
use crate::message::Head;
use crate::output::Output;

mod queue;

use queue::{Queue, is_short};

/// What stays allocated for the outputs of a node while none waits.
const IDLE_OUTPUTS: usize = 16;

/// Outputs and bytes that wait to be polled.
///
/// Bytes of a link are bounded by what the peer has granted: the handshake, and then one window for
/// each class of traffic, and the frames that return credit, of which there is at most one for
/// half a window received.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Links whose bytes are to be announced: before all other outputs, so that nothing ends a link
    /// whose bytes nobody has been told of.
    transmits: VecDeque<LinkId>,
    outputs: VecDeque<Output>,
    streams: BTreeMap<LinkId, Stream>,
    /// In the order of their ids.
    registrations: Vec<Registration>,
    registered: u64,
}

#[derive(Debug, Default)]
struct Stream {
    queue: Queue,
    announced: bool,
}

#[derive(Debug)]
struct Registration {
    id: RegistrationId,
    seat: Seat,
    interests: Vec<Interest>,
    /// A bit for each kind of event that is wanted whatever its type.
    kinds: u16,
    waiting: usize,
    missed: u64,
}

impl Outbox {
    /// How many outputs wait.
    pub(crate) fn len(&self) -> usize {
        self.transmits.len().saturating_add(self.outputs.len())
    }

    /// Whether no output waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.transmits.is_empty() && self.outputs.is_empty()
    }

    /// Takes the next output. A registration that missed events is told once it has room.
    pub(crate) fn pop(&mut self) -> Option<Output> {
        if self.is_empty() {
            self.rest();
            return None;
        }
        self.pop_waiting()
    }

    // apart, for most polls find nothing
    #[inline(never)]
    fn pop_waiting(&mut self) -> Option<Output> {
        if let Some(link) = self.transmits.pop_front() {
            return Some(Output::Transmit { link });
        }
        if let Some(&Output::Event { to, .. }) = self.outputs.front() {
            self.hand(to);
        }
        self.outputs.pop_front()
    }

    /// An event is handed to its registration.
    fn hand(&mut self, to: RegistrationId) {
        let Some(registration) = find(&mut self.registrations, to) else { return };
        registration.waiting = registration.waiting.saturating_sub(1);
        if let Some(event) = registration.lagged() {
            self.outputs.push_back(Output::Event { to, event });
        }
    }

    /// Gives memory back that is not needed while no output waits.
    fn rest(&mut self) {
        if self.transmits.capacity().max(self.outputs.capacity()) > IDLE_OUTPUTS {
            self.shrink();
        }
    }

    #[cold]
    fn shrink(&mut self) {
        self.transmits.shrink_to(IDLE_OUTPUTS);
        self.outputs.shrink_to(IDLE_OUTPUTS);
    }

    /// Queues an output.
    pub(crate) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Queues a notice.
    pub(crate) fn notice(&mut self, notice: Notice) {
        self.push(Output::Notice(notice));
    }

    /// Queues bytes on a link.
    pub(crate) fn send(&mut self, link: LinkId, bytes: &[u8]) {
        self.append(link, |queue| queue.push(bytes));
    }

    /// Queues a frame with this body on a link.
    pub(crate) fn send_frame(&mut self, link: LinkId, body: &[u8]) {
        self.append(link, |queue| {
            queue.reserve(body.len().saturating_add(PREFIX_BYTES));
            queue.push(&prefix(body.len()));
            queue.push(body);
        });
    }

    /// Queues a part of a message on a direct connection's link.
    pub(crate) fn send_part(&mut self, link: LinkId, mut head: Head, bytes: Bytes) {
        let copied = if is_short(bytes.len()) { bytes.len() } else { 0 };
        let begin = head.framed(bytes.len());
        self.append(link, |queue| {
            queue.reserve(begin.len().saturating_add(copied));
            queue.push(begin);
            queue.push_run(bytes);
        });
    }

    fn append(&mut self, link: LinkId, write: impl FnOnce(&mut Queue)) {
        let stream = match self.streams.get_mut(&link) {
            Some(stream) => stream,
            None => self.streams.entry(link).or_default(),
        };
        write(&mut stream.queue);
        if !stream.announced && !stream.queue.is_empty() {
            stream.announced = true;
            self.transmits.push_back(link);
        }
    }

    /// Moves up to `limit` bytes of a link to the end of `out`.
    pub(crate) fn pull(&mut self, link: LinkId, limit: usize, out: &mut Vec<u8>) -> usize {
        let Some(stream) = self.streams.get_mut(&link) else { return 0 };
        if stream.queue.is_empty() {
            if limit > 0 {
                stream.rest();
            }
            return 0;
        }
        stream.queue.pull(limit, out)
    }

    /// Takes the next run of bytes of a link.
    pub(crate) fn pull_run(&mut self, link: LinkId) -> Option<Bytes> {
        let stream = self.streams.get_mut(&link)?;
        let run = stream.queue.take_run();
        if run.is_none() {
            stream.rest();
        }
        run
    }

    /// How many bytes wait on a link.
    pub(crate) fn waiting(&self, link: LinkId) -> usize {
        self.streams.get(&link).map_or(0, |stream| stream.queue.len())
    }

    /// The other end of a link has paid for all but so many bytes. It cannot have read them if more
    /// wait here still: then it asks for more than it takes (attack R09).
    pub(crate) fn check_paid(&self, link: LinkId, unpaid: usize) -> Result<(), Fault> {
        let is_honest = self.waiting(link) <= link_queue(unpaid);
        if is_honest { Ok(()) } else { Err(Fault::CreditExceeded) }
    }

    /// Forgets what waits on a link, but keeps it.
    pub(crate) fn discard(&mut self, link: LinkId) {
        if let Some(stream) = self.streams.get_mut(&link) {
            stream.queue.clear();
        }
    }

    /// Forgets a link.
    pub(crate) fn forget(&mut self, link: LinkId) {
        self.streams.remove(&link);
    }

    /// Registers for events of a group.
    pub(crate) fn register(&mut self, seat: Seat, interests: &[Interest]) -> RegistrationId {
        self.registered = self.registered.saturating_add(1);
        let id = RegistrationId::from_u64(self.registered);
        self.registrations.push(Registration::new(id, seat, interests));
        id
    }

    /// How many registrations there are.
    pub(crate) fn registrations(&self) -> usize {
        self.registrations.len()
    }

    /// Ends a registration; false if there is none such.
    pub(crate) fn unregister(&mut self, id: RegistrationId) -> bool {
        let before = self.registrations.len();
        self.registrations.retain(|registration| registration.id != id);
        self.registrations.len() < before
    }

    /// Ends every registration of a group.
    pub(crate) fn unregister_all(&mut self, seat: Seat) {
        self.registrations.retain(|registration| registration.seat != seat);
    }

    /// Whether anybody registered for the connections that others open.
    pub(crate) fn opens_door(&self, seat: Seat) -> bool {
        self.registrations
            .iter()
            .filter(|registration| registration.seat == seat)
            .flat_map(|registration| &registration.interests)
            .any(|interest| interest.kind == EventKind::Connection)
    }

    /// Queues an event for everybody who registered for it. Gives how many that are.
    pub(crate) fn event(&mut self, seat: Seat, event: Event) -> usize {
        let Some(kind) = event.kind() else { return 0 };
        let interest = Interest { kind, type_id: event.type_id() };
        let takers = self.registrations.iter_mut().filter_map(|registration| {
            let is_meant = registration.wants(interest) && registration.seat == seat;
            (is_meant && registration.admit(kind)).then_some(registration.id)
        });
        let (mut count, mut last) = (0_usize, None);
        for to in takers {
            count = count.saturating_add(1);
            if let Some(to) = last.replace(to) {
                push_copy(&mut self.outputs, to, &event);
            }
        }
        if let Some(to) = last {
            self.outputs.push_back(Output::Event { to, event });
        }
        count
    }
}

// apart, for most events go to one registration
#[inline(never)]
fn push_copy(outputs: &mut VecDeque<Output>, to: RegistrationId, event: &Event) {
    outputs.push_back(Output::Event { to, event: event.clone() });
}

/// The registration with this id.
fn find(registrations: &mut [Registration], id: RegistrationId) -> Option<&mut Registration> {
    let at = registrations.binary_search_by_key(&id, |registration| registration.id).ok()?;
    registrations.get_mut(at)
}

impl Registration {
    fn new(id: RegistrationId, seat: Seat, interests: &[Interest]) -> Self {
        let any_type = interests.iter().filter(|interest| interest.type_id.is_none());
        let kinds = any_type.fold(0, |kinds, interest| kinds | interest.kind.covered());
        Self { id, seat, interests: interests.to_vec(), kinds, waiting: 0, missed: 0 }
    }

    /// An interest without a type wants all types.
    fn wants(&self, event: Interest) -> bool {
        self.kinds & event.kind.bit() != 0
            || self.interests.iter().any(|interest| {
                interest.kind.covered() & event.kind.bit() != 0
                    && (event.type_id.is_none() || interest.type_id == event.type_id)
            })
    }

    /// Whether there is room for one more event, which is counted either way. Messages are bounded
    /// by the credit of their connections, and none may be lost.
    fn admit(&mut self, kind: EventKind) -> bool {
        let is_full = self.waiting >= EVENTS_MAX || self.missed > 0;
        if is_full && kind != EventKind::Data {
            self.missed = self.missed.saturating_add(1);
            return false;
        }
        self.waiting = self.waiting.saturating_add(1);
        true
    }

    /// What it is told of events that it missed, once it has room.
    fn lagged(&mut self) -> Option<Event> {
        if self.missed == 0 || self.waiting > 0 {
            return None;
        }
        self.waiting = 1;
        Some(Event::Lagged { missed: core::mem::take(&mut self.missed) })
    }
}

impl Stream {
    /// Somebody looked for bytes and found none: the next ones are announced.
    fn rest(&mut self) {
        self.announced = false;
        self.queue.rest();
    }
}

#[cfg(feature = "simulation")]
impl Outbox {
    /// Counts everything that waits.
    pub(crate) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        use crate::limits::{
            LINK_QUEUE_MAX, LINKS_MAX, OUTPUTS_MAX, OUTPUTS_PER_INPUT_MAX, REGISTRATIONS_MAX,
        };
        let mut events: BTreeMap<RegistrationId, usize> = BTreeMap::new();
        let mut outputs = self.transmits.len();
        for output in &self.outputs {
            match output {
                // messages are counted by their connections
                Output::Event { event, .. } if event.kind() == Some(EventKind::Data) => {}
                Output::Event { to, .. } => {
                    let count = events.entry(*to).or_default();
                    *count = count.saturating_add(1);
                }
                _ => outputs = outputs.saturating_add(1),
            }
        }
        let most = events.into_values().max().unwrap_or_default();
        usage.note("outputs that are no events", outputs, OUTPUTS_MAX + OUTPUTS_PER_INPUT_MAX);
        usage.note("events that wait for one registration", most, EVENTS_MAX);
        usage.note("registrations", self.registrations.len(), REGISTRATIONS_MAX);
        usage.note("links with a queue", self.streams.len(), LINKS_MAX);
        let waiting = || self.streams.values().map(|stream| stream.queue.len());
        usage.note("bytes to send on one link", waiting().max().unwrap_or(0), LINK_QUEUE_MAX);
        usage.note("bytes to send", waiting().sum(), LINKS_MAX * LINK_QUEUE_MAX);
    }
}

#[cfg(test)]
mod tests;

//! Whoever watches a world and draws what it sees.

use core::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use peergroup_core::{Event, Input, LinkId, Notice, Output};

use super::telling::{self, Names};
use super::{Drawn, Flow, Hue, Picture};
use crate::host::Host;
use crate::mishap::Mishap;
use crate::oracle::{Oracle, Seen};
use crate::world::World;

/// Draws a world as an oracle sees it.
#[derive(Debug)]
pub(super) struct Painter {
    picture: Rc<RefCell<Picture>>,
    /// What is on its way, by who hears it on which link of its.
    streams: BTreeMap<(usize, LinkId), Stream>,
}

/// One direction of a link.
#[derive(Debug, Default)]
struct Stream {
    from: usize,
    flow: Flow,
    sent: usize,
    received: usize,
    /// Frames, and at which byte each ends.
    waiting: VecDeque<(Drawn, usize)>,
}

impl Painter {
    pub(super) fn new(picture: Rc<RefCell<Picture>>) -> Self {
        Self { picture, streams: BTreeMap::new() }
    }

    /// Something happens at a host.
    fn mark(&self, world: &World, host: Host, hue: Hue, text: &str) {
        self.picture.borrow_mut().mark(host.number(), micros(world), hue, text);
    }

    /// There is a lane for each host, which bears the name of its identity once it has one.
    fn name_lanes(&self, world: &World, least: Host) {
        let mut picture = self.picture.borrow_mut();
        while picture.lanes.len() <= least.number() {
            let number = picture.lanes.len();
            picture.lane(&format!("{number} stranger"));
        }
        for host in world.hosts() {
            if let Some(name) = telling::name(world, host)
                && picture.lanes.get(host.number()).is_some_and(|known| *known != name)
            {
                picture.rename(host.number(), &name);
            }
        }
    }

    fn sent(&mut self, world: &World, host: Host, link: LinkId, bytes: &[u8]) {
        let Some((to, far)) = world.far_link(host, link) else { return };
        self.name_lanes(world, to);
        let stream = self.streams.entry((to.number(), far)).or_default();
        stream.from = host.number();
        for (hue, text, bytes) in stream.flow.say(bytes) {
            stream.sent = stream.sent.saturating_add(bytes);
            let (from, to, at) = (host.number(), to.number(), micros(world));
            let drawn = self.picture.borrow_mut().arrow(from, to, at, hue, text, bytes);
            stream.waiting.push_back((drawn, stream.sent));
        }
    }

    fn received(&mut self, world: &World, host: Host, link: LinkId, count: usize) {
        let Some(stream) = self.streams.get_mut(&(host.number(), link)) else { return };
        stream.received = stream.received.saturating_add(count);
        while let Some((drawn, end)) = stream.waiting.front().copied()
            && end <= stream.received
        {
            stream.waiting.pop_front();
            self.picture.borrow_mut().arrived(drawn, micros(world));
        }
    }

    fn input(&mut self, world: &World, host: Host, input: &Input<'_>) {
        match input {
            Input::Received { link, bytes } => self.received(world, host, *link, bytes.len()),
            Input::LinkUp { link, .. } => {
                self.mark(world, host, Hue::Life, &telling::link_up(world, host, *link));
            }
            Input::LinkDown { link, cause } => {
                self.streams.remove(&(host.number(), *link));
                self.mark(world, host, Hue::Life, &format!("link down: {cause}"));
            }
            _ => {}
        }
    }

    fn output(&self, world: &World, host: Host, output: &Output) {
        let names = Names(world);
        match output {
            Output::Event { event, .. } => {
                let Some(text) = names.event(event) else { return };
                let is_fault = matches!(event, Event::PeerFaulted { .. } | Event::StoreFailed(_));
                self.mark(world, host, if is_fault { Hue::Fault } else { Hue::News }, &text);
            }
            Output::Notice(Notice::StrangerFaulted { fault, .. }) => {
                self.mark(world, host, Hue::Fault, &format!("a stranger: {fault}"));
            }
            _ => {}
        }
    }
}

impl Oracle for Painter {
    fn name(&self) -> &'static str {
        "picture"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        self.name_lanes(world, host);
        match seen {
            Seen::Started => {
                self.picture.borrow_mut().go_on(host.number(), micros(world));
                self.mark(world, host, Hue::Life, "starts");
            }
            Seen::Crashed => {
                self.streams
                    .retain(|(to, _), stream| *to != host.number() && stream.from != host.number());
                self.picture.borrow_mut().stop(host.number(), micros(world));
                self.mark(world, host, Hue::Life, "stops");
            }
            Seen::Sent { link, bytes } => self.sent(world, host, *link, bytes),
            Seen::Input(input) => self.input(world, host, input),
            Seen::Output(output) => self.output(world, host, output),
            Seen::Did { deed, .. } => {
                self.mark(world, host, Hue::Deed, &Names(world).deed(deed));
            }
            // that happens all the time
            Seen::Befell(Mishap::Split | Mishap::Crash) | Seen::Accepted(_) => {}
            Seen::Befell(mishap) => self.mark(world, host, Hue::Mishap, mishap.name()),
        }
        Ok(())
    }
}

fn micros(world: &World) -> u64 {
    u64::try_from(world.elapsed().as_micros()).unwrap_or(u64::MAX)
}

//! A capture as a picture: the node, whoever is at the other ends of its links, and what they said.

use std::collections::BTreeMap;

use peergroup::capture::{Call, Said};
use peergroup::sim::{Flow, Hue, Picture};
use peergroup::{Event, LinkId, Notice, Output};

/// Characters of a mark, at most.
const SHOWN: usize = 70;

/// What a replay says, drawn as it says it.
pub(crate) struct Drawing {
    picture: Picture,
    node: usize,
    began: Option<u64>,
    at: u64,
    links: BTreeMap<LinkId, Link>,
}

/// A link: the lane of whoever is at its other end, and both directions.
struct Link {
    lane: usize,
    said: Flow,
    heard: Flow,
}

impl Drawing {
    pub(crate) fn new(title: &str) -> Self {
        let mut picture = Picture::new(title);
        let node = picture.lane("the node");
        Self { picture, node, began: None, at: 0, links: BTreeMap::new() }
    }

    pub(crate) fn to_html(&self) -> String {
        self.picture.to_html()
    }

    pub(crate) fn draw(&mut self, said: &Said<'_>) {
        match said {
            Said::Call(call) => self.call(call),
            Said::Output(output) => self.output(output),
            Said::Bytes(link, bytes) => {
                let link = self.link(*link);
                let (lane, messages) = (link.lane, link.said.say(bytes));
                for (hue, text, bytes) in messages {
                    let drawn = self.picture.arrow(self.node, lane, self.at, hue, text, bytes);
                    self.picture.arrived(drawn, self.at);
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &Call) {
        match call {
            Call::Make { now, .. } | Call::Clock { now } => {
                let micros = now.mono.as_micros();
                self.at = micros.saturating_sub(*self.began.get_or_insert(micros));
            }
            Call::Received { link, bytes } => {
                let link = self.link(*link);
                let (lane, messages) = (link.lane, link.heard.say(bytes));
                for (hue, text, bytes) in messages {
                    let drawn = self.picture.arrow(lane, self.node, self.at, hue, text, bytes);
                    self.picture.arrived(drawn, self.at);
                }
            }
            Call::LinkDown { link, cause } => {
                self.mark(Hue::Life, &format!("link {link} down: {cause}"));
            }
            Call::Verb(verb) => self.mark(Hue::Deed, &format!("{verb:?}")),
            _ => {}
        }
    }

    fn output(&mut self, output: &Output) {
        match output {
            Output::Event { event: Event::NeighbourChanged { link, peer, change }, .. } => {
                let name: String = peer.to_string().chars().take(8).collect();
                let lane = self.link(*link).lane;
                self.picture.rename(lane, &name);
                self.mark(Hue::News, &format!("neighbour {name}: {change:?}"));
            }
            Output::Event { event: Event::Data { .. }, .. } => {}
            Output::Event { event: event @ Event::PeerFaulted { .. }, .. } => {
                self.mark(Hue::Fault, &format!("{event:?}"));
            }
            Output::Event { event, .. } => self.mark(Hue::News, &format!("{event:?}")),
            Output::Notice(notice @ Notice::StrangerFaulted { .. }) => {
                self.mark(Hue::Fault, &format!("{notice:?}"));
            }
            Output::Dial { to, .. } => self.mark(Hue::Life, &format!("dials {to}")),
            _ => {}
        }
    }

    fn link(&mut self, id: LinkId) -> &mut Link {
        let picture = &mut self.picture;
        self.links.entry(id).or_insert_with(|| {
            let lane = picture.lane(&format!("link {id}"));
            Link { lane, said: Flow::default(), heard: Flow::default() }
        })
    }

    fn mark(&mut self, hue: Hue, text: &str) {
        let text: String = text.chars().take(SHOWN).collect();
        self.picture.mark(self.node, self.at, hue, &text);
    }
}

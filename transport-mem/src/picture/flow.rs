//! One direction of a link: its bytes, told as messages.

use peergroup_core::simulation::forge::frames;

use super::Hue;

/// Messages of a handshake, in each direction.
const HANDSHAKE: u32 = 2;

/// One direction of a link. It is given bytes as they are said, and gives the messages that are
/// whole: what kind each is of, and how many bytes it has on the link.
#[derive(Debug, Default)]
pub struct Flow {
    /// The beginning of a frame whose end is still to come.
    unframed: Vec<u8>,
    frames: u32,
}

impl Flow {
    /// The messages that these bytes make whole.
    pub fn say(&mut self, bytes: &[u8]) -> Vec<(Hue, &'static str, usize)> {
        self.unframed.extend_from_slice(bytes);
        let mut whole = Vec::new();
        while let Some(body) = frames::deframe(&mut self.unframed) {
            self.frames = self.frames.saturating_add(1);
            let (hue, text) = kind(self.frames <= HANDSHAKE, &body);
            whole.push((hue, text, body.len().saturating_add(4)));
        }
        whole
    }
}

/// What kind of message a frame's body is, as a page calls it.
fn kind(is_handshake: bool, body: &[u8]) -> (Hue, &'static str) {
    if is_handshake {
        return (Hue::Handshake, "handshake");
    }
    let kind = frames::kind_of(body);
    let hue = match kind {
        "items" | "push" | "have" | "fetch" | "graft" | "prune" => Hue::Items,
        "presence" | "online" | "clock" => Hue::Presence,
        "pull" | "piece" | "holding" | "whole" => Hue::Payload,
        "credit" | "dial back" | "goodbye" => Hue::Upkeep,
        "unknown" => return (Hue::Direct, "message"),
        _ => Hue::Sets,
    };
    (hue, kind)
}

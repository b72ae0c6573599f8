//! Short names of items, which mean something on one link and in one comparison only.

use core::hash::Hasher;

use crate::handshake::LinkKey;
use crate::hash::{Label, mac};
use crate::log::NodeHash;
use crate::message::{Item, Set};

/// 36 bits that stand for an item among those that one comparison is about.
///
/// Among 2,000 arrivals two agree once in 2^15 comparisons, among 16,384 once in 2^9: the roots
/// still differ then, and the next comparison uses other names.
pub(crate) type Short = u64;

/// Bits of a short name.
pub(crate) const SHORT_BITS: u32 = 36;

/// The first 32 bits of a short name: what asks for an item, or stands for one in a list of
/// those under a prefix; and of a node of the tree, what it is compared by.
///
/// Two that differ agree once in 2^32 times; then the roots still differ, and the next comparison
/// names them otherwise. Nobody but the two ends of the link can look for such a pair, and the
/// decision that two sets are equal never rests on it.
pub(crate) type Tag = u32;

/// Gives short names, keyed by the link's handshake: whoever does not take part in the link cannot
/// make items whose names collide on it (attack R10).
#[derive(Clone)]
pub(crate) struct Namer {
    keys: (u64, u64),
}

impl core::fmt::Debug for Namer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Namer(…)")
    }
}

impl Namer {
    /// The names of one comparison of a set on a link with this key.
    pub(crate) fn new(link: &LinkKey, set: Set, round: u32) -> Self {
        let set = match set {
            Set::Authority => 0,
            Set::Records => 1,
        };
        let key = mac(link.as_bytes(), Label::ShortNames, &[&[set], &round.to_le_bytes()]);
        let mut words = key.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
        Self { keys: (words.next().unwrap_or_default(), words.next().unwrap_or_default()) }
    }

    /// The short name of an item.
    pub(crate) fn short(&self, item: &Item) -> Short {
        self.digest(item) >> (64 - SHORT_BITS)
    }

    /// The tag of an item or of a node of the tree.
    pub(crate) fn tag(&self, of: &NodeHash) -> Tag {
        tag_of(self.short(of))
    }

    #[expect(deprecated, reason = "this very algorithm is wanted: SipHash-2-4, a keyed hash")]
    fn digest(&self, bytes: &[u8; 32]) -> u64 {
        let mut hasher = core::hash::SipHasher::new_with_keys(self.keys.0, self.keys.1);
        hasher.write(bytes);
        hasher.finish()
    }
}

/// The tag of an item with this short name.
pub(crate) fn tag_of(short: Short) -> Tag {
    Tag::try_from(short >> (SHORT_BITS - 32)).unwrap_or(Tag::MAX)
}

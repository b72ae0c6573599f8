//! What two ends say to each other to find out what they differ in.

use alloc::vec::Vec;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::prefix::Prefix;
use super::short::Tag;
use crate::limits::{ITEMS_PER_FRAME_MAX, LEAF_ITEMS_MAX, PROBES_PER_FRAME_MAX};
use crate::log::NodeHash;
use crate::message::{Blob, Class};

/// Two positions, one in each end's log: whatever the two sets differ in has come since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bookmark {
    /// In the log of the end that holds or sends it.
    pub(crate) here: u64,
    /// In the log of the other end.
    pub(crate) there: u64,
}

/// Opens a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// Of everything but what the receiver has declined.
    pub(crate) root: NodeHash,
    /// How many items that is.
    pub(crate) count: u64,
    /// The position of the next item that comes.
    pub(crate) next: u64,
    pub(crate) since: Option<Since>,
}

/// Where the two stood before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Since {
    pub(crate) bookmark: Bookmark,
    /// How many items came to the sender since, or were sent by it then.
    pub(crate) came: u64,
}

/// Answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The position of the next item that comes.
    pub(crate) next: u64,
    pub(crate) how: How,
}

/// How the comparison goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// Not at all: the roots are equal.
    Equal,
    /// The sender sends whatever came since the bookmark: nothing came to the receiver since. Or
    /// everything, if the receiver has little.
    Push,
    /// The receiver is to send whatever came since the bookmark, or everything.
    Pull { all: bool },
    /// So many items came to the sender since the bookmark; with their first cells.
    Coded { arrivals: u64, cells: Blob },
    /// Along the trie, from its root.
    Descent { count: u64, root: Probe },
    /// Along the trie, and the sender leads from here on, as if it had asked: it has next to
    /// nothing, or has asked others for shares, and asks each neighbour for what no other was
    /// asked for.
    Turned,
}

/// What both ends say after that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Talk {
    /// The cells so far do not tell the difference. So many items came to the sender, with a tally
    /// of them the first time; after that it asks for so many cells in all.
    More { arrivals: u64, ask: Ask },
    /// The next cells that were asked for; the last of them or not.
    Cells { cells: Blob, last: bool },
    /// Nearly all that came is new to the other end: the sender sends all of it, and so is the
    /// receiver to do.
    All,
    /// Places of the trie that differ. The end that leads asks; the other answers so many of those
    /// questions by this.
    Probes { answered: u64, probes: Vec<Probe> },
    /// Asks for items by their tags: for arrivals, or for items under a prefix.
    Want { under: Option<Prefix>, tags: Blob },
    /// Items asked for by these tags that the sender does not have.
    Lacking { tags: Blob },
    /// The sender asks for nothing more, and has sent whatever it has to of its own accord.
    /// `whole`: both ends then know everything that they differed in.
    Done { whole: bool },
}

/// How many cells more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ask {
    /// As many as follow from this tally.
    ByTally(Blob),
    /// So many in all.
    InAll(u64),
}

/// A place of the trie as the sender has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Probe {
    /// Many items: which children there are, and the tag of each.
    Branch { prefix: Prefix, children: u16, tags: Blob },
    /// Few items, or such as are as good as none: the tags of those that are not to be sent.
    Leaf { prefix: Prefix, tags: Blob },
}

impl Probe {
    /// The place.
    pub(crate) const fn prefix(&self) -> Prefix {
        match self {
            Self::Branch { prefix, .. } | Self::Leaf { prefix, .. } => *prefix,
        }
    }

    /// About the bytes that it takes on the wire, and never less.
    pub(crate) fn bytes(&self) -> usize {
        let (Self::Branch { tags, .. } | Self::Leaf { tags, .. }) = self;
        tags.0.len().saturating_add(16)
    }

    fn is_sound(&self) -> bool {
        let held = match self {
            Self::Branch { children, tags, .. } => {
                let count = usize::try_from(children.count_ones()).unwrap_or(usize::MAX);
                tag_count(tags) == Some(count)
            }
            Self::Leaf { tags, .. } => tag_count(tags).is_some_and(|count| count <= LEAF_ITEMS_MAX),
        };
        held && self.prefix().is_valid()
    }
}

impl Answer {
    /// Whether everything in it is what it can be.
    pub(crate) fn is_sound(&self) -> bool {
        match &self.how {
            How::Descent { root, .. } => root.is_sound() && root.prefix() == Prefix::ROOT,
            How::Equal | How::Push | How::Pull { .. } | How::Coded { .. } | How::Turned => true,
        }
    }
}

impl Talk {
    /// The class that it is charged to.
    pub(crate) const fn class(&self) -> Class {
        match self {
            Self::Cells { .. } | Self::Probes { .. } => Class::Lists,
            Self::More { .. }
            | Self::All
            | Self::Want { .. }
            | Self::Lacking { .. }
            | Self::Done { .. } => Class::Control,
        }
    }

    /// Whether everything in it is what it can be.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::Probes { probes, .. } => {
                probes.len() <= PROBES_PER_FRAME_MAX && probes.iter().all(Probe::is_sound)
            }
            Self::Want { tags, under } => {
                tag_count(tags).is_some_and(|count| count <= ITEMS_PER_FRAME_MAX)
                    && under.is_none_or(Prefix::is_valid)
            }
            Self::Lacking { tags } => {
                tag_count(tags).is_some_and(|count| count <= ITEMS_PER_FRAME_MAX)
            }
            Self::More { .. } | Self::Cells { .. } | Self::All | Self::Done { .. } => true,
        }
    }
}

/// Tags as they travel.
pub(super) fn pack(tags: impl IntoIterator<Item = Tag>) -> Blob {
    let bytes: Vec<u8> = tags.into_iter().flat_map(Tag::to_le_bytes).collect();
    Blob(Bytes::from(bytes))
}

/// Tags as they came.
pub(super) fn unpack(tags: &Blob) -> impl Iterator<Item = Tag> {
    tags.0.as_chunks::<4>().0.iter().map(|tag| Tag::from_le_bytes(*tag))
}

fn tag_count(tags: &Blob) -> Option<usize> {
    let (tags, rest) = tags.0.as_chunks::<4>();
    rest.is_empty().then_some(tags.len())
}

//! What can go wrong in a world, by name: so that a run can say what it has been through.

/// A kind of thing that goes wrong. Most are settings of the `Weather`; the others are verbs of
/// the `World`, and ops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Mishap {
    /// A piece of a stream is lost, and what follows closes up: no transport with integrity does
    /// this, so the node sees nonsense.
    Drop,
    /// Bytes stay on the way for much longer than usual.
    Delay,
    /// A piece of a stream arrives twice.
    Duplicate,
    /// Two pieces of a stream change places.
    Reorder,
    /// A bit of a stream is flipped.
    Corrupt,
    /// The end of a piece of a stream is cut off.
    Truncate,
    /// Bytes are handed over in other pieces than they were sent in.
    Split,
    /// One end of a link is gone, and the other is not told.
    HalfOpen,
    /// A link breaks, and both ends are told.
    Reset,
    /// A dial reaches somebody in the middle, who passes every byte on.
    Relay,
    /// Bytes arrive in one direction only.
    OneWay,
    /// The network falls into parts.
    Partition,
    /// The network falls into parts and joins again, over and over.
    Flap,
    /// A link carries few bytes a second.
    Slow,
    /// A calendar clock jumps.
    ClockJump,
    /// A clock runs fast or slow.
    ClockDrift,
    /// A calendar clock is wrong.
    ClockSkew,
    /// A host stops at once.
    Crash,
    /// A host stops while a batch is being written: half of it is on the disk.
    TornWrite,
    /// The disk said that a batch was durable, and it was not; or a later one survives without an
    /// earlier one.
    LostFsync,
    /// A bit on the disk is flipped.
    BitRot,
    /// A host starts again on an old copy of its disk.
    OldBackup,
    /// The disk takes no more, or cannot be read.
    DiskFailure,
    /// A member does what no honest node does.
    RogueMember,
    /// An admin does what no honest node does.
    RogueAdmin,
}

impl Mishap {
    /// Every kind.
    pub const ALL: [Self; 25] = [
        Self::Drop,
        Self::Delay,
        Self::Duplicate,
        Self::Reorder,
        Self::Corrupt,
        Self::Truncate,
        Self::Split,
        Self::HalfOpen,
        Self::Reset,
        Self::Relay,
        Self::OneWay,
        Self::Partition,
        Self::Flap,
        Self::Slow,
        Self::ClockJump,
        Self::ClockDrift,
        Self::ClockSkew,
        Self::Crash,
        Self::TornWrite,
        Self::LostFsync,
        Self::BitRot,
        Self::OldBackup,
        Self::DiskFailure,
        Self::RogueMember,
        Self::RogueAdmin,
    ];

    /// The kind's name, as tables show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Delay => "delay",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::Corrupt => "corrupt bit",
            Self::Truncate => "truncate",
            Self::Split => "split or merge",
            Self::HalfOpen => "half-open",
            Self::Reset => "reset",
            Self::Relay => "relay in the middle",
            Self::OneWay => "one-way partition",
            Self::Partition => "partition",
            Self::Flap => "flapping",
            Self::Slow => "slow link",
            Self::ClockJump => "clock jump",
            Self::ClockDrift => "clock drift",
            Self::ClockSkew => "clock skew",
            Self::Crash => "crash",
            Self::TornWrite => "torn write",
            Self::LostFsync => "lost fsync",
            Self::BitRot => "bit rot",
            Self::OldBackup => "old backup",
            Self::DiskFailure => "disk failure",
            Self::RogueMember => "rogue member",
            Self::RogueAdmin => "rogue admin",
        }
    }
}

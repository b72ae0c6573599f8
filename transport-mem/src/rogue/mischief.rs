//! Every kind of mischief, by name.

use peergroup_core::simulation::forge::frames::ForgedGoodbye;

use crate::rogue::Rogue;

/// Something that no honest node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Mischief {
    /// Makes an accomplice an Admin for ever.
    Usurp,
    /// The same, as if before everything else it ever did; and removes everybody likewise.
    Backdate,
    /// Removes the creator.
    Overthrow,
    /// Removes every other member, of whatever standing, and keeps nothing of theirs.
    Purge,
    /// Demotes every other member.
    Degrade,
    /// Removes a member and pins statements that nobody has.
    PinUnheld,
    /// Sets the group's properties.
    Decree,
    /// Resigns, and makes an accomplice a member under the same grant.
    ResignAndAct,
    /// Takes an accomplice in, removes it, and takes it in again, over and over.
    Revolve,
    /// Makes another member an Admin.
    Promote,
    /// Issues hundreds of grants.
    FloodStatements,
    /// Signs two versions of a record with one stamp.
    Equivocate,
    /// Publishes what is to come.
    Postdate,
    /// Publishes what has been for years.
    Predate,
    /// Changes another's record.
    Steal,
    /// Deletes another's record.
    Destroy,
    /// Publishes in another's name.
    Impersonate,
    /// Publishes hundreds of records.
    FloodRecords,
    /// Publishes hundreds of records under a grant that nobody has.
    FloodParked,
    /// Says again whatever it has ever held, its own and others'.
    Replay,
    /// Announces another member as online somewhere else.
    FakePresence,
    /// Announces hundreds of instances of itself.
    FloodPresence,
    /// Announces itself at the addresses of all others.
    Lure,
    /// Says that its sets are what they are not.
    LieAboutRoots,
    /// Lists items that do not exist, without end.
    ListWithoutEnd,
    /// Asks for everything, again and again.
    WantEverything,
    /// Says that it lacks everything.
    DenyEverything,
    /// Sends more than it has credit for.
    Overdraw,
    /// Grants more credit than there is.
    Overpay,
    /// Sends a frame of an unknown kind.
    Nonsense,
    /// Announces a frame of four gigabytes.
    HugeFrame,
    /// Sends half of a frame, and nothing more.
    HalfFrame,
    /// Asks everybody to dial back for connections that nobody opened.
    DialBacks,
    /// Tells everybody that they are no members.
    Dismiss,
    /// Announces versions that nobody has.
    Promise,
    /// Asks for all versions, and for some that nobody has, again and again.
    FetchEverything,
    /// Wants to be pushed what comes along every tree, and along some that nobody has.
    GraftEverything,
    /// Leaves every tree.
    PruneEverything,
    /// Pushes along every tree, as if it stood at the root, what all have.
    PushAgain,
    /// Keeps statements and records from leaving.
    WithholdItems,
    /// Keeps lists and wishes from leaving.
    WithholdLists,
    /// Keeps from leaving what goes along trees and what they grow by.
    WithholdTrees,
    /// Keeps presence from leaving.
    WithholdPresence,
    /// Says nothing at all.
    Mute,
}

impl Mischief {
    /// Every kind.
    pub const ALL: [Self; 44] = [
        Self::Usurp,
        Self::Backdate,
        Self::Overthrow,
        Self::Purge,
        Self::Degrade,
        Self::PinUnheld,
        Self::Decree,
        Self::ResignAndAct,
        Self::Revolve,
        Self::Promote,
        Self::FloodStatements,
        Self::Equivocate,
        Self::Postdate,
        Self::Predate,
        Self::Steal,
        Self::Destroy,
        Self::Impersonate,
        Self::FloodRecords,
        Self::FloodParked,
        Self::Replay,
        Self::FakePresence,
        Self::FloodPresence,
        Self::Lure,
        Self::LieAboutRoots,
        Self::ListWithoutEnd,
        Self::WantEverything,
        Self::DenyEverything,
        Self::Overdraw,
        Self::Overpay,
        Self::Nonsense,
        Self::HugeFrame,
        Self::HalfFrame,
        Self::DialBacks,
        Self::Dismiss,
        Self::Promise,
        Self::FetchEverything,
        Self::GraftEverything,
        Self::PruneEverything,
        Self::PushAgain,
        Self::WithholdItems,
        Self::WithholdLists,
        Self::WithholdTrees,
        Self::WithholdPresence,
        Self::Mute,
    ];

    /// The kind that a number picks.
    pub fn draw(pick: u64) -> Self {
        *crate::rng::Rng::new(pick).pick(&Self::ALL).unwrap_or(&Self::Usurp)
    }
}

impl Rogue<'_> {
    /// Does something that no honest node does; `pick` chooses to whom. False if there is nobody to
    /// do it to.
    // dispatch: one arm per mischief
    pub fn does(&mut self, mischief: Mischief, pick: u64) -> bool {
        self.fill_pocket();
        match mischief {
            Mischief::Usurp => self.usurp(),
            Mischief::Backdate => self.backdate(),
            Mischief::Overthrow => self.overthrow(),
            Mischief::Purge => self.purge(),
            Mischief::Degrade => self.degrade(),
            Mischief::PinUnheld => self.pin_unheld(pick),
            Mischief::Decree => self.decree(),
            Mischief::ResignAndAct => self.resign_and_act(),
            Mischief::Revolve => self.revolve(),
            Mischief::Promote => self.promote(pick),
            Mischief::FloodStatements => self.flood_statements(),
            Mischief::Equivocate => self.equivocate(),
            Mischief::Postdate => self.postdate(),
            Mischief::Predate => self.predate(),
            Mischief::Steal => self.steal(pick, false),
            Mischief::Destroy => self.steal(pick, true),
            Mischief::Impersonate => self.impersonate(pick),
            Mischief::FloodRecords => self.flood_records(),
            Mischief::FloodParked => self.flood_parked(),
            Mischief::Replay => self.replay(),
            Mischief::FakePresence => self.fake_presence(pick),
            Mischief::FloodPresence => self.flood_presence(),
            Mischief::Lure => self.lure(),
            Mischief::LieAboutRoots => self.lie_about_roots(),
            Mischief::ListWithoutEnd => self.list_without_end(),
            Mischief::WantEverything => self.want_everything(),
            Mischief::DenyEverything => self.deny_everything(),
            Mischief::Overdraw => self.overdraw(),
            Mischief::Overpay => self.overpay(),
            Mischief::Nonsense => self.nonsense(),
            Mischief::HugeFrame => self.huge_frame(),
            Mischief::HalfFrame => self.half_frame(),
            Mischief::DialBacks => self.dial_backs(),
            Mischief::Dismiss => self.say_goodbye(ForgedGoodbye::NotAMember),
            Mischief::Promise => self.promise(),
            Mischief::FetchEverything => self.fetch_everything(),
            Mischief::GraftEverything => self.graft_everything(),
            Mischief::PruneEverything => self.prune_everything(),
            Mischief::PushAgain => self.push_again(),
            Mischief::WithholdItems => self.keep(&["items", "push", "have"]),
            Mischief::WithholdLists => {
                self.keep(&["compared", "cells", "probes", "want", "lacking", "done"])
            }
            Mischief::WithholdTrees => self.keep(&["push", "have", "fetch", "graft", "prune"]),
            Mischief::WithholdPresence => self.keep(&["presence"]),
            Mischief::Mute => self.mute(),
        }
    }
}

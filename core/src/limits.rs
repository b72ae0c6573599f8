//! Every bound of the core, with its arithmetic. Nothing in the core grows beyond these.

use core::time::Duration;

use crate::message::DIRECT_BYTES_MAX;

/// Bytes of one `Received` input: what one read of a driver returns at most (C7).
pub const RECEIVED_BYTES_MAX: usize = 64 * 1024;
/// Bytes of one frame's body on an established link.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// Bytes of one frame's body on a direct connection: 64 KiB of a message, and what is said of them.
pub const DIRECT_FRAME_BYTES_MAX: usize = FRAME_BYTES_MAX + DIRECT_BYTES_MAX;
/// Bytes of one handshake frame's body; four of them, two each way, are 32 KiB.
pub const HANDSHAKE_FRAME_BYTES_MAX: usize = 8 * 1024;
/// Bytes that a peer may send on a link before it is authenticated: two handshake frames.
pub const HANDSHAKE_BYTES_MAX: usize = 2 * (HANDSHAKE_FRAME_BYTES_MAX + 4);
/// A handshake frame is padded to a multiple of this, so that its size tells nothing.
pub const HANDSHAKE_PADDING: usize = 512;
/// Versions of the protocol that one end offers.
pub const VERSIONS_MAX: usize = 8;
/// Bytes of a credential chain in a handshake frame; the other fields need less than 256. Of a
/// chain of 24 grants, 190 bytes each without their lists, the last five or more go with them.
pub const HANDSHAKE_CHAIN_BYTES_MAX: usize = HANDSHAKE_FRAME_BYTES_MAX - 256;
/// Statements that a denial may carry: a removal with the chain it was signed under, and more.
pub const EVIDENCE_MAX: usize = 32;
/// Bytes of all statements of a denial.
pub const EVIDENCE_BYTES_MAX: usize = 6 * 1024;

/// Grants in a credential chain, as in Windows Peer Grouping.
pub const CHAIN_MAX: usize = 24;
/// Grants in a credential chain that the API issues by default.
pub const CHAIN_POLICY: usize = 8;
/// Own latest statements that a statement names.
pub const PREV_MAX: usize = 4;
/// Removals that a grant cites itself.
pub const CITES_MAX: usize = 16;
/// Heads that a removal or demotion pins.
pub const CUT_MAX: usize = 16;
/// Bytes of an encoded statement: 4 × 32 + 16 × 32 + 16 × 32 + 64 + properties of ≤ 1,600 fit.
pub const STATEMENT_BYTES_MAX: usize = 4 * 1024;
/// Parts of one checkpoint: as many ids, 32 bytes each, fit into a statement beside what else is
/// in it.
pub const CHECKPOINT_PARTS_MAX: usize = 110;
/// Survivors that one part of a checkpoint names: 110 × 600 are more than a group may hold.
pub const SURVIVORS_PER_PART_MAX: usize = 600;
/// Bytes of a part of a checkpoint: 34 for each survivor, and what is in any statement.
pub const SURVIVORS_BYTES_MAX: usize = SURVIVORS_PER_PART_MAX * 34 + 512;
/// Live statements that count under one grant, least by (depth, id).
pub const STATEMENTS_PER_GRANT_MAX: usize = 16_384;
/// Resignations kept under one grant, outside the count above.
pub const RESIGNS_PER_GRANT_MAX: usize = 16;
/// Memberships that a node renews, and Admins that it pins, in one step.
pub const CHORES_PER_STEP: usize = 16;
/// Statements held of one group: at most 64 MiB of them, were each 1 KiB.
pub const STATEMENTS_MAX: usize = 65_536;
/// Of those, kept free for the creator, so that nobody can fill its group and thereby silence it.
pub const STATEMENTS_FOR_CREATOR: usize = 4096;
/// Words of eight bytes that say which of a peer's removals, demotions and Resigns, 64 to the word,
/// reach or hit which statements: 32 MiB at most. They are counted as one for each statement of a
/// peer that has more than 64 of those, and three for each grant to it. With them a group that is
/// full takes less than 100 MB, since a statement takes 900 bytes besides.
pub const ANCHOR_WORDS_MAX: usize = 1 << 22;
/// Of those, kept free for the creator.
pub const ANCHOR_WORDS_FOR_CREATOR: usize = 1 << 20;
/// Statements looked at to answer one question why, each as often as it is: this bounds the answer
/// and the time that it takes. It is sixteen times what a group holds.
pub const REASON_STEPS_MAX: usize = 1 << 20;

/// Bytes of a friendly name, of a comment and of a classifier, in UTF-8.
pub const NAME_BYTES_MAX: usize = 255;
/// Bytes of a group's comment, in UTF-8.
pub const COMMENT_BYTES_MAX: usize = 512;
/// Bytes of a group's classifier, in UTF-8.
pub const CLASSIFIER_BYTES_MAX: usize = 149;
/// Bytes of an address in text.
pub const ADDRESS_BYTES_MAX: usize = 128;
/// Addresses of one instance, and in an invitation.
pub const ADDRESSES_MAX: usize = 8;
/// Addresses remembered of one group.
pub const REMEMBERED_ADDRESSES_MAX: usize = 64;
/// Bytes of an XML document, checked before it is parsed (attack P02).
pub const XML_BYTES_MAX: usize = 64 * 1024;
/// Bytes of an invitation in text, white space included, checked before it is read.
pub const TEXT_BYTES_MAX: usize = 32 * 1024;
/// Bytes of an exported seat: a chain of 24 grants, one with its lists, properties, 64 addresses
/// and less than 1 KiB of the rest. In base64, and sealed, it fits an XML document.
pub const EXPORT_BYTES_MAX: usize = 24 * 1024;
/// Exports of one group's database that have a part of a payload read at a time: 4 × 64 KiB.
pub const DATABASE_EXPORTS_MAX: usize = 4;
/// Bytes of one piece of an exported database.
pub const DATABASE_PIECE_BYTES_MAX: usize = 64 * 1024;
/// Bytes of one frame of an exported database: a leaf of a payload with where it belongs, which is
/// more than a version with its payload or any statement. Reading holds one of them and one piece,
/// and the hashes of one payload's leaves.
pub const DATABASE_FRAME_BYTES_MAX: usize = PAYLOAD_LEAF_BYTES + 256;
/// Beacons of one group's members that are remembered: as many members as are near enough to be
/// dialled without being told of by others. 64 × 8 addresses, 64 KiB.
pub const BEACONS_MAX: usize = 64;
/// Depth of elements in an XML document.
pub const XML_DEPTH_MAX: usize = 8;
/// Attributes of one XML element.
pub const XML_ATTRIBUTES_MAX: usize = 16;

/// Identities of one node.
pub const IDENTITIES_MAX: usize = 64;
/// Groups open at once on one node: the tags that a responder checks for one first message.
pub const SEATS_MAX: usize = 64;
/// Links of one node, handshakes included.
pub const LINKS_MAX: usize = 1024;
/// Links accepted and not yet authenticated.
pub const HALF_OPEN_MAX: usize = 64;
/// Wrong passwords from one host (of IPv6 one /64), or from one identity where the transport tells
/// no host, within [`PASSWORD_FAILURES_WINDOW`] before no more are looked at.
pub const PASSWORD_FAILURES_MAX: usize = 5;
/// See [`PASSWORD_FAILURES_MAX`].
pub const PASSWORD_FAILURES_WINDOW: Duration = Duration::from_secs(10 * 60);
/// Wrong passwords in all within [`PASSWORD_FAILURES_DAY`] at one node before no more are looked
/// at.
pub const PASSWORD_FAILURES_PER_DAY_MAX: usize = 50;
/// See [`PASSWORD_FAILURES_PER_DAY_MAX`].
pub const PASSWORD_FAILURES_DAY: Duration = Duration::from_secs(24 * 3600);
/// A newcomer and whoever is to admit it by a password agree on the time of day within this, or
/// neither would find the other's grant in force.
pub const PASSWORD_CLOCKS_APART_MAX: Duration = Duration::from_secs(10 * 60);

/// Bytes of a payload that travels and is held inside its version. Larger ones lie in the store by
/// themselves.
pub const PAYLOAD_INLINE_MAX: usize = 4 * 1024;
/// Bytes of a record's payload.
pub const PAYLOAD_BYTES_MAX: usize = 60 * 1024 * 1024;
/// Bytes of one leaf of a payload's Merkle tree: the greatest value of a store.
pub const PAYLOAD_LEAF_BYTES: usize = 64 * 1024;
/// Leaves of one payload; their hashes, 32 bytes each, fit into half a leaf.
pub const PAYLOAD_LEAVES_MAX: usize = PAYLOAD_BYTES_MAX / PAYLOAD_LEAF_BYTES;
/// Bytes of a payload that is published with one call: larger ones are uploaded leaf by leaf.
pub const PAYLOAD_AT_ONCE_MAX: usize = 1024 * 1024;
/// Uploads of one group that are under way: each holds the hashes of its leaves, 30 KiB at most.
pub const UPLOADS_MAX: usize = 16;
/// Bytes of the large payloads that count to one author: what would go beyond it is not fetched.
/// It is 17 payloads of the greatest size.
pub const PAYLOAD_BYTES_PER_AUTHOR_MAX: u64 = 1 << 30;
/// Reads of large payloads that the application may have under way in one group: 4 MiB.
pub const PAYLOAD_READS_MAX: usize = 64;
/// Attributes of one record.
pub const ATTRIBUTES_MAX: usize = 64;
/// Bytes of all attributes of one record, encoded.
pub const ATTRIBUTES_BYTES_MAX: usize = 8 * 1024;
/// Bytes of an attribute's text, in UTF-8: two of the greatest fit a record.
pub const ATTRIBUTE_TEXT_BYTES_MAX: usize = 4 * 1024 - 64;
/// Characters of an attribute's name.
pub const ATTRIBUTE_NAME_MAX: usize = 40;
/// Terms of one search: comparisons, and what joins them. With texts of the greatest size they are
/// 256 KiB in memory. Of each record a search looks at every attribute once for each comparison at
/// most, and at every character of it once: 64 × 8 Ki steps.
pub const QUERY_TERMS_MAX: usize = 64;
/// How deep terms of a search lie within each other.
pub const QUERY_DEPTH_MAX: usize = 16;
/// Wildcards in one pattern of a search.
pub const WILDCARDS_MAX: usize = 16;
/// Characters that a pattern with wildcards asks for, each `?` among them: one bit of a word for
/// each and one for the end, so that a text is matched in one step for each of its characters.
pub const PATTERN_CHARS_MAX: usize = 127;
/// Instances that a version names as those whose versions it was made from: 16 × at most 25 bytes.
pub const LINEAGE_MAX: usize = 16;
/// Bytes of an encoded version without its payload: attributes and less than 1 KiB of the rest,
/// the lineage included.
pub const VERSION_BYTES_MAX: usize = ATTRIBUTES_BYTES_MAX + 1024;
/// Record ids that count to one creator, and tombstones to one signer of others' records.
pub const RECORDS_PER_CREATOR_MAX: usize = 4096;
/// Tenures of one author that count.
pub const TENURES_MAX: usize = 4;
/// Versions by one author that are held but do not stand: 8,192 × at most 13 KiB. Twice the quota,
/// so that what a lost tenure leaves behind finds room beside what other admins have hidden.
/// Deletions go last: those of one node, which makes none beyond 15/16 of either quota, are never
/// among them.
pub const DORMANT_PER_PEER_MAX: usize = 2 * RECORDS_PER_CREATOR_MAX;
/// Parked versions of one group: 4,096 × at most 13 KiB.
pub const PARKED_MAX: usize = 4096;
/// Parked versions that one peer has modified.
pub const PARKED_PER_PEER_MAX: usize = 64;
/// Versions remembered of one group that lost against an edit made beside them and are held no
/// longer: 64 × at most 41 KiB.
pub const LOST_MAX: usize = 64;
/// Of those, versions by one author: one that floods does not push out what others lost.
pub const LOST_PER_PEER_MAX: usize = 8;
/// How often the application is told that one peer used a stamp twice, while a group is open: each
/// time with two headers of at most 9 KiB. Once is proof enough.
pub const EQUIVOCATIONS_PER_PEER_MAX: usize = 16;
/// How far a stamp may be ahead of peer time.
pub const STAMP_AHEAD_MAX: Duration = Duration::from_secs(10 * 60);
/// How far peer time may be from this node's own calendar: whoever surrounds a node cannot make it
/// take in more of the future than a stamp may be ahead anyway.
pub const PEER_TIME_OFFSET_MAX: Duration = STAMP_AHEAD_MAX;
/// Records leave the set at the first multiple of this since 1970 that is not before their ceiling,
/// so that replicas whose clocks differ a little mostly agree: six times what a stamp may be ahead.
pub const CEILING_EPOCH: Duration = Duration::from_secs(3600);
/// How far the default ceiling of a record lies beyond its expiry, at most.
pub const CEILING_BEYOND_EXPIRY_MAX: Duration = Duration::from_secs(28 * 24 * 3600);

/// Neighbours that a node looks for: all others, where there are no more. Fewer are too far from
/// each other in a large group, more are told everything that is announced once more.
pub const NEIGHBOURS_IDEAL: usize = 8;
/// Of those, links that it dials itself: it has chosen who is there.
pub const NEIGHBOURS_DIALLED_MIN: usize = 4;
/// Neighbours that have dialled in: some places are kept for those that are dialled.
pub const NEIGHBOURS_ACCEPTED_MAX: usize = NEIGHBOURS_MAX - NEIGHBOURS_DIALLED_MIN;
/// Of those, neighbours that one peer brought into the group, itself and by others: an Admin may
/// bring in as many as it likes.
pub const NEIGHBOURS_PER_SUBTREE_MAX: usize = NEIGHBOURS_ACCEPTED_MAX / 2;
/// Of those that have dialled in, neighbours in one public network: a /16 of IPv4, a /32 of IPv6,
/// which is about what one holder of addresses has. A group that is in one network altogether still
/// finds as many neighbours as it looks for: half of 12, and those that each node dials itself.
/// Addresses of local networks are in none.
pub const NEIGHBOURS_PER_NETWORK_MAX: usize = NEIGHBOURS_ACCEPTED_MAX / 2;
/// Neighbours that a node has at most.
pub const NEIGHBOURS_MAX: usize = 16;
/// Neighbours that are instances of one peer.
pub const NEIGHBOURS_PER_PEER_MAX: usize = 4;
/// Over how long the dials are counted that a node makes on the word of others alone: at addresses
/// where nobody of the group has ever answered, and that neither the application nor an invitation
/// named.
pub const DIALS_WINDOW: Duration = Duration::from_secs(3600);
/// Of those, dials at one public host, at whatever port, or at one address elsewhere, that nobody
/// answers. They come back one by one, so that a victim that is named without end is dialled 15
/// times by each member in the first hour, and 8 times in each after that.
pub const DIALS_PER_TARGET_MAX: u32 = 8;
/// Of those, dials on the word of one member, wherever to: 63 in the first hour, then 32.
pub const DIALS_PER_SOURCE_MAX: u32 = 32;
/// Hosts and members of which that is remembered: 1,024 × less than 256 bytes. No more are dialled.
pub const DIALS_HINTED_MAX: usize = 1024;
/// Store operations of one group under way before its neighbours are held back: each holds what a
/// read brought, and every neighbour may still send a window.
pub const FLIGHTS_MAX: usize = 64;
/// Items of a leaf of the tree over a set: more are hashed by parts. A leaf costs a hash of 2 KiB
/// at most.
pub const LEAF_ITEMS_MAX: usize = 64;
/// Arrivals since a bookmark that are coded: each has a name and a position of 16 bytes at both
/// ends, and four cells of 8 bytes at most at the end that decodes. Beyond it both go down the
/// tree.
pub const ARRIVALS_CODED_MAX: usize = 8192;
/// Places of the tree over a set in one frame.
pub const PROBES_PER_FRAME_MAX: usize = 1024;
/// Items named in one frame.
pub const ITEMS_PER_FRAME_MAX: usize = 1024;
/// Broadcast trees known to a node: 64 × 32 bytes. Where there are more sources, those that are
/// not near the root of one grow theirs anew each time.
pub const TREES_MAX: usize = 64;
/// Trees in use beyond which a source far from the root of any sends along the nearest: fewer than
/// are known, as nodes do not agree on which are in use.
pub const TREES_FOUNDED_MAX: usize = 48;
/// Items that came of late of which a node remembers how: 512 × less than 128 bytes.
pub const ARRIVALS_MAX: usize = 512;
/// Announced items that have not come: 1,024 × less than 192 bytes.
pub const AWAITED_MAX: usize = 1024;
/// Of those, items that one neighbour was the first to announce: all of one that promises much and
/// keeps nothing.
pub const AWAITED_PER_NEIGHBOUR_MAX: usize = AWAITED_MAX / NEIGHBOURS_MAX;
/// Announced items that a neighbour did not send when it was asked for them, without having sent
/// anything since, before its announcements are passed over.
pub const PROMISES_BROKEN_MAX: usize = 64;
/// New items that wait for a neighbour's credit; beyond it the next comparison finds what was
/// dropped.
pub const LIVE_MAX: usize = 1024;
/// New items that wait to be announced to a neighbour: 1,024 × less than 64 bytes. Beyond it the
/// next comparison finds what was dropped.
pub const TO_TELL_MAX: usize = 1024;
/// Instances online up to which a group is small: its trees begin with pushing to all.
pub const SMALL_GROUP_MAX: usize = 16;
/// Items of each set that a neighbour sent and that are not kept here: not asked for again on this
/// link before anything changed that may speak for them.
pub const DECLINED_MAX: usize = 1024;
/// Items wanted from one neighbour at once.
pub const WANTED_MAX: usize = 4096;
/// Presences held of one group.
pub const PRESENCES_MAX: usize = 4096;
/// What each instance that is known to be online adds to the time between two announcements of any
/// of them, so that a group of any size makes about one announcement a second in all. An
/// announcement crosses each link once, or twice where both ends pass it on at one moment: of usual
/// ones, 200 bytes each, a node with 8 neighbours sends 0.8 KB a second, and 1.6 at most in the
/// mean; a group of a thousand less than 1.6 MB, all links together.
pub const PRESENCE_INTERVAL_EACH: Duration = Duration::from_secs(1);
/// The longest lifetime of an announcement, unless the charter's own is longer: two intervals of
/// as many instances as are held.
pub const PRESENCE_LIFETIME_MAX: Duration = Duration::from_secs(2 * 4096);
/// Renewed presences are gathered for this part of a lifetime before they are passed on together.
/// A renewal is made a quarter of its lifetime early at least, which is 16 hops.
pub const PRESENCE_GATHER_PART: u32 = 64;
/// Announcements that a new neighbour is told: of usual ones, 170 bytes each, less than a window.
pub const PRESENCE_SNAPSHOT_MAX: usize = 1024;
/// Announcements held of peers whose grants have not arrived yet: 256 × at most 1.5 KiB.
pub const PRESENCES_EARLY_MAX: usize = 256;
/// Instances of one peer.
pub const INSTANCES_PER_PEER_MAX: usize = 8;

/// Store operations of one group under way at all: [`FLIGHTS_MAX`], and one for every 128 bytes
/// that each neighbour may still send, which is less than the least item; and the parts of
/// payloads; as long as no link is made while the store stands still. What the application asks for
/// comes on top.
pub const FLIGHTS_HELD_MAX: usize =
    FLIGHTS_MAX + NEIGHBOURS_MAX * (CLASS_WINDOW as usize) / ITEM_BYTES_MIN + PARTS_HELD_MAX;
/// Bytes that an item has at least: a signature and two keys or ids.
const ITEM_BYTES_MIN: usize = 128;
/// Items that a neighbour is known to have and that have not been asked for: all that coded
/// arrivals can tell of, or those of 256 leaves.
pub const TO_WANT_MAX: usize = 8 * ARRIVALS_CODED_MAX + 64 + 256 * LEAF_ITEMS_MAX;
/// Items that a neighbour asked for and that wait for its credit. What was pushed meanwhile frees
/// the asker's slots, while it still waits here.
pub const ANSWERS_MAX: usize = 2 * WANTED_MAX;
/// Items that wait for a neighbour's credit: those that it asked for, those that coding has told it
/// lacks, and what is looked up ahead.
pub const TO_SEND_MAX: usize = ANSWERS_MAX + 2 * ARRIVALS_CODED_MAX + 1024;
/// Places of the tree that a neighbour told of and that have not been looked into: credit for
/// lists returns only below the first part of it, and one window of it is four bytes for each.
pub const HELD_MAX: usize = 1024 + (CLASS_WINDOW as usize) / 4;
/// Items that a neighbour tells of in one comparison and denies when it is asked for them, before
/// it is not asked any more. Some expire meanwhile.
pub const DENIED_MAX: usize = WANTED_MAX;
/// Comparisons in a row that start from a bookmark without finding the roots equal.
pub const TRUSTED_ROUNDS_MAX: u32 = 8;
/// Neighbours of one group, past ones included, whose bookmarks are kept.
pub const BOOKMARKS_MAX: usize = 256;
/// Keys of members kept at hand, so that their points need not be found at every signature check:
/// 1,024 × 224 bytes of each group.
pub const KEYS_MAX: usize = 1024;
/// Peers known beside their membership: each is the subject of a statement, or the creator.
pub const ACQUAINTANCES_MAX: usize = STATEMENTS_MAX + 1;

/// Direct connections of one node.
pub const CONNECTIONS_MAX: usize = 256;
/// Direct connections of one group with one peer.
pub const CONNECTIONS_PER_PEER_MAX: usize = 16;
/// Bytes of one message on a direct connection.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that a peer may send on a direct connection before the application has taken them:
/// one message of the greatest size, and its frames' headers.
pub const CONNECTION_WINDOW: u32 = 1024 * 1024 + 4096;
/// The same, once the window has opened as far as it may: sixteen times as far, which is 1 Gbit/s
/// over 130 ms.
pub const CONNECTION_WINDOW_MAX: u32 = 16 * CONNECTION_WINDOW;
/// Bytes by which the windows of all direct connections of one node may have grown, in both
/// directions: four as wide as one may be. A single one takes a quarter of what is left at most.
pub const CONNECTION_GROWTH_MAX: u32 = 4 * CONNECTION_WINDOW_MAX;
/// Bytes that an application may queue on a direct connection beyond the credit it has.
pub const CONNECTION_QUEUE_MAX: usize = 4 * 1024 * 1024;
/// Bytes of each class of traffic that a neighbour may send ahead of the credit returned to it.
pub const CLASS_WINDOW: u32 = 256 * 1024;

/// Bytes of one piece of a payload's part: what other traffic waits for at most between two.
pub const PIECE_BYTES_MAX: usize = 16 * 1024;
/// Parts of payloads that one group has asked for at a time, of all neighbours together, but for
/// those that are void; and that one neighbour may ask for. What they bring waits before whatever
/// is sent next on a link: 3 × 64 KiB in pieces take less than 16 ms at 100 Mbit/s.
pub const PULLS_MAX: usize = 3;
/// Parts of payloads in the memory of one group, asked for or being stored: 8 × 64 KiB.
pub const PARTS_HELD_MAX: usize = 8;
/// Payloads of one group that are fetched at a time: the hashes of their leaves are 4 × 30 KiB.
pub const FETCHES_MAX: usize = 4;
/// Parts that one group reads from its store for neighbours at a time. Of the payload that each
/// asked for last the hashes of the leaves are kept: 16 × 30 KiB.
pub const PAYLOAD_LOADS_MAX: usize = 8;
/// Payloads of which one end remembers that it lacks something, or the other does: 4,096 × less
/// than 200 bytes.
pub const PAYLOADS_LACKED_MAX: usize = 4096;
/// A part that has not come whole within this is asked of another neighbour that is at leisure.
pub const PULL_PATIENCE: Duration = Duration::from_secs(20);

/// Registrations for events of one node. The asynchronous driver has one for each open group.
pub const REGISTRATIONS_MAX: usize = 256;
/// Events that wait for one registration; beyond it one `Lagged` says how many were dropped.
pub const EVENTS_MAX: usize = 4096;
/// Outputs that may wait before inputs are refused: every input makes but a few.
pub const OUTPUTS_MAX: usize = 65_536;
/// Outputs other than events that one input makes at most: a dial, a hangup, an edge and a notice
/// for each link; and a store operation for each group and each item in a frame and a read.
pub const OUTPUTS_PER_INPUT_MAX: usize =
    4 * LINKS_MAX + SEATS_MAX + (FRAME_BYTES_MAX + RECEIVED_BYTES_MAX) / ITEM_BYTES_MIN;
/// Deadlines of one node: one of each link and connection, ten of each group (to connect, to look
/// after neighbours, of its own presence and of others', of records, of windows, of renewals, of
/// payloads, of its beacon, of what is spread) and three of each neighbour (an answer, a
/// comparison, silence).
pub const TIMERS_MAX: usize = LINKS_MAX + CONNECTIONS_MAX + SEATS_MAX * (10 + 3 * NEIGHBOURS_MAX);
/// Bytes that wait to be sent on one link: the widest window of a connection, which is more than
/// one of each class of traffic between neighbours, and what goes without.
pub const LINK_QUEUE_MAX: usize = link_queue(CONNECTION_WINDOW_MAX as usize);
/// The most that may wait to be sent on a link while so many bytes are not paid for: the handshake,
/// those bytes and the parts of payloads, and as much again for the frames' own headers. The frames
/// that return credit are among those: who sends without reading is owed ten bytes for every half
/// of a window.
pub(crate) const fn link_queue(unpaid: usize) -> usize {
    let sent = unpaid.saturating_add(PULLS_MAX * PAYLOAD_LEAF_BYTES);
    sent.saturating_mul(2).saturating_add(HANDSHAKE_BYTES_MAX)
}
/// Bytes that wait on one link until a frame is whole: one frame of the greatest size with its
/// header.
pub const LINK_RECEIVED_MAX: usize = DIRECT_FRAME_BYTES_MAX + 4;
/// Bytes of one answer to a load query.
pub const LOAD_BYTES_MAX: usize = 64 * 1024;

/// A dialled link must be up within this.
pub const DIAL_TIMEOUT: Duration = Duration::from_secs(20);
/// A handshake must end within this.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A closing link must be down within this.
pub const HANGUP_TIMEOUT: Duration = Duration::from_secs(10);
/// A neighbour must answer a question within this.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// How long `connect` tries, unless told otherwise (Windows' documented advice).
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

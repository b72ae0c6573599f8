"""A group's database as a file (section 17.3)."""

import checks
from keys import H
from structures import DATABASE_HEAD
from wire import Refused, decode, encode

MAGIC, VERSION = b"\x89pgdb\r\n\x1a", b"\x00\x01"
FRAME_MAX = 65_792
HEAD, STATEMENT, VERSION_KIND, PART, END = range(5)


def damaged(wrong=True):
    if wrong:
        raise Refused("Damaged")


def write(head, frames):
    out = bytearray(MAGIC + VERSION)
    digest = H("database", bytes(out))
    for kind, content in [(HEAD, encode(DATABASE_HEAD, head)), *frames]:
        out += (len(content) + 1).to_bytes(4, "big") + bytes([kind]) + content
        digest = H("database", digest, bytes([kind]), content)
    return bytes(out) + (33).to_bytes(4, "big") + bytes([END]) + digest


def frames_of(data):
    """The frames of a file with the hash before each, up to where it is cut short."""
    if data[:8] != MAGIC[:len(data[:8])]:
        raise Refused("NotADatabase")
    if len(data) >= 10 and data[8:10] != VERSION:
        raise Refused("Newer")
    at, digest = 10, H("database", data[:10])
    while at + 4 <= len(data):
        length = int.from_bytes(data[at:at + 4], "big")
        damaged(length > FRAME_MAX)
        frame = data[at + 4:at + 4 + length]
        if len(frame) < length:
            return
        damaged(not frame)
        at += 4 + length
        yield frame[0], frame[1:], digest, at
        digest = H("database", digest, frame[:1], frame[1:])


class Parts:
    """Parts as they come, each what the root of its payload says."""

    def __init__(self):
        self.last, self.leaves = None, None

    def take(self, content):
        damaged(len(content) < 40)
        root, length, place = content[:32], content[32:36], content[36:40]
        name, size = (root, length, place), int.from_bytes(length, "big")
        damaged(self.last is not None and name <= self.last)
        damaged(not 4096 < size <= 62_914_560)
        if self.last is None or self.last[:2] != name[:2]:
            self.leaves = [root] if size <= 65_536 else None
        self.last = name
        count, at, data = -(-size // 65_536), int.from_bytes(place, "big"), content[40:]
        if at == 0:
            damaged(count == 1 or len(data) != 32 * count)
            self.leaves = [data[at:at + 32] for at in range(0, len(data), 32)]
            damaged(checks.payload_root(self.leaves) != root)
            return
        damaged(at > count or self.leaves is None)
        damaged(len(data) != min(65_536, size - 65_536 * (at - 1)))
        damaged(H("payload-leaf", data) != self.leaves[at - 1])


def read(genesis, identity, data):
    """What the head says; everything in the file is checked on the way."""
    head, last, kept, parts = None, None, [], Parts()
    counts = {STATEMENT: 0, VERSION_KIND: 0, PART: 0}
    for kind, content, digest, at in frames_of(data):
        damaged(kind > END or (kind != HEAD if last is None else kind == HEAD or kind < last))
        last = kind
        if kind == HEAD:
            head = read_head(genesis, identity, content)
        elif kind == END:
            said = head["statements"], head["versions"], head["parts"]
            damaged(content != digest or said != tuple(counts.values()) or at != len(data))
            return head, {}, write(head, kept)
        else:
            counts[kind] += 1
            kept.append((kind, content))
            check(genesis, kind, content, parts)
    raise Refused("Truncated")


def read_head(genesis, identity, content):
    try:
        head = decode(DATABASE_HEAD, content)
    except Refused:
        damaged()
    if bytes.fromhex(head["group"]) != genesis.id:
        raise Refused("OtherGroup")
    if bytes.fromhex(head["identity"]) != identity:
        raise Refused("OtherIdentity")
    return head


def check(genesis, kind, content, parts):
    if kind == PART:
        parts.take(content)
        return
    try:
        if kind == STATEMENT:
            checks.Statement.decode(genesis, content)
        else:
            checks.Version.decode(genesis.id, content)
    except Refused:
        damaged()

"""Secrets under a passphrase (section 17.2)."""

import hashlib
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from checks import Genesis, decode_chain
from keys import Secret, is_sound, prefix
from structures import CHAIN, SEAT
from wire import Refused, decode, encode, is_text

HEADER = 7 + 1 + 1 + 12 + 16 + 24 + 32 + 32 + 32
IDENTITY, GROUP = 1, 2


def _quarter(s, a, b, c, d):
    for one, other, sum_, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[one] = s[one] + s[other] & 0xFFFFFFFF
        mixed = s[sum_] ^ s[one]
        s[sum_] = (mixed << bits | mixed >> 32 - bits) & 0xFFFFFFFF


def hchacha20(key, nonce):
    """draft-irtf-cfrg-xchacha, section 2.2."""
    s = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))
    for _ in range(10):
        for column in range(4):
            _quarter(s, column, column + 4, column + 8, column + 12)
        for row in range(4):
            _quarter(s, row, (row + 1) % 4 + 4, (row + 2) % 4 + 8, (row + 3) % 4 + 12)
    return struct.pack("<8I", *s[:4], *s[12:])


def cipher(key, nonce):
    return ChaCha20Poly1305(hchacha20(key, nonce[:16])), bytes(4) + nonce[16:]


def derive(passphrase, salt, cost):
    memory, passes, lanes = cost
    stretch = Argon2id(
        salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory,
    )
    root = stretch.derive(passphrase)
    made = (hashlib.sha256(prefix(label) + root).digest()
            for label in ("vault-key", "vault-commitment"))
    return tuple(made)


def is_cost(memory, passes, lanes):
    within = 1 <= passes <= 16 and 1 <= lanes <= 16 and 8 * lanes <= memory <= 1_048_576
    return within and memory * passes <= 4_194_304


def seal(kind, passphrase, cost, salt, nonce, identity, group, plain):
    key, commitment = derive(passphrase, salt, cost)
    header = b"pgvault" + bytes([1, kind]) + struct.pack("<3I", *cost)
    header += salt + nonce + identity + group + commitment
    sealing, short = cipher(key, nonce)
    sealed = header + sealing.encrypt(short, plain, header)
    return sealed + hashlib.sha256(sealed).digest()


def open_(kind, passphrase, data):
    """The plain text, whose it is, and the rest of what it takes to seal it again."""
    if len(data) > 40_960:
        raise Refused("TooLarge")
    if data[:7] != b"pgvault":
        raise Refused("Malformed")
    if len(data) > 7 and data[7] != 1:
        raise Refused("UnsupportedVersion")
    if len(data) < 40 or hashlib.sha256(data[:-32]).digest() != data[-32:]:
        raise Refused("Damaged")
    if data[8] != kind:
        raise Refused("Malformed")
    header, body = data[:HEADER], data[HEADER:-32]
    cost, rest = struct.unpack("<3I", header[9:21]), header[21:]
    if not is_cost(*cost):
        raise Refused("CostOutOfBounds")
    salt, nonce, identity, group = rest[:16], rest[16:40], rest[40:72], rest[72:104]
    if not is_sound(identity):
        raise Refused("Damaged")
    key, commitment = derive(passphrase, salt, cost)
    if commitment != rest[104:]:
        raise Refused("WrongPassphrase")
    opening, short = cipher(key, nonce)
    try:
        plain = opening.decrypt(short, body, header)
    except InvalidTag:
        raise Refused("Damaged") from None
    return plain, identity, group, (cost, salt, nonce)


def open_identity(passphrase, data):
    plain, identity, group, _ = open_(IDENTITY, passphrase, data)
    try:
        name = plain[32:].decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("Damaged") from None
    whole = len(plain) >= 32 and Secret(plain[:32]).peer == identity and group == bytes(32)
    if not whole or len(plain) > 32 + 255 or not is_text(name):
        raise Refused("Damaged")
    return {"secret key": plain[:32].hex(), "peer": identity.hex(), "name": name}


def open_group(passphrase, data):
    """A seat (section 17.1)."""
    plain, identity, group, _ = open_(GROUP, passphrase, data)
    try:
        seat = decode(SEAT, plain)
        genesis = Genesis(seat["genesis"])
        _, holder = decode_chain(genesis, encode(CHAIN, seat["chain"]))
    except Refused:
        raise Refused("Damaged") from None
    peer = Secret(bytes.fromhex(seat["key"])).peer
    if peer != holder or peer != identity or genesis.id != group:
        raise Refused("Damaged")
    return {"secret key": seat["key"], "peer": peer.hex(), "name": seat["name"],
            "group": group.hex(), "group-name": seat["group_name"]}

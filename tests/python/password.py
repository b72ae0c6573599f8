"""Proving to each other that both know a password (section 15): ristretto255 (RFC 9496), CPace."""

import hashlib

import structures as of
from checks import raw, variant
from handshake import open_, seal
from keys import D, H, M, ORDER, P, ROOT_OF_MINUS_ONE, prefix
from wire import Refused

NEWCOMER, ADMITTER = b"\x02", b"\x03"
DSI = b"CPaceRistretto255"


# ristretto255: points are in extended coordinates (x, y, z, t)

IDENTITY = (0, 1, 1, 0)


def is_negative(number):
    return number % P & 1


def absolute(number):
    return -number % P if is_negative(number) else number % P


def sqrt_ratio(u, v):
    """Whether u/v is a square, and a root of it or of its multiple by the root of -1."""
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    correct, flipped = check == u % P, check == -u % P
    flipped_too = check == -u * ROOT_OF_MINUS_ONE % P
    if flipped or flipped_too:
        r = r * ROOT_OF_MINUS_ONE % P
    return correct or flipped, absolute(r)


INVSQRT_A_MINUS_D = sqrt_ratio(1, -1 - D)[1]
ONE_MINUS_D_SQ, D_MINUS_ONE_SQ = (1 - D * D) % P, (D - 1) * (D - 1) % P
# the RFC's constant: the root that is negative
SQRT_AD_MINUS_ONE = -sqrt_ratio(-D - 1, 1)[1] % P


def decode_point(data):
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= P or is_negative(s):
        return None
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    v = (-(D * u1 * u1) - u2 * u2) % P
    was_square, root = sqrt_ratio(1, v * u2 * u2)
    den_x = root * u2 % P
    x = absolute(2 * s * den_x)
    y = u1 * (root * den_x * v) % P
    t = x * y % P
    if not was_square or is_negative(t) or y == 0:
        return None
    return x, y, 1, t


def encode_point(point):
    x0, y0, z0, t0 = point
    u1, u2 = (z0 + y0) * (z0 - y0) % P, x0 * y0 % P
    root = sqrt_ratio(1, u1 * u2 * u2)[1]
    den1, den2 = root * u1 % P, root * u2 % P
    z_inv = den1 * den2 * t0 % P
    if is_negative(t0 * z_inv):
        x, y = y0 * ROOT_OF_MINUS_ONE % P, x0 * ROOT_OF_MINUS_ONE % P
        den = den1 * INVSQRT_A_MINUS_D % P
    else:
        x, y, den = x0, y0, den2
    if is_negative(x * z_inv):
        y = -y % P
    return absolute(den * (z0 - y)).to_bytes(32, "little")


def add(one, other):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    sum_ = IDENTITY
    while number:
        if number & 1:
            sum_ = add(sum_, point)
        point = add(point, point)
        number >>= 1
    return sum_


def _map(t):
    r = ROOT_OF_MINUS_ONE * t * t % P
    u = (r + 1) * ONE_MINUS_D_SQ % P
    v = (-1 - r * D) * (r + D) % P
    was_square, s = sqrt_ratio(u, v)
    if not was_square:
        s = -absolute(s * t) % P
    c = -1 if was_square else r
    n = (c * (r - 1) * D_MINUS_ONE_SQ - v) % P
    w0, w1 = 2 * s * v % P, n * SQRT_AD_MINUS_ONE % P
    w2, w3 = (1 - s * s) % P, (1 + s * s) % P
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


def one_way(uniform):
    halves = (int.from_bytes(uniform[at:at + 32], "little") & 2**255 - 1 for at in (0, 32))
    return add(*map(_map, halves))


# CPace


def lv(data):
    length, out = len(data), bytearray()
    while length >= 0x80:
        out.append(length & 0x7F | 0x80)
        length >>= 7
    out.append(length)
    return bytes(out) + data


class Parties:
    def __init__(self, binding, group, newcomer, admitter, hardened):
        self.binding, self.newcomer, self.admitter = binding, newcomer, admitter
        channel = prefix("password") + binding + group
        channel += NEWCOMER + newcomer + ADMITTER + admitter
        head = lv(DSI) + lv(hardened)
        zeros = bytes(max(0, 127 - len(head)))
        seed = head + lv(zeros) + lv(channel) + lv(binding)
        self.generator = one_way(hashlib.sha512(seed).digest())


class Side:
    """One end. What it draws is 64 bytes, for one scalar."""

    def __init__(self, parties, is_newcomer, drawn):
        self.parties, self.is_newcomer = parties, is_newcomer
        self.scalar = int.from_bytes(drawn, "little") % ORDER
        self.share = encode_point(times(self.scalar, parties.generator))

    def said_share(self):
        return seal(of.FLIGHT, {"Share": self.share.hex()})

    def on_share(self, data):
        theirs = raw(expect("Share", data))
        point = decode_point(theirs)
        if point is None or theirs == bytes(32):
            raise Refused("InvalidProof")
        agreed = encode_point(times(self.scalar, point))
        if agreed == bytes(32):
            raise Refused("InvalidProof")
        parties = self.parties
        shares = [self.share, theirs] if self.is_newcomer else [theirs, self.share]
        made = lv(DSI + b"_ISK") + lv(parties.binding) + lv(agreed)
        made += lv(shares[0]) + lv(parties.newcomer) + lv(shares[1]) + lv(parties.admitter)
        self.shares = b"".join(shares)
        self.key = H("password", b"\x01", hashlib.sha512(made).digest())

    def newcomer_confirms(self):
        return M(self.key, "password", NEWCOMER, self.shares)

    def admitter_confirms(self, chain):
        return M(self.key, "password", ADMITTER, self.shares, chain)

    def on_confirmation(self, data):
        if raw(expect("Confirmation", data)) != self.newcomer_confirms():
            raise Refused("InvalidProof")

    def on_verdict(self, data):
        """The chain, or the reason of a denial."""
        name, fields = variant(open_(of.FLIGHT, data))
        if name == "Denied":
            return fields["reason"]
        fields = expect("Admitted", data)
        chain = raw(fields["chain"])
        if raw(fields["confirmation"]) != self.admitter_confirms(chain):
            raise Refused("InvalidProof")
        return chain


def expect(kind, data):
    name, fields = variant(open_(of.FLIGHT, data))
    if name != kind:
        raise Refused("Unexpected")
    return fields

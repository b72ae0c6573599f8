"""Labelled hashes (section 1.2), signatures and sound keys (1.3, 2.1), texts of ids (2.2)."""

import base64
import hashlib
import hmac
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def prefix(label):
    name = b"peergroup/1 " + label.encode()
    return bytes([len(name)]) + name


def H(label, *parts):
    return hashlib.sha256(prefix(label) + b"".join(parts)).digest()


def M(key, label, *parts):
    return hmac.new(key, prefix(label) + b"".join(parts), hashlib.sha256).digest()


def _point(key):
    """The point of an encoded key; none if there is none, or the encoding is not canonical."""
    y, sign = int.from_bytes(key, "little"), key[31] >> 7
    y &= 2**255 - 1
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if v * x * x % P != u or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x, y)


def _add(one, other):
    (a, b), (c, d) = one, other
    e = D * a * b * c * d % P
    x = (a * d + b * c) * pow(1 + e, -1, P) % P
    return x, (b * d + a * c) * pow(1 - e, -1, P) % P


def _times(number, point):
    sum_ = (0, 1)
    while number:
        if number & 1:
            sum_ = _add(sum_, point)
        point = _add(point, point)
        number >>= 1
    return sum_


_SOUND = {}


def is_sound(key):
    if key not in _SOUND:
        point = _point(key)
        small = point is None or _times(8, point) == (0, 1)
        _SOUND[key] = not small and _times(ORDER, point) == (0, 1)
    return _SOUND[key]


def _is_small(encoded):
    point = _point(encoded)
    return point is not None and _times(8, point) == (0, 1)


def signed(key, label, group, id_, signature):
    """Whether it is the key's, checked strictly."""
    if int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    if _point(key) is None or _is_small(key) or _is_small(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, prefix(label) + group + id_)
    except (InvalidSignature, ValueError):
        return False
    return True


class Secret:
    def __init__(self, seed):
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        self.peer = self.key.public_key().public_bytes(*raw)

    def sign(self, label, group, id_):
        return self.key.sign(prefix(label) + group + id_)


def base32(data):
    return base64.b32encode(data).decode().rstrip("=").lower()


def from_base32(text):
    """32 bytes; none unless this is their one text."""
    if not re.fullmatch("[a-z2-7]{52}", text):
        return None
    data = base64.b32decode(text.upper() + "====")
    return data if base32(data) == text else None


def is_peer_text(text):
    data = from_base32(text)
    return data is not None and is_sound(data)


def is_address(text):
    return bool(re.fullmatch("[a-z0-9]{1,16}:[!-~]+", text)) and len(text) <= 128

"""A client of TLS 1.3 (RFC 8446) as PROTOCOL.md, section 8.2, asks for it: raw public keys at both
ends (RFC 7250), Ed25519, X25519, ALPN, an exporter; nothing else."""

import hashlib
import hmac
import os
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

ALERT, HANDSHAKE, DATA, CHANGE_CIPHER = 21, 22, 23, 20
CLIENT_HELLO, SERVER_HELLO, TICKET, EXTENSIONS, CERTIFICATE = 1, 2, 4, 8, 11
CERTIFICATE_REQUEST, CERTIFICATE_VERIFY, FINISHED = 13, 15, 20
SUITES = {0x1301: (AESGCM, 16), 0x1303: (ChaCha20Poly1305, 32)}  # both with SHA-256
ED25519, X25519 = 0x0807, 0x001D
RAW_PUBLIC_KEY = 2
SPKI = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: what goes before an Ed25519 key
RECORD_MAX = 16_384


class TlsError(Exception):
    pass


def sized(bytes_of_length, data):
    return len(data).to_bytes(bytes_of_length, "big") + data


def extension(number, data):
    return struct.pack(">H", number) + sized(2, data)


class Parser:
    def __init__(self, data):
        self.data = data

    def take(self, count):
        if count > len(self.data):
            raise TlsError("cut short")
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def sized(self, bytes_of_length):
        return self.take(self.number(bytes_of_length))

    def extensions(self):
        inner, found = Parser(self.sized(2)), {}
        while inner.data:
            number = inner.number(2)
            found[number] = inner.sized(2)
        return found


# 7.1: the key schedule


def extract(salt, secret):
    return hmac.new(salt, secret, hashlib.sha256).digest()


def expand_label(secret, label, context, length):
    info = struct.pack(">H", length) + sized(1, b"tls13 " + label) + sized(1, context)
    out, block = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.new(secret, block + info + bytes([counter]), hashlib.sha256).digest()
        out += block
    return out[:length]


def derive(secret, label, messages):
    return expand_label(secret, label, hashlib.sha256(messages).digest(), 32)


class Traffic:
    """One direction's protection (section 5.2)."""

    def __init__(self, suite, secret):
        make, size = SUITES[suite]
        self.cipher = make(expand_label(secret, b"key", b"", size))
        self.iv = expand_label(secret, b"iv", b"", 12)
        self.count = 0

    def nonce(self):
        mask = int.from_bytes(self.iv, "big") ^ self.count
        self.count += 1
        return mask.to_bytes(12, "big")

    def seal(self, kind, data):
        inner = data + bytes([kind])
        header = struct.pack(">BHH", DATA, 0x0303, len(inner) + 16)
        return header + self.cipher.encrypt(self.nonce(), inner, header)

    def open(self, header, data):
        inner = self.cipher.decrypt(self.nonce(), data, header).rstrip(b"\0")
        return inner[-1], inner[:-1]


class Client:
    """A connection over a socket. `closed` once the server has said that it ends."""

    def __init__(self, socket):
        self.socket, self.raw, self.waiting = socket, b"", b""
        self.reading = self.writing = None
        self.closed = False
        self._shake_hands()

    # what the application sees

    def send(self, data):
        for at in range(0, len(data), RECORD_MAX):
            self._write(DATA, data[at:at + RECORD_MAX])

    def receive(self):
        """The next bytes; none behind the end."""
        while not self.closed:
            kind, data = self._read()
            if kind == DATA:
                return data
            if kind == ALERT and data == b"\x01\x00":
                self.closed = True
            elif kind != HANDSHAKE or data[0] != TICKET:
                raise TlsError(f"a record of kind {kind}: {data[:8].hex()}")
        return b""

    def close(self):
        self._write(ALERT, b"\x01\x00")

    def exporter(self, label, context, length):
        """RFC 8446, section 7.5."""
        secret = derive(self.exporter_secret, label, b"")
        return expand_label(secret, b"exporter", hashlib.sha256(context).digest(), length)

    # records

    def _write(self, kind, data):
        if self.writing:
            self.socket.sendall(self.writing.seal(kind, data))
        else:
            self.socket.sendall(struct.pack(">BH", kind, 0x0301) + sized(2, data))

    def _exactly(self, count):
        while len(self.raw) < count:
            more = self.socket.recv(65_536)
            if not more:
                raise TlsError("cut off")
            self.raw += more
        taken, self.raw = self.raw[:count], self.raw[count:]
        return taken

    def _read(self):
        while True:
            header = self._exactly(5)
            kind, _, length = struct.unpack(">BHH", header)
            data = self._exactly(length)
            if kind == CHANGE_CIPHER:
                continue
            if self.reading:
                return self.reading.open(header, data)
            return kind, data

    # the handshake

    def _message(self, expected):
        """The next message of the handshake; the transcript takes it in."""
        while len(self.waiting) < 4 or len(self.waiting) < 4 + self._announced():
            kind, data = self._read()
            if kind != HANDSHAKE:
                raise TlsError(f"a record of kind {kind}: {data.hex()}")
            self.waiting += data
        length = 4 + self._announced()
        message, self.waiting = self.waiting[:length], self.waiting[length:]
        if message[0] != expected:
            raise TlsError(f"message {message[0]}, not {expected}")
        self.transcript += message
        return Parser(message[4:])

    def _announced(self):
        return int.from_bytes(self.waiting[1:4], "big")

    def _say(self, kind, body):
        message = bytes([kind]) + sized(3, body)
        self.transcript += message
        self._write(HANDSHAKE, message)

    def _hello(self, public):
        kinds = sized(1, bytes([RAW_PUBLIC_KEY]))
        extensions = [
            extension(43, sized(1, b"\x03\x04")),  # supported_versions: 1.3
            extension(10, sized(2, struct.pack(">H", X25519))),  # supported_groups
            extension(13, sized(2, struct.pack(">H", ED25519))),  # signature_algorithms
            extension(16, sized(2, sized(1, b"pg/1"))),  # ALPN
            extension(19, kinds),  # client_certificate_type
            extension(20, kinds),  # server_certificate_type
            extension(51, sized(2, struct.pack(">H", X25519) + sized(2, public))),  # key_share
        ]
        suites = b"".join(struct.pack(">H", suite) for suite in SUITES)
        body = b"\x03\x03" + os.urandom(32) + sized(1, b"") + sized(2, suites) + sized(1, b"\0")
        self._say(CLIENT_HELLO, body + sized(2, b"".join(extensions)))

    def _shake_hands(self):
        own, self.transcript = X25519PrivateKey.generate(), b""
        self._hello(own.public_key().public_bytes_raw())
        server = self._message(SERVER_HELLO)
        server.take(2 + 32)
        server.sized(1)
        suite, _ = server.number(2), server.take(1)
        shared = Parser(server.extensions()[51])
        if suite not in SUITES or shared.number(2) != X25519:
            raise TlsError("a choice that was not offered")
        shared = own.exchange(X25519PublicKey.from_public_bytes(shared.sized(2)))
        early = extract(bytes(32), bytes(32))
        secret = extract(derive(early, b"derived", b""), shared)
        ours = derive(secret, b"c hs traffic", self.transcript)
        theirs = derive(secret, b"s hs traffic", self.transcript)
        self.reading, self.writing = Traffic(suite, theirs), Traffic(suite, ours)
        context = self._server_proves(theirs)
        main = extract(derive(secret, b"derived", b""), bytes(32))
        then = derive(main, b"c ap traffic", self.transcript)
        self.exporter_secret = derive(main, b"exp master", self.transcript)
        behind = derive(main, b"s ap traffic", self.transcript)
        self._client_proves(ours, context)
        self.reading, self.writing = Traffic(suite, behind), Traffic(suite, then)

    def _server_proves(self, secret):
        told = Parser(self._message(EXTENSIONS).data).extensions()
        alpn = Parser(Parser(told.get(16, b"\0\0")).sized(2))
        if not alpn.data or alpn.sized(1) != b"pg/1" or told.get(20) != bytes([RAW_PUBLIC_KEY]):
            raise TlsError("not the protocol that was offered")
        context = self._message(CERTIFICATE_REQUEST).sized(1)
        certificate = self._message(CERTIFICATE)
        certificate.sized(1)
        key = Parser(certificate.sized(3)).sized(3)
        if key[:len(SPKI)] != SPKI:
            raise TlsError("not an Ed25519 key")
        covered = signed_content(b"server", self.transcript)
        verify = self._message(CERTIFICATE_VERIFY)
        if verify.number(2) != ED25519:
            raise TlsError("not signed with Ed25519")
        try:
            Ed25519PublicKey.from_public_bytes(key[len(SPKI):]).verify(verify.sized(2), covered)
        except InvalidSignature:
            raise TlsError("the server's signature") from None
        expected = finished(secret, self.transcript)
        if not hmac.compare_digest(self._message(FINISHED).data, expected):
            raise TlsError("the server's finished")
        return context

    def _client_proves(self, secret, context):
        key = Ed25519PrivateKey.generate()
        entry = sized(3, SPKI + key.public_key().public_bytes_raw()) + sized(2, b"")
        self._say(CERTIFICATE, sized(1, context) + sized(3, entry))
        signature = key.sign(signed_content(b"client", self.transcript))
        self._say(CERTIFICATE_VERIFY, struct.pack(">H", ED25519) + sized(2, signature))
        self._say(FINISHED, finished(secret, self.transcript))


def signed_content(side, transcript):
    title = b"TLS 1.3, " + side + b" CertificateVerify"
    return b" " * 64 + title + b"\0" + hashlib.sha256(transcript).digest()


def finished(secret, transcript):
    key = expand_label(secret, b"finished", b"", 32)
    return hmac.new(key, hashlib.sha256(transcript).digest(), hashlib.sha256).digest()

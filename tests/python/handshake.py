"""The handshake of section 9: four messages, from either end."""

import hmac as compare

from checks import decode_chain, raw, variant
from keys import H, M, Secret, is_sound, signed
from structures import (
    ANSWER, CONFIRMED_ANSWER, GREETING, HELLO, PROOF, SIGNED_GREETING, SIGNED_PROOF, TAGGED_HELLO,
)
from wire import Reader, Refused, encode

VERSIONS = [1]
PADDING = 512


def seal(of, message):
    """The body of the frame (section 8.6)."""
    body = encode(of, message)
    return body + bytes(-len(body) % PADDING)


def open_(of, body):
    reader = Reader(body)
    message = of.read(reader)
    if len(body) > 8192:
        raise Refused("TooLarge")
    if seal(of, message) != bytes(body):
        raise Refused("Malformed")
    return message


def agree(theirs):
    if len(theirs) > 8 or any(one <= next_ for one, next_ in zip(theirs, theirs[1:])):
        raise Refused("Malformed")
    common = [version for version in VERSIONS if version in theirs]
    if not common:
        raise Refused("UnsupportedVersion")
    return common[0]


def must_be(one, other):
    if not compare.compare_digest(one, other):
        raise Refused("InvalidProof")


class End:
    """Who one is, and the link: what both messages of an end need."""

    def __init__(self, genesis, secret, binding, key, chain, instance, time, digest):
        self.genesis, self.binding = genesis, binding
        self.key, self.instance = key, instance
        self.identification = {
            "peer": key.peer.hex(), "chain": chain.hex(), "time": time, "digest": digest.hex(),
        }
        self.tag_key = M(secret, "link-tag", genesis.id)
        self.confirm_key = M(binding, "link-confirm", genesis.id, secret)

    def hello_tag(self, t1, target):
        return M(self.tag_key, "link-tag", b"I", self.binding, t1, target or bytes(32))[:16]

    def greeting_tag(self, t1, hello_tag, greeting):
        parts = b"R", self.binding, t1, hello_tag, greeting
        return M(self.tag_key, "link-tag", *parts)[:16]

    def t2(self, t1, hello_tag, greeting_tag, greeting):
        parts = self.genesis.id, self.binding, t1, hello_tag, greeting_tag, greeting
        return H("link-transcript", b"\x02", *parts)

    def confirm(self, side, *parts):
        return M(self.confirm_key, "link-confirm", side, *parts)

    def link_key(self, t4):
        return M(self.confirm_key, "link-key", t4)

    def identify(self, told, instance, label, transcript, signature, purpose="Group"):
        """Section 9.5: who the other end is, and the grants of its chain."""
        peer = raw(told["peer"])
        if not is_sound(peer):
            raise Refused("Malformed")
        if not signed(peer, label, self.genesis.id, transcript, signature):
            raise Refused("InvalidSignature")
        if (peer, instance) == (self.key.peer, self.instance):
            raise Refused("Itself")
        grants, holder = decode_chain(self.genesis, raw(told["chain"]))
        if not grants and purpose == "Password":
            return peer, grants
        if holder != peer:
            raise Refused("InvalidCredential")
        return peer, grants


class Initiator:
    def __init__(self, end, nonce, target=None):
        self.end, self.target = end, target
        self.hello = {"versions": VERSIONS, "nonce": nonce.hex(), "instance": end.instance}
        self.t1 = H("link-transcript", b"\x01", encode(HELLO, self.hello))
        self.tag = end.hello_tag(self.t1, target)

    def said_hello(self):
        return seal(TAGGED_HELLO, {"hello": self.hello, "tag": self.tag.hex()})

    def on_greeting(self, body, purpose="Group"):
        """The proof that answers a greeting."""
        end, message = self.end, open_(SIGNED_GREETING, body)
        greeting, tag = message["greeting"], raw(message["tag"])
        encoded = encode(GREETING, greeting)
        must_be(tag, end.greeting_tag(self.t1, self.tag, encoded))
        told = greeting["identification"]
        agreed = agree(greeting["versions"])
        if agreed != greeting["version"] or self.target not in (None, raw(told["peer"])):
            raise Refused("InvalidProof")
        self.t2 = end.t2(self.t1, self.tag, tag, encoded)
        signature = raw(message["signature"])
        self.peer, self.grants = end.identify(
            told, greeting["instance"], "link-responder", self.t2, signature
        )
        self.instance = greeting["instance"]
        proof = {"identification": end.identification, "purpose": purpose}
        if purpose == "Password":
            proof["identification"] = {**end.identification, "chain": "00"}
        self.t3 = H("link-transcript", b"\x03", self.t2, signature, encode(PROOF, proof))
        self.signature = end.key.sign("link-initiator", end.genesis.id, self.t3)
        self.confirmation = end.confirm(b"I", self.t3, self.signature)
        return seal(SIGNED_PROOF, {
            "proof": proof, "signature": self.signature.hex(),
            "confirmation": self.confirmation.hex(),
        })

    def on_answer(self, body):
        """The answer; behind a welcome there is a link key."""
        message = open_(CONFIRMED_ANSWER, body)
        parts = self.t3, self.signature, self.confirmation, encode(ANSWER, message["answer"])
        self.t4 = H("link-transcript", b"\x04", *parts)
        must_be(raw(message["confirmation"]), self.end.confirm(b"R", self.t4))
        name, denied = variant(message["answer"])
        if name == "Denied":
            size = sum(len(raw(it)) for it in denied["evidence"])
            if len(denied["evidence"]) > 32 or size > 6144 or len(denied["referrals"]) > 8:
                raise Refused("TooLarge")
        self.link_key = self.end.link_key(self.t4)
        return message["answer"]


class Responder:
    def __init__(self, end, nonce):
        self.end, self.nonce = end, nonce

    def on_hello(self, body):
        """The greeting that answers a hello; on a link, a failure is silence."""
        end, message = self.end, open_(TAGGED_HELLO, body)
        hello, tag = message["hello"], raw(message["tag"])
        t1 = H("link-transcript", b"\x01", encode(HELLO, hello))
        if tag not in (end.hello_tag(t1, None), end.hello_tag(t1, end.key.peer)):
            raise Refused("InvalidProof")
        greeting = {
            "versions": VERSIONS, "version": agree(hello["versions"]), "nonce": self.nonce.hex(),
            "instance": end.instance, "identification": end.identification,
        }
        self.instance = hello["instance"]
        encoded = encode(GREETING, greeting)
        greeting_tag = end.greeting_tag(t1, tag, encoded)
        self.t2 = end.t2(t1, tag, greeting_tag, encoded)
        self.signature = end.key.sign("link-responder", end.genesis.id, self.t2)
        return seal(SIGNED_GREETING, {
            "greeting": greeting, "tag": greeting_tag.hex(), "signature": self.signature.hex(),
        })

    def on_proof(self, body):
        end, message = self.end, open_(SIGNED_PROOF, body)
        proof, signature = message["proof"], raw(message["signature"])
        t3 = H("link-transcript", b"\x03", self.t2, self.signature, encode(PROOF, proof))
        confirmation = raw(message["confirmation"])
        must_be(confirmation, end.confirm(b"I", t3, signature))
        told, purpose = proof["identification"], variant(proof["purpose"])[0]
        self.peer, self.grants = end.identify(
            told, self.instance, "link-initiator", t3, signature, purpose
        )
        self.before = t3, signature, confirmation

    def answer(self, answer):
        t4 = H("link-transcript", b"\x04", *self.before, encode(ANSWER, answer))
        self.link_key = self.end.link_key(t4)
        confirmation = self.end.confirm(b"R", t4).hex()
        return seal(CONFIRMED_ANSWER, {"answer": answer, "confirmation": confirmation})


def end_of(genesis, secret, binding, fields):
    """An end as the vectors describe it."""
    key = Secret(raw(fields["secret key"]))
    chain, digest = raw(fields["chain"]), raw(fields["digest"])
    told = fields["instance"], fields["time"], digest
    return End(genesis, secret, binding, key, chain, *told)

"""A peer that shares no line with the one it talks to: it joins a group by an invitation, takes in
what the group has, checks all of it, and publishes a record.

    python3 peer.py card KEY NAME                          writes the identity card
    python3 peer.py join KEY INVITATION.xml PAYLOAD [N]    see above; stays until its input ends

With N it says `met` once both have the same, waits until N more records were told to it, which it
passes by, writes N of its own, and has the rest made good by coded symbols.

KEY is a secret key in hexadecimal. On the way it prints a line for each thing that it has seen.
"""

import os
import pathlib
import secrets
import socket
import sys
import threading
import time

import checks
import documents
import reconciliation
import structures as of
from authority import Authority
from checks import raw, variant
from handshake import End, Initiator
from keys import H, Secret
from tls13 import Client, TlsError
from wire import Refused, decode, encode, frame, read_frame

NOTE = "5f3e8d1c90ab4c1e9d527b0e6a441c11"
HOUR = 3_600_000
PATIENCE = 30.0


def now():
    return int(time.time() * 1000)


def say(*words):
    print(*words, flush=True)


class Replica:
    """One set: its items, and how each is sent."""

    def __init__(self):
        self.bytes = {}

    def root(self):
        return reconciliation.root(self.bytes)

    def tags(self, names):
        return {names.tag(item): item for item in self.bytes}


class Peer:
    def __init__(self, key, invitation):
        self.key, self.invitation, self.genesis = key, invitation, invitation.genesis
        self.instance = secrets.randbits(64)
        self.statements = {one.id: one for one in invitation.grants}
        self.versions = {}
        self.sets = {"Authority": Replica(), "Records": Replica()}
        for one in invitation.grants:
            self.sets["Authority"].bytes[one.item(one.full)] = one.encode()
        self.rounds = {"Authority": 0, "Records": 0}
        self.comparing, self.awaited, self.equal = None, set(), set()
        self.done = False
        self.bookmarks, self.coded, self.is_deaf, self.heard = {}, None, False, set()

    # the link

    def connect(self, address):
        scheme, _, place = address.partition(":")
        host, _, port = place.rpartition(":")
        assert scheme == "tcp", address
        stream = socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE)
        self.tls, self.received = Client(stream), b""
        binding = self.tls.exporter(b"EXPORTER-peergroup-link-v1", bytes(8), 32)
        secret = raw(self.invitation.fields["link_secret"])
        chain = checks.encode_chain(self.invitation.grants, len(self.invitation.grants))
        told = self.instance, now(), self.sets["Authority"].root()
        end = End(self.genesis, secret, binding, self.key, chain, *told)
        hand = Initiator(end, os.urandom(32))
        self.write(hand.said_hello())
        self.write(hand.on_greeting(self.read(8192)))
        answer = hand.on_answer(self.read(8192))
        if answer != "Welcome":
            raise Refused(f"denied: {answer}")
        self.link_key = hand.link_key
        say("linked", hand.peer.hex())

    def write(self, body):
        self.tls.send(frame(body))

    def read(self, most=65_536):
        while True:
            whole = read_frame(self.received, most)
            if whole:
                body, self.received = whole
                return body
            more = self.tls.receive()
            if not more:
                raise Refused("the link ended")
            self.received += more

    def send(self, message):
        self.write(encode(of.MESSAGE, message))

    # the group

    def begin(self):
        self.compare("Authority")
        self.send({"Clock": {"call": "Ask", "time": now()}})
        self.send({"Online": {"root": H("online-root").hex()}})
        self.send({"Presence": [self.announcement().hex()]})

    def announcement(self):
        content = {
            "peer": self.key.peer.hex(), "instance": self.instance, "serial": 1, "at": now(),
            "lifetime_s": max(300, self.genesis.charter["presence_lifetime_s"]),
            "leaving": False, "name": self.invitation.fields["subject_name"], "addresses": [],
        }
        id_ = H("presence", encode(of.PRESENCE_CONTENT, content))
        signature = self.key.sign("presence", self.genesis.id, id_).hex()
        return encode(of.PRESENCE, {**content, "signature": signature})

    def compare(self, set_):
        replica = self.sets[set_]
        self.rounds[set_] += 1
        self.comparing, self.said_done, self.awaited = set_, False, set()
        self.names = reconciliation.Names(self.link_key, set_, self.rounds[set_])
        count = len(replica.bytes)
        hello = {"root": replica.root().hex(), "count": count, "next": count}
        hello["since"] = self.bookmarks.get(set_) and {
            **self.bookmarks[set_], "came": len(self.arrivals(set_)),
        }
        self.began_at = count
        self.send({"Compare": {"set": set_, "ready": False, "hello": hello}})

    def arrivals(self, set_):
        """What came since the two met: a log whose positions are the order of its items."""
        return list(self.sets[set_].bytes)[self.bookmarks[set_]["here"]:]

    def run(self, until):
        while not until():
            name, fields = variant(decode(of.MESSAGE, self.read()))
            handler = getattr(self, "on_" + name.lower(), None)
            if handler:
                handler(fields)

    def on_clock(self, fields):
        answers = {"Ask": "Answer", "Answer": "Echo"}
        if fields["call"] in answers:
            self.send({"Clock": {"call": answers[fields["call"]], "time": now()}})

    def on_presence(self, announcements):
        for data in announcements:
            shown = checks.Presence(self.genesis, raw(data)).fields
            say("online", shown["name"])

    def on_goodbye(self, reason):
        raise Refused(f"goodbye: {reason}")

    def on_compared(self, fields):
        how, answer = variant(fields["answer"]["how"])
        if how == "Equal":
            self.equal.add(fields["set"])
            there = fields["answer"]["next"]
            self.bookmarks[fields["set"]] = {"here": self.began_at, "there": there}
            self.over()
        elif how == "Push":
            self.conclude()
        elif how == "Pull":
            whole = list(self.sets[fields["set"]].bytes)
            self.give(whole if answer["all"] else self.arrivals(fields["set"]))
            self.conclude()
        elif how == "Descent":
            self.on_probe(answer["root"])
        elif how == "Coded":
            self.begin_decoding(answer)
        else:
            raise Refused("Unexpected")

    # coded symbols (section 11.6)

    def begin_decoding(self, answer):
        self.own = {self.names.short(item): item for item in self.arrivals(self.comparing)}
        self.theirs, self.cells = answer["arrivals"], []
        self.take_cells(raw(answer["cells"]), True)

    def take_cells(self, data, is_last):
        self.cells += reconciliation.unpack(data)
        if not is_last:
            return
        made = reconciliation.difference(list(self.own), self.cells)
        if made is None:
            self.ask_for_more()
            return
        mine, others = made
        assert mine or others, "whatever differs came before the bookmark"
        self.coded = len(self.cells), len(mine), len(others)
        self.give(self.own[short] for short in mine)
        self.awaited = {short >> 4 for short in others}
        if self.awaited:
            wanted = b"".join(tag.to_bytes(4, "little") for tag in sorted(self.awaited)).hex()
            self.send_talk({"Want": {"under": None, "tags": wanted}})
        self.conclude()

    def ask_for_more(self):
        """By a tally at first, then twice as many as there are."""
        if len(self.cells) == 22:
            ask = {"ByTally": reconciliation.tally(self.own).hex()}
        else:
            most = 4 * (len(self.own) + self.theirs) + 64
            assert len(self.cells) < most, "the trie would have to help"
            ask = {"InAll": min(2 * len(self.cells), most)}
        self.send_talk({"More": {"arrivals": len(self.own), "ask": ask}})

    def on_probe(self, probe):
        """What has few items meets whatever the other end has with a list of all its own."""
        kind, fields = variant(probe)
        own = self.sets[self.comparing].tags(self.names)
        if kind == "Branch":
            assert len(own) <= 64, "this peer is small"
            listed = b"".join(tag.to_bytes(4, "little") for tag in sorted(own)).hex()
            leaf = {"Leaf": {"prefix": fields["prefix"], "tags": listed}}
            self.send_talk({"Probes": {"answered": 0, "probes": [leaf]}})
            return
        data = raw(fields["tags"])
        theirs = {int.from_bytes(data[at:at + 4], "little") for at in range(0, len(data), 4)}
        self.give(item for tag, item in own.items() if tag not in theirs)
        self.awaited = theirs - own.keys()
        if self.awaited:
            wanted = b"".join(tag.to_bytes(4, "little") for tag in sorted(self.awaited)).hex()
            self.send_talk({"Want": {"under": fields["prefix"], "tags": wanted}})
        self.conclude()

    def give(self, items):
        held = self.sets[self.comparing].bytes
        data = [held[item].hex() for item in items]
        if data:
            self.send({"Items": {"set": self.comparing, "items": data}})

    def send_talk(self, talk):
        self.send({"Talk": {"set": self.comparing, "talk": talk}})

    def conclude(self):
        if not self.awaited and not self.said_done:
            self.said_done = True
            self.send_talk({"Done": {"whole": True}})

    def on_talk(self, fields):
        kind, talk = variant(fields["talk"])
        if kind == "Cells":
            self.take_cells(raw(talk["cells"]), talk["last"])
        elif kind == "All":  # nearly everything differs: each end sends all that came
            self.coded = ["all"]
            self.give(self.own.values())
            self.conclude()
        elif kind == "Probes":
            self.conclude()  # the answer to what it asked: all else is on its way
        elif kind == "Want":
            own = self.sets[self.comparing].tags(self.names)
            data = raw(talk["tags"])
            tags = [int.from_bytes(data[at:at + 4], "little") for at in range(0, len(data), 4)]
            self.give(own[tag] for tag in tags if tag in own)
        elif kind == "Lacking":
            self.awaited.clear()
            self.conclude()
        elif kind == "Done":
            self.over()

    def over(self):
        """Authority, then records, until both are equal."""
        say("compared", self.comparing, "equal" if self.comparing in self.equal else "unequal")
        if self.comparing == "Authority":
            self.compare("Records")
        else:
            self.done = {"Authority", "Records"} <= self.equal
            self.comparing = None
            if not self.done:
                self.equal.clear()
                self.compare("Authority")

    def on_push(self, fields):
        self.on_items({"set": "Records", "items": fields["items"]})

    def on_have(self, fields):
        """What is announced is asked for."""
        items = [it for it in fields["items"] if raw(it) not in self.sets["Records"].bytes]
        if items:
            self.send({"Fetch": {"items": items}})

    def on_items(self, fields):
        set_ = fields["set"]
        if self.is_deaf and set_ == "Records" and set_ != self.comparing:
            made = (checks.Version.decode(self.genesis.id, raw(it)) for it in fields["items"])
            self.heard |= {one.id for one in made}
            return
        was_awaited = set_ == self.comparing and bool(self.awaited)
        for data in map(raw, fields["items"]):
            item = self.take_statement(data) if set_ == "Authority" else self.take_version(data)
            self.sets[set_].bytes[item] = data
            if was_awaited:
                self.awaited.discard(self.names.tag(item))
        if was_awaited:
            self.conclude()

    def take_statement(self, data):
        one = checks.Statement.decode(self.genesis, data)
        self.statements[one.id] = one
        return one.item(one.full)

    def take_version(self, data):
        version = checks.Version.decode(self.genesis.id, data)
        self.versions[version.id] = version
        author = Authority(self.genesis, self.statements.values())
        role = author.role(raw(version.fields["rest"]["modifier"]), now())
        say("record", role, version.payload.decode())
        return version.id

    # what it says itself

    def publish(self, payload):
        data = self.write_version(payload)
        self.send({"Items": {"set": "Records", "items": [data.hex()]}})

    def write_version(self, payload):
        """A new record, in the own set alone so far."""
        grant, at = self.invitation.grant, now()
        tenure = grant.body["continues"] or grant.id.hex()
        leaves = checks.payload_leaves(payload)
        fields = {
            "fields": {
                "type": NOTE, "creator": self.key.peer.hex(), "nonce": os.urandom(16).hex(),
                "ceiling": at + 2 * HOUR,
            },
            "rest": {
                "modifier": self.key.peer.hex(), "cred": tenure,
                "stamp": {"time": at, "count": len(self.sets["Records"].bytes),
                          "instance": self.instance}, "lineage": [],
                "number": 1, "created": at, "expires": at + HOUR, "deleted": False,
                "attributes": [{"name": "language", "value": {"Text": "Python"}}],
                "payload_root": checks.payload_root(leaves).hex(), "payload_len": len(payload),
            },
            "origin": None, "signature": bytes(64).hex(), "payload": payload.hex(),
        }
        rest = H("version-rest", encode(of.REST, fields["rest"]))
        parts = self.genesis.id, encode(of.ID_FIELDS, fields["fields"]), rest
        signature = self.key.sign("version", self.genesis.id, H("version", *parts))
        fields["signature"] = signature.hex()
        version = checks.Version(self.genesis.id, fields)
        data = version.encode()
        self.sets["Records"].bytes[version.id] = data
        say("published", version.record.hex())
        return data


def catch_up(peer, count):
    """Both ends write what the other does not have; coded symbols tell what, from a bookmark."""
    peer.done = False
    peer.equal.clear()
    peer.compare("Authority")
    peer.run(lambda: peer.done)
    peer.is_deaf = True
    say("met")
    peer.run(lambda: len(peer.heard) == count)
    for number in range(count):
        peer.write_version(f"written apart {number}".encode())
    peer.equal.clear()
    peer.done = False
    peer.compare("Records")
    peer.run(lambda: peer.done)
    say("coded", *(peer.coded or ["not"]))


def join(key, path, payload, apart="0"):
    invitation = documents.Invitation.read(pathlib.Path(path).read_bytes())
    assert invitation.holder == key.peer, "the invitation is for somebody else"
    peer = Peer(key, invitation)
    say("invited to", invitation.fields["group_name"])
    peer.connect(invitation.fields["addresses"][0])
    peer.begin()
    peer.run(lambda: peer.done)
    role = Authority(peer.genesis, peer.statements.values()).role(key.peer, now())
    say("synchronised as", role)
    peer.publish(payload.encode())
    if int(apart):
        catch_up(peer, int(apart))
    ends = threading.Thread(target=sys.stdin.read, daemon=True)
    ends.start()
    threading.Thread(target=serve, args=[peer], daemon=True).start()
    ends.join()
    peer.send({"Goodbye": "Leaving"})
    peer.tls.close()


def serve(peer):
    try:
        peer.run(lambda: False)
    except (Refused, TlsError, OSError):
        pass  # the other end has gone


def main(verb, key, *rest):
    key = Secret(bytes.fromhex(key))
    if verb == "card":
        fields = {"version": 1, "peer": key.peer.hex(), "name": rest[0]}
        print(documents.Card(encode(of.CARD, fields)).write(), end="")
    else:
        join(key, *rest)


if __name__ == "__main__":
    main(*sys.argv[1:])

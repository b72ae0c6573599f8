"""Form and signatures: what of the decoded is refused, by which fault (sections 3, 4, 6, 12)."""

from keys import H, is_sound, signed
from structures import (
    ATTRIBUTE, CHAIN, CORE, GENESIS, GENESIS_CONTENT, ID_FIELDS, ORIGIN, PREV_AND_CITES,
    PRESENCE, PRESENCE_CONTENT, REST, SIGNATURE, STATEMENT,
)
from wire import List, Reader, Refused, decode, encode

ROLES = ["Member", "Inviter", "Admin"]


def raw(text):
    return bytes.fromhex(text)


def variant(value):
    """The name of an enum's variant, and what is in it."""
    return (value, None) if isinstance(value, str) else next(iter(value.items()))


def ascends(values):
    return all(one < next_ for one, next_ in zip(values, values[1:]))


class Genesis:
    def __init__(self, fields):
        content = fields["content"]
        self.fields, self.charter = fields, content["charter"]
        self.creator = raw(content["creator"])
        self.id = H("genesis", encode(GENESIS_CONTENT, content))
        good = (
            content["version"] == 1
            and self.charter["presence_lifetime_s"] >= 300
            and self.charter["member_lifetime_s"] >= 28_800
            and is_sound(self.creator)
        )
        if not good or not signed(
            self.creator, "genesis", self.id, self.id, raw(fields["signature"])
        ):
            raise Refused("NotTrusted")

    @classmethod
    def decode(cls, data):
        return cls(decode(GENESIS, data))


class Statement:
    """A statement of good form, well signed."""

    def __init__(self, genesis, fields):
        self.fields = fields
        self.author = raw(fields["author"])
        self.depth, self.height = fields["depth"], fields["height"]
        self.cred = fields["cred"] and raw(fields["cred"])
        self.kind, self.body = variant(fields["body"])
        form, lists = variant(fields["lists"])
        self.full = form == "Full"
        self.prev = [raw(id_) for id_ in lists["prev"]] if self.full else []
        self.cites = [raw(id_) for id_ in lists["cites"]] if self.full else []
        if not self._has_good_form(genesis):
            raise Refused("InvalidStatement")
        digest = H("statement-lists", encode(PREV_AND_CITES, lists)) if self.full else raw(lists)
        core = {name: fields[name] for name in CORE.fields}
        self.id = H("statement", genesis.id, encode(CORE, core), digest)
        if not signed(self.author, "statement", genesis.id, self.id, raw(fields["signature"])):
            raise Refused("InvalidSignature")

    @classmethod
    def decode(cls, genesis, data):
        if len(data) > 20_912:
            raise Refused("TooLarge")
        fields = decode(STATEMENT, data)
        if len(data) > 4096 and variant(fields["body"])[0] != "Survivors":
            raise Refused("TooLarge")
        return cls(genesis, fields)

    def encode(self):
        return encode(STATEMENT, self.fields)

    def item(self, full):
        return H("statement-item", self.id, bytes([full]))

    @property
    def subject(self):
        return raw(self.body["subject"])

    def _has_good_form(self, genesis):
        by_creator, body = self.author == genesis.creator, self.body
        lists = (self.prev, 4), (self.cites, 16)
        return (
            by_creator == (self.cred is None)
            and self.depth >= 1
            and all(len(ids) <= most and ascends(ids) for ids, most in lists)
            and (not self.cites or self.kind == "Grant")
            and getattr(self, "_is_good_" + self.kind.lower())(genesis, by_creator, body)
        )

    def _is_good_grant(self, genesis, _, body):
        subject, window = raw(body["subject"]), body["window"]
        others = subject not in (genesis.creator, self.author)
        return others and window["from"] < window["until"] and is_sound(subject)

    def _is_good_remove(self, genesis, _, body):
        cut = body["cut"]
        return raw(body["subject"]) != genesis.creator and len(cut) <= 16 and ascends(cut)

    def _is_good_demote(self, genesis, by_creator, body):
        return body["to"] != "Admin" and self._is_good_remove(genesis, by_creator, body)

    def _is_good_resign(self, _, by_creator, __):
        return not by_creator

    def _is_good_property(self, _, by_creator, body):
        return by_creator and body["payload_bytes_max"] <= 62_914_560

    def _is_good_checkpoint(self, _, by_creator, body):
        return by_creator and self.height > 0 and len(body["parts"]) <= 110

    def _is_good_survivors(self, _, by_creator, body):
        named = [survivor["id"] for survivor in body]
        return by_creator and self.height > 0 and 1 <= len(named) <= 600 and ascends(named)


def may_issue(outer, inner):
    """Whether the holder of a grant may issue another (section 4.3)."""
    roles = {"Admin": ROLES, "Inviter": ROLES[:2], "Member": []}[outer["role"]]
    window, within = outer["window"], inner["window"]
    fits = window["from"] <= within["from"] and within["until"] <= window["until"]
    return inner["role"] in roles and fits


def check_chain(genesis, links):
    """The grants of a chain and its holder."""
    if len(links) > 24:
        raise Refused("InvalidCredential")
    grants, holder = [], genesis.creator
    for link in links:
        above = grants[-1] if grants else None
        if above and not may_issue(above.body, link["grant"]):
            raise Refused("InvalidCredential")
        fields = {
            "author": holder.hex(),
            "cred": above.id.hex() if above else None,
            "depth": link["depth"],
            "height": link["height"],
            "body": {"Grant": link["grant"]},
            "lists": link["lists"],
            "signature": link["signature"],
        }
        grants.append(Statement(genesis, fields))
        holder = grants[-1].subject
    return grants, holder


def decode_chain(genesis, data):
    return check_chain(genesis, decode(CHAIN, data))


def encode_chain(grants, full):
    """The chain of these grants, the lists of the last `full` of them in full."""
    links = []
    for at, grant in enumerate(grants):
        lists = grant.fields["lists"]
        if at < len(grants) - full and grant.full:
            digest = H("statement-lists", encode(PREV_AND_CITES, lists["Full"]))
            lists = {"Digest": digest.hex()}
        fields = grant.fields
        links.append({
            "depth": fields["depth"], "height": fields["height"], "grant": grant.body,
            "lists": lists, "signature": fields["signature"],
        })
    return encode(CHAIN, links)


def payload_leaves(payload):
    leaves = [payload[at:at + 65_536] for at in range(0, len(payload), 65_536)] or [b""]
    return [H("payload-leaf", leaf) for leaf in leaves]


def payload_root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return H("payload-node", payload_root(leaves[:half]), payload_root(leaves[half:]))


class Version:
    """A version of good form, well signed (section 6.2)."""

    def __init__(self, group, fields):
        self.fields = fields
        encoded, rest = encode(ID_FIELDS, fields["fields"]), fields["rest"]
        self.rest = H("version-rest", encode(REST, rest))
        self.record = H("record-id", group, encoded)[:16]
        self.id = H("version", group, encoded, self.rest)
        self.payload = raw(fields["payload"])
        if not self._has_good_payload(rest) or not self._has_good_form(fields["fields"], rest):
            raise Refused("InvalidVersion")
        good = signed(raw(rest["modifier"]), "version", group, self.id, raw(fields["signature"]))
        origin = fields["origin"]
        if origin:
            first = H("version", group, encoded, raw(origin["rest"]))
            creator, by = raw(fields["fields"]["creator"]), raw(origin["signature"])
            good = good and signed(creator, "version", group, first, by)
        if not good:
            raise Refused("InvalidSignature")

    @classmethod
    def decode(cls, group, data):
        reader, fields = Reader(data), {}
        for name, of in ("fields", ID_FIELDS), ("rest", REST), ("origin", ORIGIN), (
            "signature", SIGNATURE,
        ):
            begins = reader.at
            fields[name] = of.read(reader)
            if encode(of, fields[name]) != reader.data[begins:reader.at]:
                raise Refused("Malformed")
        payload = reader.take(reader.left())
        if len(data) - len(payload) > 9216 or len(payload) > 4096:
            raise Refused("TooLarge")
        return cls(group, {**fields, "payload": payload.hex()})

    def encode(self):
        return encode_version(self.fields)

    def _has_good_payload(self, rest):
        length = rest["payload_len"]
        if length > 4096:
            return length <= 62_914_560 and not self.payload
        root = payload_root(payload_leaves(self.payload))
        return length == len(self.payload) and raw(rest["payload_root"]) == root

    def _has_good_form(self, fields, rest):
        if rest["deleted"]:
            plain = not rest["attributes"] and rest["payload_len"] == 0
            kind = rest["expires"] == fields["ceiling"] and plain
        else:
            kind = rest["expires"] <= fields["ceiling"]
        attributes = rest["attributes"]
        return (
            kind
            and fields["type"][8:] != "0" * 24
            and (rest["modifier"] == fields["creator"]) == (self.fields["origin"] is None)
            and rest["number"] >= 1
            and rest["created"] <= rest["stamp"]["time"]
            and is_lineage(rest["lineage"], rest["stamp"])
            and len(attributes) <= 64
            and len(encode(List(ATTRIBUTE), attributes)) <= 8192
        )


def encode_version(fields):
    parts = ("fields", ID_FIELDS), ("rest", REST), ("origin", ORIGIN), ("signature", SIGNATURE)
    return b"".join(encode(of, fields[name]) for name, of in parts) + raw(fields["payload"])


def is_lineage(lineage, stamp):
    keys = [(it["time"], it["count"], it["instance"]) for it in lineage + [stamp]]
    instances = [key[2] for key in keys]
    return len(lineage) <= 16 and ascends(keys) and len(set(instances)) == len(instances)


class Presence:
    """An announcement that may be shown (section 12.1), its age aside."""

    def __init__(self, genesis, data):
        self.fields = fields = decode(PRESENCE, data)
        least = genesis.charter["presence_lifetime_s"]
        within = least <= fields["lifetime_s"] <= max(least, 8192)
        if not within or len(fields["addresses"]) > 8:
            raise Refused("InvalidPresence")
        content = {name: fields[name] for name in PRESENCE_CONTENT.fields}
        id_ = H("presence", encode(PRESENCE_CONTENT, content))
        peer, signature = raw(fields["peer"]), raw(fields["signature"])
        if not signed(peer, "presence", genesis.id, id_, signature):
            raise Refused("InvalidSignature")

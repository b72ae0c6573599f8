"""Tries the decoder on every vector: the valid ones both ways, the refused ones by their name.

    python3 check_vectors.py DIRECTORY
"""

import json
import pathlib
import sys

import checks
import database
import documents
import handshake
import keys
import password
import reconciliation
import searches
import structures as of
import vault
from authority import Authority
from wire import List, Reader, Refused, decode, encode, frame, read_frame

FRAME_BODIES = {"handshake": 8192, "group": 65_536, "direct": 65_568}


def content(vector):
    """The bytes of a vector, whichever way they are written."""
    if "text" in vector:
        return vector["text"].encode()
    parts = vector["bytes"] if isinstance(vector["bytes"], list) else [vector["bytes"]]
    plain = (
        bytes.fromhex(part) if isinstance(part, str)
        else bytes.fromhex(part["repeat"]) * part["times"]
        for part in parts
    )
    return b"".join(plain)


def same(one, other):
    """Equal, but that no bytes and no elements look alike."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (one in ("", []) and other in ("", []))


def plain(structure):
    def read(_, data):
        fields = decode(structure, data)
        return fields, {}, encode(structure, fields)
    return read


# What a vector is, to what is made of its bytes: fields, what is derived, the bytes once more.


def genesis(_, data):
    made = checks.Genesis.decode(data)
    return made.fields, {"id": made.id.hex()}, encode(of.GENESIS, made.fields)


def statement(given, data):
    made = checks.Statement.decode(given["genesis"], data)
    derived = {
        "id": made.id.hex(), "item of the digest": made.item(False).hex(),
        "item in full": made.item(True).hex(),
    }
    return made.fields, derived, made.encode()


def chain(given, data):
    fields = decode(of.CHAIN, data)
    grants, holder = checks.check_chain(given["genesis"], fields)
    derived = {"holder": holder.hex(), "ids": [grant.id.hex() for grant in grants]}
    return fields, derived, encode(of.CHAIN, fields)


def version(given, data):
    made = checks.Version.decode(given["group"], data)
    derived = {"record": made.record.hex(), "id": made.id.hex(), "rest": made.rest.hex()}
    return made.fields, derived, made.encode()


def announcement(given, data):
    made = checks.Presence(given["genesis"], data)
    return made.fields, {}, encode(of.PRESENCE, made.fields)


def framed(phase):
    def read(_, data):
        body, rest = read_frame(data, FRAME_BODIES[phase])
        return body.hex(), {}, frame(body) + rest
    return read


def message(_, data):
    if len(data) > FRAME_BODIES["group"]:
        raise Refused("TooLarge")
    fields = decode(of.MESSAGE, data)
    name, inner = checks.variant(fields)
    if name in ("Declined", "Reconsidered", "Have", "Fetch") and len(inner["items"]) > 1024:
        raise Refused("TooLarge")
    if name == "Talk" and not is_sound_talk(inner["talk"]):
        raise Refused("Malformed")
    if name == "Compared":
        how, answer = checks.variant(inner["answer"]["how"])
        if how == "Descent" and not (
            is_sound_probe(answer["root"]) and checks.variant(answer["root"])[1]["prefix"] == 1
        ):
            raise Refused("Unexpected")
    return fields, {}, encode(of.MESSAGE, fields)


def is_sound_talk(talk):
    name, fields = checks.variant(talk)
    if name == "Probes":
        return len(fields["probes"]) <= 1024 and all(map(is_sound_probe, fields["probes"]))
    if name in ("Want", "Lacking"):
        under = fields.get("under")
        return tags(fields) is not None and tags(fields) <= 1024 and (
            under is None or reconciliation.is_prefix(under)
        )
    return True


def is_sound_probe(probe):
    name, fields = checks.variant(probe)
    count = tags(fields)
    fits = count == fields["children"].bit_count() if name == "Branch" else (
        count is not None and count <= 64
    )
    return fits and reconciliation.is_prefix(fields["prefix"])


def tags(fields):
    count, rest = divmod(len(fields["tags"]), 8)
    return None if rest else count


def direct(_, data):
    reader = Reader(data)
    fields = of.DIRECT.read(reader)
    part = reader.take(reader.left())
    name, inner = checks.variant(fields)
    length = inner["length"] if name == "Part" else 0
    again = encode(of.DIRECT, fields) + part
    if again != data or len(part) != length:
        raise Refused("Malformed")
    return {"message": fields, "bytes": part.hex()}, {}, again


def document(kind):
    def read(_, data):
        made = kind.read(data)
        return made.vector(), {}, made.write().encode()
    return read


def line(_, data):
    made = documents.Invitation.from_text(data.decode())
    return made.vector(), {}, made.to_text().encode()


def text(good):
    def read(_, data):
        if not good(data.decode()):
            raise Refused("Malformed")
        return None, {}, data
    return read


def is_type_text(value):
    import re
    return bool(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value))


def sealed(structure):
    def read(_, data):
        fields = handshake.open_(structure, data)
        return fields, {}, handshake.seal(structure, fields)
    return read


def vault_of(open_, kind):
    def read(given, data):
        fields = open_(given["passphrase"].encode(), data)
        inside = vault.open_(kind, given["passphrase"].encode(), data)
        body, identity, group, (cost, salt, nonce) = inside
        args = cost, salt, nonce, identity, group, body
        return fields, {}, vault.seal(kind, given["passphrase"].encode(), *args)
    return read


def database_of(given, data):
    return database.read(given["genesis"], bytes.fromhex(given["identity"]), data)


def attributes(_, data):
    fields = searches.read_attributes(data)
    encoded = encode(List(of.ATTRIBUTE), fields)
    return fields, {"encoded": encoded.hex()}, searches.write_attributes(fields).encode()


def search(_, data):
    query = searches.read_search(data)
    return query, {}, searches.write_search(query).encode()


# The same of a password.


def parties(given):
    names = "binding", "group", "newcomer", "admitter", "hardened password"
    return password.Parties(*(bytes.fromhex(given[name]) for name in names))


def both_sides(given):
    drawn = [bytes.fromhex(given[f"{side} draws"]) for side in ("newcomer", "admitter")]
    return [password.Side(parties(given), *it) for it in zip((True, False), drawn)]


def heard_flight(which):
    def read(given, data):
        one, other = both_sides(given)
        if which == "share":
            other.on_share(data)
        elif which == "share back":
            one.on_share(data)
        else:
            one.on_share(other.said_share())
            other.on_share(one.said_share())
            if which == "confirmation":
                other.on_confirmation(data)
            else:
                one.on_verdict(data)
        return None, {}, data
    return read


# What is heard in a handshake is heard by an end that has come so far.


def both_ends(given):
    secret, binding = (bytes.fromhex(given[name]) for name in ("link secret", "binding"))
    ends = [handshake.end_of(given["genesis"], secret, binding, given[side])
            for side in ("initiator", "responder")]
    nonces = [bytes([binding[0] ^ mark]) * 32 for mark in (0x40, 0x80)]
    target = bytes.fromhex(given["target"])
    return (handshake.Initiator(ends[0], nonces[0], target),
            handshake.Responder(ends[1], nonces[1]))


def whole_handshake(given):
    one, other = both_ends(given)
    hello = one.said_hello()
    greeting = other.on_hello(hello)
    proof = one.on_greeting(greeting)
    other.on_proof(proof)
    answer = other.answer("Welcome")
    assert one.on_answer(answer) == "Welcome" and one.link_key == other.link_key
    return one, [hello, greeting, proof, answer]


def heard(which):
    def read(given, data):
        one, other = both_ends(given)
        if which == "hello":
            other.on_hello(data)
        elif which == "greeting":
            one.on_greeting(data)
        else:
            greeting = other.on_hello(one.said_hello())
            proof = one.on_greeting(greeting)
            other.on_proof(data) if which == "proof" else one.on_answer(data)
        return None, {}, data
    return read


READERS = {
    "genesis": genesis, "statement": statement, "chain": chain, "version": version,
    "announcement": announcement, "message": message, "direct": direct,
    **{f"frame, {phase}": framed(phase) for phase in FRAME_BODIES},
    "card": document(documents.Card), "invitation": document(documents.Invitation),
    "password invitation": document(documents.PasswordInvitation), "invitation text": line,
    "address": text(keys.is_address), "peer text": text(keys.is_peer_text),
    "type text": text(is_type_text),
    "record text": text(lambda value: len(value) == 32 and set(value) <= set("0123456789abcdef")),
    "beacon text": text(lambda value: keys.from_base32(value) is not None),
    "hello": sealed(of.TAGGED_HELLO), "greeting": sealed(of.SIGNED_GREETING),
    "proof": sealed(of.SIGNED_PROOF), "answer": sealed(of.CONFIRMED_ANSWER),
    **{f"heard {it}": heard(it) for it in ("hello", "greeting", "proof", "answer")},
    "flight": sealed(of.FLIGHT), "database": database_of, "attributes": attributes,
    "search": search,
    **{f"heard {it}": heard_flight(it)
       for it in ("share", "share back", "confirmation", "verdict")},
    "sealed identity": vault_of(vault.open_identity, vault.IDENTITY),
    "sealed group": vault_of(vault.open_group, vault.GROUP),
}


# What is computed, as the vector has it.


def payload(_, vector):
    data = bytes(at % 251 for at in range(vector["length"]))
    leaves = checks.payload_leaves(data)
    root = checks.payload_root(leaves)
    return {"leaves": [leaf.hex() for leaf in leaves], "root": root.hex()}


def online(_, vector):
    shown = sorted((bytes.fromhex(it["peer"]), it["instance"]) for it in vector["shown"])
    names = b"".join(peer + instance.to_bytes(8, "little") for peer, instance in shown)
    return {"root": keys.H("online-root", names).hex()}


def beacon(given, vector):
    secret, made = (bytes.fromhex(vector[name]) for name in ("link secret", "beacon"))
    hour, nonce = vector["now"] // 3_600_000, made[:16]
    periods = (it.to_bytes(8, "little") for it in (hour - 1, hour, hour + 1))
    macs = [keys.M(secret, "beacon", given["group"], it, nonce)[:16] for it in periods]
    return {"text": keys.base32(made), "fits": made[16:] in macs}


def name(given, vector):
    key = bytes.fromhex(given["link key"])
    names = reconciliation.Names(key, vector["set"], vector["round"])
    item = bytes.fromhex(vector["item"])
    short = names.short(item)
    within = [at for at, cell in enumerate(reconciliation.cells([short], 200)) if cell]
    return {
        "short": short, "tag": names.tag(item), "cells up to 200": within,
        "cell": reconciliation.pack(reconciliation.cells([short], 1)).hex(),
        "tally": reconciliation.tally([short]).hex(),
    }


def difference(_, vector):
    leader, follower = vector["leader"], vector["follower"]
    cells = reconciliation.unpack(bytes.fromhex(vector["cells"]))
    own, others = reconciliation.difference(leader, cells)
    tallies = map(reconciliation.tally, (leader, follower))
    return {
        "cells": reconciliation.pack(reconciliation.cells(follower, len(cells))).hex(),
        "the leader's alone": sorted(own), "the follower's alone": sorted(others),
        "estimate": reconciliation.estimate(*tallies),
    }


def tree(_, vector):
    items = [keys.H("set-leaf", at.to_bytes(4, "little")) for at in range(vector["items"])]
    root, children = reconciliation.tree(items)
    shown = children and [child and child.hex() for child in children]
    return {"root": root.hex(), "children": shown}


def transcript(given, _):
    one, _ = whole_handshake(given)
    values = {"t1": one.t1, "t2": one.t2, "t3": one.t3, "t4": one.t4, "link key": one.link_key}
    return {name: value.hex() for name, value in values.items()}


def authority(given, vector):
    genesis = given["genesis"]
    read = [checks.Statement.decode(genesis, bytes.fromhex(it)) for it in vector["statements"]]
    made = Authority(genesis, read)
    peers = map(bytes.fromhex, given["peers"])
    members = (member(made, peer, given["now"]) for peer in peers)
    verdicts = [verdict(made, one.id) for one in read]
    return {"verdicts": verdicts, "members": [it for it in members if it]}


def verdict(made, id_):
    if id_ not in made.held:
        return {"id": id_.hex(), "held": False}
    says = {"id": id_.hex(), "live": id_ in made.live}
    if says["live"] and made.held[id_].kind == "Grant":
        says["removed"] = id_ in made.removed
        says["demoted"] = id_ in made.demoted and id_ not in made.removed
        says["given up"] = id_ in made.given_up
    return says


def member(made, peer, now):
    role = made.role(peer, now)
    if role is None:
        return None
    grant = made.membership(peer)
    listed = checks.ROLES[made.worth(grant)] if grant else "Admin"
    return {
        "peer": peer.hex(), "role": role, "listed as": listed,
        "issuer": (grant.author if grant else peer).hex(), "grant": grant and grant.id.hex(),
    }


def exchange(given, _):
    one, other = both_sides(given)
    one.on_share(other.said_share())
    other.on_share(one.said_share())
    assert one.key == other.key
    chain = bytes.fromhex(given["chain"])
    return {
        "newcomer's share": one.share.hex(), "admitter's share": other.share.hex(),
        "key": one.key.hex(), "newcomer's confirmation": one.newcomer_confirms().hex(),
        "admitter's confirmation": one.admitter_confirms(chain).hex(),
    }


def results(_, vector):
    query = searches.read_search(vector["search"].encode())
    return {"holds": [searches.holds(query, record) for record in vector["records"]]}


COMPUTED = {
    "payload": payload, "online": online, "beacon": beacon, "name": name, "tree": tree,
    "exchange": exchange, "results": results, "difference": difference,
    "transcript": transcript, "authority": authority,
}


def check(given, vector):
    """What is wrong; none if all is right."""
    compute = COMPUTED.get(vector["what"])
    if compute:
        made = compute(given, vector)
        wrong = [part for part in made if made[part] != vector[part]]
        return wrong and f"{wrong[0]}: {made[wrong[0]]}"
    data = content(vector)
    try:
        fields, derived, again = READERS[vector["what"]](given, data)
    except Refused as refused:
        expected = vector.get("refused")
        return str(refused) != expected and f"refused as {refused}, not {expected}"
    if "refused" in vector:
        return f"taken, not refused as {vector['refused']}"
    if not same(fields, vector["fields"]):
        return f"fields {fields}"
    if derived != vector.get("derived", {}):
        return f"derived {derived}"
    written = vector.get("written as", None)
    return again != (written.encode() if written else data) and "not encoded as it was"


def context(given):
    if "genesis" in given:
        given["genesis"] = checks.Genesis.decode(bytes.fromhex(given["genesis"]))
        given["group"] = given["genesis"].id
    return given


def main(directory):
    failed = count = 0
    for path in sorted(pathlib.Path(directory).glob("*.json")):
        sheet = json.loads(path.read_text())
        given = context(sheet["given"])
        for vector in sheet["vectors"]:
            count += 1
            wrong = check(given, vector)
            if wrong:
                failed += 1
                print(f"{path.name}: {vector['what']}, {vector['name']}: {str(wrong)[:600]}")
    print(f"{count} vectors, {failed} wrong")
    return failed or count == 0


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1])))

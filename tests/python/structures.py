"""Every structure of PROTOCOL.md, field by field as in its tables."""

import re

from keys import is_address
from wire import (
    I64, U16, U32, U64, Bool, Byte, Bytes, Enum, Fixed, List, Option, Struct, Text, Tuple,
)

ID = PEER = Fixed(32)
SIGNATURE = Fixed(64)
NAME = Text(255)
ADDRESS = Text(128, is_address)
ROLE = Enum(Member=None, Inviter=None, Admin=None)
WINDOW = Struct(**{"from": U64, "until": U64})
STAMP = Struct(time=U64, count=U32, instance=U64)

# 3
CHARTER = Struct(classifier=Text(149), presence_lifetime_s=U32, member_lifetime_s=U32)
GENESIS_CONTENT = Struct(version=Byte(), creator=PEER, nonce=ID, created=U64, charter=CHARTER)
GENESIS = Struct(content=GENESIS_CONTENT, signature=SIGNATURE)

# 4
GRANT = Struct(subject=PEER, role=ROLE, window=WINDOW, continues=Option(ID))
TERMS = Struct(number=U32, role=ROLE, removals=ID)
PROPERTIES = Struct(
    name=NAME, comment=Text(512), disable_presence=Bool(), defer_expiration=Bool(),
    renew_members=Bool(), payload_bytes_max=U32, link_secret=ID, password=Option(TERMS),
)
WORTH = Enum(Full=None, Demoted=None, Removed=None, GivenUp=None, Dead=None)
BODY = Enum(
    Grant=GRANT,
    Remove=Struct(subject=PEER, cut=List(ID)),
    Demote=Struct(subject=PEER, to=ROLE, cut=List(ID)),
    Resign=Struct(at=STAMP),
    Property=PROPERTIES,
    Checkpoint=Struct(at=U64, parts=List(ID)),
    Survivors=List(Struct(id=ID, worth=WORTH, begins=Bool())),
)
PREV_AND_CITES = Struct(prev=List(ID), cites=List(ID))
LISTS = Enum(Full=PREV_AND_CITES, Digest=ID)
CORE = Struct(author=PEER, cred=Option(ID), depth=U32, height=U32, body=BODY)
STATEMENT = Struct(**CORE.fields, lists=LISTS, signature=SIGNATURE)
CHAIN = List(Struct(depth=U32, height=U32, grant=GRANT, lists=LISTS, signature=SIGNATURE))

# 6
RESERVED = {
    "peercreatorid", "peerlastmodifiedby", "peercreationtime", "peerlastmodificationtime",
    "peerrecordid", "peerrecordtype",
}


def is_attribute_name(text):
    return bool(re.fullmatch("[0-9a-zA-Z]{1,40}", text)) and text.lower() not in RESERVED


ATTRIBUTE = Struct(
    name=Text(40, is_attribute_name),
    value=Enum(Int=I64(), Text=Text(4032), Date=U64),
)
ID_FIELDS = Struct(type=Fixed(16), creator=PEER, nonce=Fixed(16), ceiling=U64)
REST = Struct(
    modifier=PEER, cred=Option(ID), stamp=STAMP, lineage=List(STAMP), number=U32, created=U64,
    expires=U64, deleted=Bool(), attributes=List(ATTRIBUTE), payload_root=ID, payload_len=U32,
)
ORIGIN = Option(Struct(rest=ID, signature=SIGNATURE))

# 7
CARD = Struct(version=Byte(), peer=PEER, name=NAME)
INVITATION = Struct(
    version=Byte(), genesis=GENESIS, chain=CHAIN, addresses=List(ADDRESS), link_secret=ID,
    group_name=NAME, issuer_name=NAME, subject_name=NAME,
)
PASSWORD_INVITATION = Struct(
    version=Byte(), genesis=GENESIS, role=ROLE, until=U64, addresses=List(ADDRESS),
    link_secret=ID, group_name=NAME, issuer_name=NAME,
)

# 9
HELLO = Struct(versions=List(U16), nonce=ID, instance=U64)
TAGGED_HELLO = Struct(hello=HELLO, tag=Fixed(16))
IDENTIFICATION = Struct(peer=ID, chain=Bytes(), time=U64, digest=ID)
GREETING = Struct(
    versions=List(U16), version=U16, nonce=ID, instance=U64, identification=IDENTIFICATION,
)
SIGNED_GREETING = Struct(greeting=GREETING, tag=Fixed(16), signature=SIGNATURE)
PURPOSE = Enum(Group=None, Connection=Struct(nonce=U64), Password=None)
PROOF = Struct(identification=IDENTIFICATION, purpose=PURPOSE)
SIGNED_PROOF = Struct(proof=PROOF, signature=SIGNATURE, confirmation=ID)
DENIED = Struct(reason=Byte(), evidence=List(Bytes()), referrals=List(ADDRESS))
ANSWER = Enum(Welcome=None, Denied=DENIED)
CONFIRMED_ANSWER = Struct(answer=ANSWER, confirmation=ID)

# 11
SET = Enum(Authority=None, Records=None)
TAGS = Bytes()
PROBE = Enum(
    Branch=Struct(prefix=U64, children=U16, tags=TAGS),
    Leaf=Struct(prefix=U64, tags=TAGS),
)
COMPARE_HELLO = Struct(
    root=ID, count=U64, next=U64, since=Option(Struct(here=U64, there=U64, came=U64)),
)
HOW = Enum(
    Equal=None,
    Push=None,
    Pull=Struct(all=Bool()),
    Coded=Struct(arrivals=U64, cells=Bytes()),
    Descent=Struct(count=U64, root=PROBE),
    Turned=None,
)
TALK = Enum(
    More=Struct(arrivals=U64, ask=Enum(ByTally=Bytes(), InAll=U64)),
    Cells=Struct(cells=Bytes(), last=Bool()),
    All=None,
    Probes=Struct(answered=U64, probes=List(PROBE)),
    Want=Struct(under=Option(U64), tags=TAGS),
    Lacking=Struct(tags=TAGS),
    Done=Struct(whole=Bool()),
)

# 10, 12, 14
PAYLOAD = Struct(root=ID, length=U32)
PART = Enum(Digests=None, Leaf=U32)
STEM = Struct(tree=U64, hops=Byte())
GOODBYE = Enum(Leaving=None, Pruned=None, Duplicate=None, CredentialsChanged=None, NotAMember=None)
MESSAGE = Enum(
    Compare=Struct(set=SET, ready=Bool(), hello=COMPARE_HELLO),
    Compared=Struct(set=SET, ready=Bool(), answer=Struct(next=U64, how=HOW)),
    Talk=Struct(set=SET, talk=TALK),
    Declined=Struct(set=SET, items=List(ID)),
    Reconsidered=Struct(set=SET, items=List(ID)),
    Items=Struct(set=SET, items=List(Bytes())),
    Presence=List(Bytes()),
    Credit=Struct(**{"class": Enum(Control=None, Lists=None, Items=None), "bytes": U32}),
    DialBack=Struct(nonce=U64),
    Goodbye=GOODBYE,
    Online=Struct(root=ID),
    Clock=Struct(call=Enum(Ask=None, Answer=None, Echo=None), time=U64),
    Pull=Struct(payload=PAYLOAD, part=PART, voucher=U64),
    Piece=Struct(payload=PAYLOAD, part=PART, offset=U32, bytes=Bytes(), voucher=Option(U64)),
    Holding=Struct(payload=PAYLOAD, part=PART, held=Bytes(), voucher=U64),
    Whole=Struct(payload=PAYLOAD),
    Push=Struct(stem=STEM, items=List(Bytes())),
    Have=Struct(stem=Option(STEM), items=List(ID)),
    Fetch=Struct(items=List(ID)),
    Graft=Struct(tree=U64),
    Prune=Struct(tree=U64),
)
PRESENCE_CONTENT = Struct(
    peer=PEER, instance=U64, serial=U32, at=U64, lifetime_s=U32, leaving=Bool(), name=NAME,
    addresses=List(ADDRESS),
)
PRESENCE = Struct(**PRESENCE_CONTENT.fields, signature=SIGNATURE)

# 13
DIRECT = Enum(
    Part=Struct(start=Option(Tuple(Fixed(16), U32)), length=U32),
    Credit=U32,
    Close=None,
    Widen=U32,
)

# 15
FLIGHT = Enum(
    Share=ID,
    Confirmation=ID,
    Admitted=Struct(confirmation=ID, chain=Bytes()),
    Denied=Struct(reason=Byte()),
)

# 17
DATABASE_HEAD = Struct(group=ID, identity=PEER, statements=U64, versions=U64, parts=U64)
SEAT = Struct(
    key=ID, link_secret=ID, genesis=GENESIS, chain=CHAIN, properties=Option(Bytes()), name=NAME,
    group_name=NAME, addresses=List(ADDRESS),
)

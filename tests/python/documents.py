"""Cards and invitations (section 7), as XML and as one line of text."""

import base64
import binascii
import datetime
import re

from checks import Genesis, check_chain
from keys import H, base32, is_sound
from structures import CARD, INVITATION, PASSWORD_INVITATION
from wire import Refused, decode, encode

NAME = "[A-Za-z][A-Za-z0-9_-]*"
NEVER = (1 << 64) - 1
ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
BYTES_MAX, DEPTH_MAX, ATTRIBUTES_MAX = 65_536, 8, 16


def malformed(wrong=True):
    if wrong:
        raise Refused("Malformed")


# 7.5: as much of XML as is accepted


class Element:
    def __init__(self, name, attributes):
        self.name, self.attributes, self.children, self.text = name, attributes, [], ""


def read_xml(data, depth_max=DEPTH_MAX):
    """The root of a document."""
    malformed(len(data) > BYTES_MAX)
    try:
        text = data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        malformed()
    malformed(re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", text) is not None)
    declaration = re.match(
        r"""<\?xml\s+version=("1\.0"|'1\.0')(\s+encoding=("UTF-8"|'UTF-8'))?\s*\?>""",
        text, re.IGNORECASE,
    )
    at, stack, top = declaration.end() if declaration else 0, [], None
    for piece in re.split("(<[^<]*)", text[at:]):
        if piece.startswith("<"):
            tag, closing, rest = piece.partition(">")
            malformed(not closing)
            top = _tag(tag[1:], stack, top, depth_max)
        else:
            rest = piece
        malformed("]]>" in rest)
        if stack:
            stack[-1].text += _resolve(rest)
        else:
            malformed(rest.strip(" \t\n") != "")
    malformed(top is None or bool(stack))
    return top


def _tag(tag, stack, top, depth_max):
    if tag.startswith("/"):
        malformed(not stack or tag[1:].rstrip(" \t\n") != stack.pop().name)
        return top
    empty = tag.endswith("/")
    attribute = rf"[ \t\n]+{NAME}[ \t\n]*=[ \t\n]*(?:\"[^\"]*\"|'[^']*')"
    match = re.fullmatch(rf"({NAME})((?:{attribute})*)[ \t\n]*", tag[:-1] if empty else tag)
    malformed(match is None)
    pairs = re.findall(rf"({NAME})[ \t\n]*=[ \t\n]*(?:\"([^\"]*)\"|'([^']*)')", match[2])
    attributes = {name: _resolve(one or other) for name, one, other in pairs}
    malformed(len(attributes) != len(pairs) or len(pairs) > ATTRIBUTES_MAX)
    element = Element(match[1], attributes)
    if stack:
        stack[-1].children.append(element)
    else:
        malformed(top is not None)
        top = element
    malformed(len(stack) + 1 > depth_max)
    if not empty:
        stack.append(element)
    return top


def _resolve(text):
    def one(match):
        name = match[1]
        if name.startswith("#"):
            number = re.fullmatch("#(?:x([0-9a-fA-F]+)|([0-9]+))", name)
            malformed(number is None)
            code = int(number[1], 16) if number[1] else int(number[2])
            bad = code > 0x10FFFF or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF)
            malformed(bad or code < 0x20 or 0x7F <= code < 0xA0)
            return chr(code)
        malformed(name not in ENTITIES)
        return ENTITIES[name]
    malformed(re.search("&(?![^&;]*;)", text) is not None)
    return re.sub("&([^&;]*);", one, text)


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def write_sheet(root, fields, data):
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} version="1">']
    lines += [f"  <{name}>{escape(text)}</{name}>" for name, text in fields]
    folded = base64.b64encode(data).decode()
    lines += ["  <data>", *re.findall(".{1,76}", folded), "  </data>", f"</{root}>", ""]
    return "\n".join(lines)


def read_sheet(document, root):
    """The canonical bytes, and what the readable elements show."""
    top = read_xml(document)
    malformed(top.name != root or list(top.attributes) != ["version"])
    if top.attributes["version"] != "1":
        raise Refused("UnsupportedVersion")
    malformed(top.text.strip(" \t\n") != "" or not top.children)
    malformed(any(it.children or it.attributes for it in top.children))
    *shown, data = top.children
    malformed(data.name != "data")
    try:
        decoded = base64.b64decode(re.sub("[ \t\n]", "", data.text), validate=True)
    except binascii.Error:
        malformed()
    malformed(base64.b64encode(decoded).decode() != re.sub("[ \t\n]", "", data.text))
    return decoded, [(it.name, it.text) for it in shown]


def must_show(shown, fields):
    malformed([name for name, _ in shown] != [name for name, _ in fields])
    words = lambda text: [word for word in re.split("[ \t\n\r]", text) if word]
    if any(words(one) != words(other) for (_, one), (_, other) in zip(shown, fields)):
        raise Refused("Contradictory")


def time_text(millis):
    if millis == NEVER:
        return "never"
    seconds, millis = divmod(millis, 1000)
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{millis:03}Z"


class Sheet:
    """A document as XML: its `ROOT`, and the `FORM` of the bytes in it, of which it shows some."""

    def __init__(self, data):
        self.fields = decode(self.FORM, data)
        if self.fields["version"] != 1:
            raise Refused("UnsupportedVersion")

    @classmethod
    def read(cls, document):
        data, shown = read_sheet(document, cls.ROOT)
        sheet = cls(data)
        must_show(shown, sheet.shown())
        return sheet

    def write(self):
        return write_sheet(self.ROOT, self.shown(), encode(self.FORM, self.fields))


# 7.1


class Card(Sheet):
    ROOT, FORM = "peergroup-identity", CARD

    def __init__(self, data):
        super().__init__(data)
        malformed(not is_sound(bytes.fromhex(self.fields["peer"])))

    def shown(self):
        return [("name", self.fields["name"]), ("peer", base32(bytes.fromhex(self.fields["peer"])))]

    def vector(self):
        return {"peer": self.fields["peer"], "name": self.fields["name"]}


# 7.2


class Invitation(Sheet):
    ROOT, FORM, KIND = "peergroup-invitation", INVITATION, "PEERGROUP-INVITATION"

    def __init__(self, data):
        super().__init__(data)
        fields = self.fields
        malformed(len(fields["addresses"]) > 8)
        try:
            self.genesis = Genesis(fields["genesis"])
            self.grants, self.holder = check_chain(self.genesis, fields["chain"])
        except Refused:
            raise Refused("NotTrusted") from None
        if not self.grants:
            raise Refused("NotTrusted")
        self.grant = self.grants[-1]

    @classmethod
    def from_text(cls, text):
        return cls(read_text(cls.KIND, text))

    def to_text(self):
        return write_text(self.KIND, encode(self.FORM, self.fields))

    def shown(self):
        fields, window = self.fields, self.grant.body["window"]
        return [
            ("group-name", fields["group_name"]),
            ("group", base32(self.genesis.id)),
            ("issuer-name", fields["issuer_name"]),
            ("issuer", base32(self.grant.author)),
            ("subject-name", fields["subject_name"]),
            ("subject", base32(self.holder)),
            ("role", self.grant.body["role"].lower()),
            ("valid-from", time_text(window["from"])),
            ("valid-until", time_text(window["until"])),
            ("addresses", " ".join(fields["addresses"])),
        ]

    def vector(self):
        fields, window = self.fields, self.grant.body["window"]
        return {
            "group": base32(self.genesis.id), "group-name": fields["group_name"],
            "issuer": base32(self.grant.author), "issuer-name": fields["issuer_name"],
            "subject": base32(self.holder), "subject-name": fields["subject_name"],
            "role": self.grant.body["role"], "from": window["from"], "until": window["until"],
            "addresses": fields["addresses"], "link_secret": fields["link_secret"],
        }


# 7.3


class PasswordInvitation(Sheet):
    ROOT, FORM = "peergroup-password-invitation", PASSWORD_INVITATION

    def __init__(self, data):
        super().__init__(data)
        fields = self.fields
        malformed(len(fields["addresses"]) > 8 or fields["role"] == "Admin")
        self.genesis = Genesis(fields["genesis"])

    def shown(self):
        fields = self.fields
        return [
            ("group-name", fields["group_name"]), ("group", base32(self.genesis.id)),
            ("issuer-name", fields["issuer_name"]), ("role", fields["role"].lower()),
            ("valid-until", time_text(fields["until"])),
            ("addresses", " ".join(fields["addresses"])),
        ]

    def vector(self):
        fields = self.fields
        return {"group": base32(self.genesis.id), "role": fields["role"], "until": fields["until"]}


# 7.4


def write_text(kind, data):
    checksum = H("document-text", kind.encode() + b":" + data)[:4]
    return kind + ":" + base32(data + checksum).upper()


def read_text(kind, text):
    malformed(len(text.encode()) > 32_768)
    solid = "".join(text.split()).upper()
    malformed(not solid.startswith(kind + ":"))
    coded = solid[len(kind) + 1:]
    try:
        data = base64.b32decode(coded + "=" * (-len(coded) % 8))
    except (binascii.Error, ValueError):
        raise Refused("Damaged") from None
    if base32(data).upper() != coded or write_text(kind, data[:-4]) != solid:
        raise Refused("Damaged")
    return data[:-4]

"""Attributes and searches as the XML of Windows applications (section 7.6)."""

import calendar
import re

from documents import NEVER, escape, read_xml, time_text
from structures import ATTRIBUTE, RESERVED, is_attribute_name
from wire import List, Refused, encode, is_text

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
TERMS_MAX, DEPTH_MAX = 64, 16
COMPARISONS = {
    "equal": "Equal", "notequal": "NotEqual", "greater": "Greater", "less": "Less",
    "greaterorequal": "GreaterOrEqual", "lessorequal": "LessOrEqual",
}
DATES = {"peercreationtime", "peerlastmodificationtime"}


def refuse(why, wrong=True):
    if wrong:
        raise Refused(why)


def blank(element):
    return element.text.strip() == ""


# values


def number(text):
    refuse("InvalidValue", re.fullmatch("-?[0-9]+", text) is None)
    value = int(text)
    refuse("InvalidValue", not -(1 << 63) <= value < 1 << 63)
    return value


DATE = re.compile(
    "([0-9]{4,9})(?:-([0-9]{2})(?:-([0-9]{2})"
    "(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.]([0-9]+))?)?"
    "(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?",
)


def days_before(year):
    """Days from the first of year 1, proleptic Gregorian, whatever the number of digits."""
    year -= 1
    return 365 * year + year // 4 - year // 100 + year // 400


def moment(text):
    if text == "never":
        return NEVER
    match = DATE.fullmatch(text)
    refuse("InvalidValue", match is None)
    year, month, day, hour, minute, second = (
        int(part) if part else least for part, least in zip(match.groups(), (0, 1, 1, 0, 0, 0))
    )
    fraction, zone = (match[7] or "")[:3].ljust(3, "0"), match[8] or "Z"
    cycle = 2000 + year % 400  # calendars repeat
    refuse("InvalidValue", not 1 <= month <= 12 or year == 0)
    refuse("InvalidValue", not 1 <= day <= calendar.monthrange(cycle, month)[1])
    refuse("InvalidValue", hour > 23 or minute > 59 or second > 59)
    days = days_before(year) - days_before(1970) + day - 1
    days += sum(calendar.monthrange(cycle, it)[1] for it in range(1, month))
    behind = 0
    if zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:])
        refuse("InvalidValue", hours > 23 or minutes > 59)
        behind = (hours * 60 + minutes) * (1 if zone[0] == "-" else -1)
    whole = ((days * 24 + hour) * 60 + minute + behind) * 60 + second
    millis = whole * 1000 + int(fraction)
    refuse("InvalidValue", not 0 <= millis < 1 << 64 or year < 1970)
    return millis


def date_text(millis):
    """As documents show it; years of more than four digits as they are."""
    if millis == NEVER or millis < 253_402_300_800_000:
        return time_text(millis)
    cycle = 12_622_780_800_000  # 400 years
    shift = (millis - 253_402_300_800_000) // cycle + 1
    near = time_text(millis - shift * cycle)
    return str(int(near[:4]) + 400 * shift) + near[4:]


# attributes


def read_attributes(document):
    root = _root(document, "attributes", "Malformed")
    refuse("TooMany", len(_all(root)) > 64)
    made = [_attribute(item) for item in root.children]
    refuse("TooLarge", len(encode(List(ATTRIBUTE), made)) > 8192)
    return made


def _root(document, name, why, depth=None):
    root = read_xml(document) if depth is None else read_xml(document, depth)
    refuse(why, root.name != name or root.attributes or not blank(root))
    return root


def _all(element):
    inner = [_all(child) for child in element.children]
    return element.children + sum(inner, [])


def _attribute(item):
    names = set(item.attributes)
    refuse("Malformed", names != {"name", "type"} or item.name != "attribute")
    refuse("Malformed", bool(item.children))
    kind, name = item.attributes["type"], item.attributes["name"]
    refuse("InvalidName", not is_attribute_name(name))
    if kind == "int":
        value = {"Int": number(item.text)}
    elif kind == "string":
        long = len(item.text.encode()) > 4032
        refuse("InvalidValue", long or not is_text(item.text))
        value = {"Text": item.text}
    elif kind == "date":
        value = {"Date": moment(item.text)}
    else:
        refuse("Malformed")
    return {"name": name, "value": value}


SHOWN = {
    "Int": ("int", str), "Text": ("string", str), "Date": ("date", date_text),
}


def write_attributes(attributes):
    lines = [HEAD, "<attributes>\n"]
    for attribute in attributes:
        (variant, value), name = next(iter(attribute["value"].items())), attribute["name"]
        kind, show = SHOWN[variant]
        text = escape(show(value))
        lines.append(f'  <attribute name="{name}" type="{kind}">{text}</attribute>\n')
    return "".join([*lines, "</attributes>\n"])


# searches


def read_search(document):
    # what is deeper than there may be terms is too much of anything
    root = _root(document, "peersearch", "Malformed", TERMS_MAX + 1)
    refuse("TooManyTerms", len(_all(root)) > TERMS_MAX)
    terms = [_term(child) for child in root.children]
    refuse("Malformed", len(terms) != 1)
    return terms[0][0]


def _term(element):
    """What it is, of how many terms, how deep."""
    if element.name in ("and", "or"):
        refuse("Malformed", bool(element.attributes) or not blank(element))
        terms = [_term(child) for child in element.children]
        refuse("Empty", not terms)
        size, depth = 1 + sum(it[1] for it in terms), 1 + max(it[2] for it in terms)
        refuse("TooManyTerms", size > TERMS_MAX)
        refuse("TooDeep", depth > DEPTH_MAX)
        return {element.name: [it[0] for it in terms]}, size, depth
    refuse("Malformed", element.name != "clause" or bool(element.children))
    return {"clause": _clause(element)}, 1, 1


def _clause(element):
    had = dict(element.attributes)
    refuse("Malformed", not {"attrib", "type"} <= set(had) <= {"attrib", "type", "compare"})
    compare = COMPARISONS.get(had.get("compare", "equal"))
    refuse("Malformed", compare is None)
    name, kind, text = had["attrib"], had["type"], element.text
    if name.lower() in RESERVED:
        name = name.lower()
    else:
        refuse("InvalidName", not is_attribute_name(name))
    if kind == "string":
        is_wild, value = _pattern(text)
    elif kind == "int":
        is_wild, value = False, number(text)
    elif kind == "date":
        is_wild, value = False, moment(text)
    else:
        refuse("Malformed")
    expected = kind if name not in RESERVED else "date" if name in DATES else "string"
    refuse("WrongType", kind != expected)
    refuse("WildcardInOrder", is_wild and compare not in ("Equal", "NotEqual"))
    return {"attrib": name, "type": kind, "compare": compare, "value": value}


def _tokens(text):
    """A pattern as plain characters, and `None` for one, `...` for any number."""
    tokens, rest = [], iter(text)
    for c in rest:
        if c == "\\":
            c = next(rest, "")
            refuse("InvalidEscape", c not in ("*", "?", "\\"))
            tokens.append(c)
        else:
            tokens.append({"*": ..., "?": None}.get(c, c))
    return tokens


def _pattern(text):
    refuse("TooLong", len(text.encode()) > 2 * 4032)
    tokens = _tokens(text)
    literal = "".join(it for it in tokens if isinstance(it, str))
    refuse("TooLong", len(literal.encode()) > 4032)
    refuse("InvalidValue", not is_text(literal))
    wild = sum(not isinstance(it, str) for it in tokens)
    refuse("TooManyWildcards", wild > 16)
    refuse("TooLong", wild > 0 and sum(it is not ... for it in tokens) > 127)
    return wild > 0, text


def write_search(query):
    return f"{HEAD}<peersearch>\n{_shown(query, 1)}</peersearch>\n"


def _shown(query, depth):
    indent, (name, inner) = "  " * depth, next(iter(query.items()))
    if name != "clause":
        terms = "".join(_shown(term, depth + 1) for term in inner)
        return f"{indent}<{name}>\n{terms}{indent}</{name}>\n"
    compare = {long: short for short, long in COMPARISONS.items()}[inner["compare"]]
    value = date_text(inner["value"]) if inner["type"] == "date" else str(inner["value"])
    head = f'{indent}<clause attrib="{inner["attrib"]}" type="{inner["type"]}" '
    return f'{head}compare="{compare}">{escape(value)}</clause>\n'


ORDER = {
    "Equal": lambda a, b: a == b, "NotEqual": lambda a, b: a != b,
    "Greater": lambda a, b: a > b, "Less": lambda a, b: a < b,
    "GreaterOrEqual": lambda a, b: a >= b, "LessOrEqual": lambda a, b: a <= b,
}
VARIANTS = {"string": "Text", "int": "Int", "date": "Date"}


def holds(query, attributes):
    """Whether it holds of a record with these attributes; names of records' own are not known."""
    name, inner = next(iter(query.items()))
    if name == "and":
        return all(holds(term, attributes) for term in inner)
    if name == "or":
        return any(holds(term, attributes) for term in inner)
    named = (it["value"] for it in attributes if it["name"] == inner["attrib"])
    kind = VARIANTS[inner["type"]]
    return any(_holds_of(inner, it[kind]) for it in named if kind in it)


def _holds_of(clause, value):
    compare, asked = clause["compare"], clause["value"]
    if clause["type"] != "string":
        return ORDER[compare](value, asked)
    tokens = _tokens(asked)
    if compare in ("Equal", "NotEqual"):
        parts = (re.escape(it) if isinstance(it, str) else "." if it is None else ".*"
                 for it in tokens)
        matches = re.fullmatch("".join(parts), value, re.DOTALL) is not None
        return matches == (compare == "Equal")
    return ORDER[compare](value, "".join(tokens))

"""The encoding of PROTOCOL.md, section 1.1: one byte string for each value.

A type reads a value from a `Reader` and writes one to a `bytearray`. Values are those of JSON:
bytes are hexadecimal text, structures are dicts, an enum is its name or {name: fields}.
"""

import unicodedata


class Refused(Exception):
    """What was received has no effect. The text names the fault."""


class Reader:
    def __init__(self, data):
        self.data, self.at = bytes(data), 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        if count > self.left():
            raise Refused("Malformed")
        self.at += count
        return self.data[self.at - count:self.at]


class Uint:
    def __init__(self, bits):
        self.bits = bits

    def read(self, reader):
        number = shift = 0
        while True:
            byte = reader.take(1)[0]
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift >= 70:
                raise Refused("Malformed")
        if number >> self.bits or (byte == 0 and shift):
            raise Refused("Malformed")
        return number

    def write(self, out, number):
        assert 0 <= number < 1 << self.bits, number
        while number >= 0x80:
            out.append(number & 0x7F | 0x80)
            number >>= 7
        out.append(number)


class I64:
    def read(self, reader):
        number = U64.read(reader)
        return -(number >> 1) - 1 if number & 1 else number >> 1

    def write(self, out, number):
        U64.write(out, -2 * number - 1 if number < 0 else 2 * number)


class Byte:
    def read(self, reader):
        return reader.take(1)[0]

    def write(self, out, number):
        out.append(number)


class Bool:
    def read(self, reader):
        byte = reader.take(1)[0]
        if byte > 1:
            raise Refused("Malformed")
        return bool(byte)

    def write(self, out, value):
        out.append(int(value))


class Fixed:
    def __init__(self, count):
        self.count = count

    def read(self, reader):
        return reader.take(self.count).hex()

    def write(self, out, value):
        data = bytes.fromhex(value)
        assert len(data) == self.count, value
        out += data


class Bytes:
    def read(self, reader):
        return reader.take(U64.read(reader)).hex()

    def write(self, out, value):
        data = bytes.fromhex(value)
        U64.write(out, len(data))
        out += data


class Text:
    """`good`, if it is given, says which texts are of the type."""

    def __init__(self, most, good=lambda text: True):
        self.most, self.good = most, good

    def read(self, reader):
        data = bytes.fromhex(Bytes().read(reader))
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("Malformed") from None
        if len(data) > self.most or not is_text(text) or not self.good(text):
            raise Refused("Malformed")
        return text

    def write(self, out, value):
        Bytes().write(out, value.encode("utf-8").hex())


def is_text(text):
    odd = (unicodedata.category(c) == "Cc" or c in "\ufffe\uffff" for c in text)
    return not any(odd)


class List:
    def __init__(self, of):
        self.of = of

    def read(self, reader):
        count = U64.read(reader)
        if count > reader.left():  # every element has a byte at least
            raise Refused("Malformed")
        return [self.of.read(reader) for _ in range(count)]

    def write(self, out, values):
        U64.write(out, len(values))
        for value in values:
            self.of.write(out, value)


class Option:
    def __init__(self, of):
        self.of = of

    def read(self, reader):
        return self.of.read(reader) if Bool().read(reader) else None

    def write(self, out, value):
        out.append(int(value is not None))
        if value is not None:
            self.of.write(out, value)


class Struct:
    def __init__(self, **fields):
        self.fields = fields

    def read(self, reader):
        return {name: of.read(reader) for name, of in self.fields.items()}

    def write(self, out, value):
        assert set(value) == set(self.fields), (set(value), set(self.fields))
        for name, of in self.fields.items():
            of.write(out, value[name])


class Tuple:
    def __init__(self, *of):
        self.of = of

    def read(self, reader):
        return [of.read(reader) for of in self.of]

    def write(self, out, values):
        for of, value in zip(self.of, values, strict=True):
            of.write(out, value)


class Enum:
    """Variants in order; none for one without fields."""

    def __init__(self, **variants):
        self.variants = list(variants.items())

    def read(self, reader):
        number = U32.read(reader)
        if number >= len(self.variants):
            raise Refused("Malformed")
        name, of = self.variants[number]
        return name if of is None else {name: of.read(reader)}

    def write(self, out, value):
        name, content = (value, None) if isinstance(value, str) else next(iter(value.items()))
        number = [known for known, _ in self.variants].index(name)
        U32.write(out, number)
        if self.variants[number][1] is not None:
            self.variants[number][1].write(out, content)


U16, U32, U64 = Uint(16), Uint(32), Uint(64)


def encode(of, value):
    out = bytearray()
    of.write(out, value)
    return bytes(out)


def decode(of, data):
    """The value that is encoded by exactly these bytes."""
    reader = Reader(data)
    value = of.read(reader)
    if reader.left() or encode(of, value) != bytes(data):
        raise Refused("Malformed")
    return value


def frame(body):
    return len(body).to_bytes(4, "little") + body


def read_frame(data, most):
    """The body of a frame and what follows; none if it is not whole yet."""
    if len(data) < 4:
        return None
    length = int.from_bytes(data[:4], "little")
    if length == 0:
        raise Refused("Malformed")
    if length > most:
        raise Refused("TooLarge")
    if len(data) < 4 + length:
        return None
    return bytes(data[4:4 + length]), bytes(data[4 + length:])

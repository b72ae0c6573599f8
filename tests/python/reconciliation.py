"""Finding out what two sets differ in (section 11): the tree, short names, cells, tallies."""

from keys import H, M

WORD = (1 << 64) - 1
CELL_BYTES = 7


def tree(items, depth=0):
    """The hash of a node of the tree that stands for these items, and those of its children."""
    items = sorted(items)
    if len(items) <= 64:
        return H("set-leaf", *items), None
    children = [[] for _ in range(16)]
    for item in items:
        byte = item[depth // 2]
        children[byte >> 4 if depth % 2 == 0 else byte & 15].append(item)
    hashes = [tree(child, depth + 1)[0] if child else None for child in children]
    return H("set-node", *(it or bytes(32) for it in hashes)), hashes


def root(items):
    return tree(items)[0]


def siphash(k0, k1, data):
    """SipHash-2-4."""
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D,
         k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rotate(x, bits):
        return (x << bits | x >> 64 - bits) & WORD

    def rounds(count):
        for _ in range(count):
            v[0] = v[0] + v[1] & WORD
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = v[2] + v[3] & WORD
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = v[0] + v[3] & WORD
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = v[2] + v[1] & WORD
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    whole = len(data) // 8 * 8
    words = [data[at:at + 8] for at in range(0, whole, 8)]
    words.append(data[whole:].ljust(7, b"\0") + bytes([len(data) & 0xFF]))
    for word in words:
        word = int.from_bytes(word, "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def mix(word):
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & WORD
    word = (word ^ word >> 27) * 0x94D049BB133111EB & WORD
    return word ^ word >> 31


class Names:
    """The short names of one comparison."""

    def __init__(self, link_key, set_, round_):
        number = {"Authority": 0, "Records": 1}[set_]
        key = M(link_key, "short-names", bytes([number]), round_.to_bytes(4, "little"))
        self.keys = [int.from_bytes(key[at:at + 8], "little") for at in (0, 8)]

    def short(self, item):
        return siphash(*self.keys, item) >> 28

    def tag(self, item):
        return self.short(item) >> 4


def word(short):
    return (mix(short ^ 0x6A09E667F3BCC908) & 0xFFFFF) << 36 | short


def places(short):
    """The cells that a name is in, from the first on, without end."""
    place, state = 0, short
    while True:
        yield place
        state = state + 0x9E3779B97F4A7C15 & WORD
        drawn = mix(state)
        r = max(drawn >> 32, drawn & 0xFFFFFFFF) + 1
        f = ((2 * place + 3) << 32) // r
        place = max(max(f - 2, 0) // 2, place + 1)


def cells(shorts, count):
    sums = [0] * count
    for short in shorts:
        for place in places(short):
            if place >= count:
                break
            sums[place] ^= word(short)
    return sums


def pack(sums):
    return b"".join(cell.to_bytes(CELL_BYTES, "little") for cell in sums)


def unpack(data):
    starts = range(0, len(data), CELL_BYTES)
    return [int.from_bytes(data[at:at + CELL_BYTES], "little") for at in starts]


def difference(own, theirs):
    """The names that are in one set alone, by the cells of the other; none if these do not tell."""
    left = [one ^ other for one, other in zip(cells(own, len(theirs)), theirs)]
    found, todo = set(), list(range(len(left)))
    while todo:
        at = todo.pop()
        short = left[at] & (1 << 36) - 1
        if not left[at] or word(short) != left[at] or short in found:
            continue
        if at not in _up_to(short, at):
            continue
        found.add(short)
        for place in _up_to(short, len(left) - 1):
            left[place] ^= word(short)
            todo.append(place)
    return None if any(left) else (found & set(own), found - set(own))


def _up_to(short, last):
    within = []
    for place in places(short):
        if place > last:
            return within
        within.append(place)


def tally(shorts):
    counters = [0] * 128
    for short in shorts:
        drawn = mix(short ^ 0xBB67AE8584CAA73B)
        counters[drawn & 127] += -1 if drawn & 128 else 1
    return bytes(counter & 0xFF for counter in counters)


def estimate(one, other):
    apart = ((a - b + 128) % 256 - 128 for a, b in zip(one, other))
    return sum(it * it for it in apart)


def is_prefix(number):
    bits = number.bit_length() - 1
    return number > 0 and bits % 4 == 0 and bits <= 60

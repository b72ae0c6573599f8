"""What lives, and what it makes of whom (section 5): as it is written, not as it is fast.

The bounds on what one group holds, and checkpoints whose survivors are not all at hand, are left
out."""

from checks import ROLES, may_issue

INFINITE = 1 << 30
LIVE_UNDER_ONE_GRANT = 16_384


class Authority:
    def __init__(self, genesis, statements):
        self.creator, self.checkpoint, self.manifest = genesis.creator, None, {}
        statements = list(statements)
        self._hold(statements)
        while self._reaches_checkpoint():
            self._hold(statements)  # all is judged anew
        self._draw_lines()
        self._evaluate()

    # 5.2

    def _hold(self, statements):
        self.held = {}
        while True:  # a statement that comes before the grant it is signed under comes again
            late = [one for one in statements if not self._enters(one)]
            if len(late) == len(statements):
                return
            statements = late

    def _enters(self, one):
        """Whether it needs not be offered again: it is in the set, or will never be."""
        if one.height < self.height and one.id not in self.manifest:
            return True  # void
        if one.height > self.height and one.kind not in ("Checkpoint", "Survivors"):
            return False
        known = self.held.get(one.id)
        if known:
            if one.full:
                self.held[one.id] = one
            return True
        if one.cred is None:
            self.held[one.id] = one
            return True
        grant = self.held.get(one.cred)
        if grant is None:
            return False
        right = (
            grant.kind == "Grant"
            and grant.subject == one.author
            and self.n(grant) + (one.kind == "Grant") <= 24
            and self._gives_right(grant.body, one)
        )
        if right:
            self.held[one.id] = one
        return True

    @staticmethod
    def _gives_right(grant, one):
        if one.kind == "Grant":
            return may_issue(grant, one.body)
        allowed = {
            "Remove": ["Admin", "Inviter"], "Demote": ["Admin"], "Resign": ROLES,
        }
        return grant["role"] in allowed.get(one.kind, [])

    # 5.7

    @property
    def height(self):
        return self.checkpoint.height if self.checkpoint else 0

    def _reaches_checkpoint(self):
        """Whether a greater checkpoint counts than did before."""
        found = [one for one in self.held.values() if one.kind == "Checkpoint"]
        for one in sorted(found, key=lambda it: (it.height, it.id), reverse=True):
            before = self.checkpoint and (self.height, self.checkpoint.id)
            if before and (one.height, one.id) <= before:
                return False
            parts = [self.held.get(bytes.fromhex(id_)) for id_ in one.body["parts"]]
            if not all(part and part.height == one.height for part in parts):
                continue
            named = [survivor for part in parts for survivor in part.body]
            manifest = {bytes.fromhex(survivor["id"]): survivor for survivor in named}
            if manifest.keys() <= self.held.keys():
                self.checkpoint, self.manifest = one, manifest
                return True
        return False

    def _is_survivor(self, one):
        return one.height < self.height

    def _says(self, one):
        """The worth that the checkpoint says; none of what is no survivor."""
        if not self._is_survivor(one):
            return None
        worth = self.manifest[one.id]["worth"]
        if one.kind == "Resign":
            given_up = self.manifest.get(one.cred, {}).get("worth") == "GivenUp"
            return worth if given_up else "Dead"
        return worth if one.kind in ("Grant", "Property") else "Dead"

    def _draw_lines(self):
        """What survived of each author, ascending by rank, as far as it is not dead."""
        self.lines = {}
        for one in sorted(self.held.values(), key=self.rank):
            if self._is_survivor(one) and self._says(one) != "Dead":
                self.lines.setdefault(one.author, []).append(one.id)

    def _carries(self, grant, one):
        worth = self._says(grant)
        if self._is_survivor(one):
            return self._says(one) != "Dead"
        return worth in (None, "Full")

    # 5.1

    def n(self, grant):
        return 1 + (self.n(self.held[grant.cred]) if grant.cred else 0)

    def standing(self, grant):
        return self.n(grant) if grant.body["role"] == "Admin" else INFINITE

    def sigma(self, one):
        return self.standing(self.held[one.cred]) if one.cred else 0

    @staticmethod
    def rank(one):
        return one.depth, one.id

    def _links(self, one):
        line = self.lines.get(one.author, [])
        if self._is_survivor(one):
            at = line.index(one.id) if one.id in line else 0
            return line[at - 1:at] if at else []
        return one.prev + line[-1:]

    def closure(self, one):
        reached, todo = {one.id}, [one]
        while todo:
            for id_ in self._links(todo.pop()):
                linked = self.held.get(id_)
                if linked and linked.author == one.author and id_ not in reached:
                    reached.add(id_)
                    todo.append(linked)
        return reached

    def pinned(self, one):
        if one.kind == "Resign":
            return self.closure(one)
        cut = [] if self._is_survivor(one) else one.body["cut"]
        named = (self.held.get(bytes.fromhex(id_)) for id_ in cut)
        named = (head for head in named if head and head.author == one.subject)
        return set().union(*(self.closure(head) for head in named))

    # 5.5

    def cover(self, grant):
        covered = set()
        for id_ in [] if self._is_survivor(grant) else grant.cites:
            if id_ in self.held:
                covered |= self.closure(self.held[id_])
        for id_ in self.closure(grant) - {grant.id}:
            earlier = self.held[id_]
            if earlier.kind == "Grant" and earlier.subject == grant.subject:
                covered |= self.cover(earlier)
        removes = (id_ for id_ in covered if self.held[id_].kind in ("Remove", "Demote"))
        return {id_ for id_ in removes if self.held[id_].subject == grant.subject}

    # 5.3

    def _hits(self, removal, grant, cover):
        signed_under = self.held.get(removal.cred)
        if signed_under and signed_under.body["role"] == "Inviter":
            scope = removal.cred == grant.cred
        else:
            scope = self.sigma(removal) < self.standing(grant)
        if removal.kind == "Demote":
            lower = ROLES.index(removal.body["to"]) < ROLES.index(grant.body["role"])
            scope = scope and lower
        overcome = self.sigma(grant) <= self.sigma(removal) and removal.id in cover
        return scope and not overcome

    # 5.6

    def _evaluate(self):
        creators = (one for one in self.held.values() if one.cred is None)
        self.live = {one.id for one in creators if self._says(one) != "Dead"}
        self.removed, self.demoted, self.given_up = set(), set(), set()
        grants = [one for one in self.held.values() if one.kind == "Grant"]
        for grant in sorted(grants, key=lambda it: (self.standing(it), self.n(it))):
            if grant.id in self.live:
                self._judge(grant)

    def _judge(self, grant):
        cover, said = self.cover(grant), self._says(grant)
        removals = (self.held[id_] for id_ in self.live)
        removals = [one for one in removals if one.kind in ("Remove", "Demote")]
        of_subject = (one for one in removals if one.subject == grant.subject)
        hits = [one for one in of_subject if self._hits(one, grant, cover)]
        if said == "Removed" or any(one.kind == "Remove" for one in hits):
            self.removed.add(grant.id)
        elif said == "Demoted" or hits:
            self.demoted.add(grant.id)
        under = (one for one in self.held.values() if one.cred == grant.id)
        under = [one for one in under if self._carries(grant, one)]
        for removal in hits:
            kept = self.pinned(removal)
            under = [one for one in under if one.id in kept]
        resigns = [one for one in under if one.kind == "Resign"]
        others = [one for one in under if one.kind != "Resign"]
        new = [one for one in resigns if not self._is_survivor(one)]
        if new or said == "GivenUp":
            self.given_up.add(grant.id)
        for resign in new:
            kept = self.pinned(resign)
            others = [one for one in others if one.id in kept]
        others.sort(key=self.rank)
        self.live.update(one.id for one in resigns + others[:LIVE_UNDER_ONE_GRANT])

    # 5.8

    def valid(self, peer):
        ended = self.removed | self.given_up
        for id_ in self.live - ended:
            one = self.held[id_]
            if one.kind == "Grant" and one.subject == peer:
                yield one

    def worth(self, grant):
        return 0 if grant.id in self.demoted else ROLES.index(grant.body["role"])

    def role(self, peer, at):
        if peer == self.creator:
            return "Admin"
        windows = ((one, one.body["window"]) for one in self.valid(peer))
        worths = [self.worth(one) for one, it in windows if it["from"] <= at < it["until"]]
        return ROLES[max(worths)] if worths else None

    def membership(self, peer):
        """The grant that gives the membership as it is listed; none for the creator."""
        def order(one):
            demoted = one.id in self.demoted
            standing = INFINITE if demoted else self.standing(one)
            return -self.worth(one), -one.body["window"]["until"], standing, one.id
        return min(self.valid(peer), key=order, default=None)

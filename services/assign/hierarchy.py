"""Who is whose parent, over the clients of all partitions: the `family` table, and what a change in it touches.

Parents are records, by 63-bit hashes; a client's parent is whoever holds the record now. Where a cycle closes, the
edge out of its smallest client id is cut. Guarantees that the table, and so every answer, is the same whatever the
order in which different clients' changes were learned.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from schemas.events import FamilyLink, RecordKey
from services.assign.rules.decide import ParentView


def record_hash(record: RecordKey) -> int:
    """63 bits of a record key. Two records of ten million share one with a chance of about 1 in 200,000."""
    return int.from_bytes(blake2b(record.encode(), digest_size=8).digest(), "big") >> 1


class _Index:
    """Hash → client ids. Nearly always one, which is then held bare: a set costs 200 bytes."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[int, str | set[str]] = {}

    def add(self, key: int, client_id: str) -> None:
        held = self._held.get(key)
        if held is None:
            self._held[key] = client_id
        elif isinstance(held, set):
            held.add(client_id)
        elif held != client_id:
            self._held[key] = {held, client_id}

    def discard(self, key: int, client_id: str) -> None:
        held = self._held.get(key)
        if isinstance(held, set):
            held.discard(client_id)
            if len(held) == 1:
                self._held[key] = held.pop()
        elif held == client_id:
            del self._held[key]

    def first(self, key: int) -> str | None:
        """The smallest id: while a record moves, two clients may hold it for a moment."""
        held = self._held.get(key)
        return min(held) if isinstance(held, set) else held

    def all(self, key: int) -> list[str]:
        held = self._held.get(key)
        if held is None:
            return []
        return sorted(held) if isinstance(held, set) else [held]


class FamilyTable:
    """Every client's link, and the two ways to walk them: up to the parent, down to the children."""

    def __init__(self) -> None:
        self._links: dict[str, FamilyLink] = {}
        self._holders = _Index()  # a member record's hash → the clients that hold it
        self._children = _Index()  # a parent record's hash → the clients that name it
        self._texts: dict[str, str] = {}  # territories and advisors repeat: one string each

    def __len__(self) -> int:
        return len(self._links)

    def get(self, client_id: str) -> FamilyLink | None:
        return self._links.get(client_id)

    def put(self, client_id: str, link: FamilyLink | None) -> list[str]:
        """Take a client's link (None: it has none any more). Returns the clients to be decided again, sorted."""
        old = self._links.get(client_id)
        before, after = (frozenset(one.members) if one is not None else frozenset() for one in (old, link))
        moved = self._children_of(before ^ after)
        rewired = moved if _parent(old) == _parent(link) else [*moved, client_id]
        touched = set(rewired)
        for child in rewired:
            touched.update(self._cycle_through(child))
        self._replace(client_id, old, link)
        for child in rewired:
            touched.update(self._cycle_through(child))
        if _stand(old) != _stand(link):
            touched.update(self._children_of(before | after))
        return sorted(touched)

    def parent_of(self, client_id: str, parent: int | None) -> ParentView | None:
        """Where the parent stands of a client that names the record with hash `parent`."""
        holder = self._holders.first(parent) if parent is not None else None
        link = self._links.get(holder) if holder is not None else None
        if link is None:
            return None
        cycle = self._walk(client_id, link.client_id)
        cut = bool(cycle) and min(cycle) == client_id
        return ParentView(link.client_id, link.territory, link.advisor, cut)

    def _children_of(self, members: Iterable[int]) -> list[str]:
        return [child for member in sorted(members) for child in self._children.all(member)]

    def _up(self, client_id: str) -> str | None:
        parent = _parent(self._links.get(client_id))
        return self._holders.first(parent) if parent is not None else None

    def _cycle_through(self, client_id: str) -> list[str]:
        parent = self._up(client_id)
        return self._walk(client_id, parent) if parent is not None else []

    def _walk(self, client_id: str, parent: str) -> list[str]:
        """The cycle that leads from the parent back to the client; empty where the way up ends elsewhere."""
        way = [client_id]
        seen = {client_id}
        at: str | None = parent
        while at is not None and at not in seen:
            way.append(at)
            seen.add(at)
            at = self._up(at)
        return way if at == client_id else []

    def _replace(self, client_id: str, old: FamilyLink | None, new: FamilyLink | None) -> None:
        if old is not None:
            for member in old.members:
                self._holders.discard(member, client_id)
            if old.parent is not None:
                self._children.discard(old.parent, client_id)
            del self._links[client_id]
        if new is None:
            return
        self._links[client_id] = self._interned(client_id, new)
        for member in new.members:
            self._holders.add(member, client_id)
        if new.parent is not None:
            self._children.add(new.parent, client_id)

    def _interned(self, client_id: str, link: FamilyLink) -> FamilyLink:
        one = self._texts.setdefault
        advisor = one(link.advisor, link.advisor) if link.advisor is not None else None
        territory = one(link.territory, link.territory)
        return FamilyLink(client_id, link.version, link.members, link.parent, territory, advisor)


def _parent(link: FamilyLink | None) -> int | None:
    return link.parent if link is not None else None


def _stand(link: FamilyLink | None) -> tuple[str, str | None] | None:
    return (link.territory, link.advisor) if link is not None else None

"""What assign holds of a partition, and the changes of a batch before they are applied.

A batch is decided on a `Draft`, which reads through to what is held and is applied whole or dropped whole: a raise
while deciding leaves everything as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from schemas.events import FamilyLink, Trigger
from services.assign.hierarchy import FamilyTable
from services.assign.rules.decide import UNASSIGNED
from services.stream.outcome import Effects, StateKey


class Standing(Struct, frozen=True):
    """One client id: the version of `deduped` that was taken, its value while it lives, and what was last said."""

    version: int = 0
    client: bytes | None = None
    said: bytes | None = None


NEW = Standing()


@dataclass(slots=True)
class Held:
    """One partition. `unlearned`: links that were written and have not come back through the family table yet."""

    standings: dict[str, Standing] = field(default_factory=dict)
    unlearned: dict[str, FamilyLink | None] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)  # why a key waits to be decided again
    generation: int = 0  # of the compiled statements that all of it was last sent to be decided under


class Draft:
    """Changes over the held partitions, with the effects that tell them."""

    def __init__(self, held: Mapping[int, Held], table: FamilyTable) -> None:
        self.effects = Effects()
        self._held = held
        self._table = table
        self._standings: dict[StateKey, Standing] = {}
        self._links: dict[StateKey, FamilyLink | None] = {}
        self._examined: list[StateKey] = []

    def standing(self, key: StateKey) -> Standing:
        return self._standings.get(key) or self._held[key.partition].standings.get(key.key, NEW)

    def link(self, key: StateKey) -> FamilyLink | None:
        """The link that was last written for the client, whether it was learned back or not."""
        if key in self._links:
            return self._links[key]
        unlearned = self._held[key.partition].unlearned
        if key.key in unlearned:
            return unlearned[key.key]
        return self._table.get(key.key)

    def put(self, key: StateKey, standing: Standing) -> None:
        self._standings[key] = standing

    def put_link(self, key: StateKey, link: FamilyLink | None) -> None:
        self._links[key] = link

    def moved(self, before: str, after: str) -> None:
        """Count a client where it came from and where it came to, for the heartbeats."""
        if before != after:
            for name, territory in (("left", before), ("arrived", after)):
                if territory != UNASSIGNED:
                    self.effects.tallies.setdefault(name, Counter())[territory] += 1

    def trigger(self, key: StateKey) -> Trigger:
        return self._held[key.partition].triggers.get(key.key, "restart")

    def examined(self, key: StateKey) -> None:
        self._examined.append(key)

    def apply(self) -> Effects:
        for key, standing in self._standings.items():
            self._held[key.partition].standings[key.key] = standing
        for key, link in self._links.items():
            self._held[key.partition].unlearned[key.key] = link
        for key in self._examined:
            self._held[key.partition].triggers.pop(key.key, None)
        return self.effects

"""The replicas in a stage's group, as its coordinator sees them."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka.admin import AdminClient

from services.stream import clients
from services.stream.reading import Slot
from services.stream.settings import StreamSettings


def members(settings: StreamSettings, *stages: str) -> dict[str, set[Slot]]:
    """Replica → what it owns; nothing where it has just joined."""
    return _described(clients.admin(settings), settings, stages)


def _described(asking: AdminClient, settings: StreamSettings, stages: Sequence[str]) -> dict[str, set[Slot]]:
    described = asking.describe_consumer_groups([settings.topic(stage) for stage in stages], request_timeout=10)
    return {
        settings.bare(member.group_instance_id): {
            (settings.bare(one.topic), one.partition) for one in member.assignment.topic_partitions
        }
        for future in described.values()
        for member in future.result().members
    }


class Owners:
    """Call `look` between other things: it counts how often a replica came to own something or ceased to, and how
    often a partition came to another replica."""

    def __init__(self, settings: StreamSettings, *stages: str) -> None:
        self._settings = settings
        self._stages = stages
        self._asking = clients.admin(settings)
        self._owning: set[str] = set()
        self._owner: dict[Slot, str] = {}  # the last that was seen: amid a rebalance a partition has none
        self.comings = 0
        self.moves = 0

    def look(self) -> None:
        owned = _described(self._asking, self._settings, self._stages)
        owning = {name for name, slots in owned.items() if slots}
        owner = {slot: name for name, slots in owned.items() for slot in slots}
        self.comings += len(owning ^ self._owning)
        self.moves += sum(self._owner.get(slot, name) != name for slot, name in owner.items())
        self._owning = owning
        self._owner |= owner

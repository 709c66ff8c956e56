"""What one fetch holds is bounded by bytes, not only by records, so that long values cannot fill the memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from schemas.topics import RAW
from services.stream import clients
from services.stream.membership import Membership
from services.stream.outcome import Output
from services.stream.reading import Slot
from services.stream.settings import StreamSettings
from services.stream.sink import Fence, Position
from tests.support.told import send
from tests.support.waiting import wait_until

NAMES, LENGTH = 1_000, 65_536
BOUND = 8_388_608


class FromTheStart:
    """A sink that has committed nothing."""

    def positions(self, slots: Iterable[Slot]) -> dict[Slot, Position]:
        return {slot: Position(0, "id", fresh=True) for slot in slots}

    def commit(self, fence: Fence, outputs: Sequence[Output], positions: Mapping[Slot, Position]) -> None:
        raise AssertionError("nothing is committed here")

    def note(self, positions: Mapping[Slot, Position]) -> None:
        raise AssertionError("nothing is noted here")


def test_a_batch_of_long_values_ends_at_its_bytes_and_loses_none(settings: StreamSettings) -> None:
    send(settings, [(RAW.name, f"crm:{n}", b"x" * LENGTH) for n in range(NAMES)])
    bound = settings.model_copy(update={"batch_max": 10_000, "batch_wait_ms": 1_000, "batch_bytes": BOUND})
    members = Membership(clients.member(bound, "reader"), FromTheStart(), bound, [RAW.name])
    batches: list[list[tuple[int, int]]] = []

    def fetched() -> bool:
        members.ready(set(members.gained))
        found = members.fetch(0.5).messages
        assert sum(len(one.value or b"") for one in found) <= BOUND
        batches.append([(one.partition, one.offset) for one in found])
        return sum(map(len, batches)) >= NAMES

    wait_until(fetched, "all is fetched", 60)
    seen = [place for batch in batches for place in batch]
    assert len(seen) == len(set(seen)) == NAMES
    assert max(map(len, batches)) > BOUND // LENGTH // 4, "a batch is not cut far below its bound"

"""What has to be done so that a stage goes on soundly whose positions are lost: the plan, as plain data.

The record table folds its input again from the log's start: whatever it knows is superseded, and nothing is counted
twice, since the counts start with the positions. The resolver and assign go on from the end of their inputs instead,
where reading again would say all that was once true in passing; the records are touched and the clients re-examined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.events import Client, LiveClient, RecordKey, RecordState
from schemas.topics import RAW
from services.stream.reading import Slot
from services.stream.sink import Position
from services.stream.touch import Touch, is_record


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one partition's log: its first offset, and the one behind its last."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`moves`: where to go on, with the counts so far, for partitions whose position is lost. `touches` go to `raw`."""

    moves: Mapping[Slot, tuple[int, dict[str, int]]] = field(default_factory=dict)
    touches: Sequence[Touch] = ()


def moves(
    bounds: Mapping[Slot, Bounds], committed: Mapping[Slot, Position | None]
) -> dict[Slot, tuple[int, dict[str, int]]]:
    """For every partition without a position on its log: the log's start on `raw`, its end elsewhere. `committed` has
    None where what stands there is not the stage's word.

    Of `raw`, what was deleted before it was read is counted as `lost`, and what came before a start from which all is
    read again as `unknown`, so that everything received is still in exactly one count.
    """
    moved: dict[Slot, tuple[int, dict[str, int]]] = {}
    for slot, log in bounds.items():
        position = committed.get(slot)
        if position is not None and log.start <= position.offset <= log.end:
            continue
        if slot not in committed and log.end == 0:
            continue  # nothing was ever there, and so no position either
        moved[slot] = (log.start, _counts(log, position)) if slot[0] == RAW.name else (log.end, {})
    return moved


def _counts(log: Bounds, position: Position | None) -> dict[str, int]:
    if position is None or position.offset > log.end:
        return {"unknown": log.start} if log.start else {}
    return position.counts | {"lost": position.counts.get("lost", 0) + log.start - position.offset}


def touches(records: Iterable[RecordState], clients: Iterable[Client]) -> list[Touch]:
    """Every record that is in a pool, and every record that a client holds which has left that client's pool."""
    pool_of = {state.record: state.pool for state in records}
    here = [Touch(record) for record, pool in pool_of.items() if pool is not None]
    stale = sorted({Touch(record, pool) for record, pool in _held(clients) if pool_of.get(record) != pool}, key=_order)
    return [touch for touch in [*here, *stale] if is_record(touch.record)]


def _held(clients: Iterable[Client]) -> Iterator[tuple[RecordKey, str]]:
    for client in clients:
        if isinstance(client, LiveClient):
            for member in client.members:
                yield member.record, client.pool


def _order(touch: Touch) -> tuple[RecordKey, str]:
    return touch.record, touch.leaves or ""

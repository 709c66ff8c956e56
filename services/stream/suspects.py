"""A record that kills the process is found, rejected unhandled, and kills no more.

Every life of the process counts itself in a partition's committed position before its first decision there, and the
first success clears the count. At the third start without one, the partition's records are decided alone, each noted
first as `trying`; the one under way at two ends of the process is it: once could be a kill from outside. A life counts
once, however often its transactions are aborted or its partitions come and go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from schemas.reasons import Reason
from services.stream.outcome import Incoming, Rejection
from services.stream.reading import Slot
from services.stream.sink import Position

STARTS = 3  # a deployment that restarts a stage twice in a row proves nothing against its records
TRIES = 2
KEPT = 16  # convicted records that a position names


class Suspects:
    """What this life has counted, and for which partitions how many records are still to be decided alone."""

    def __init__(self, batch_max: int) -> None:
        self._batch_max = batch_max  # as many records as one batch, which the earlier lives may have died on, held
        self._counted: set[Slot] = set()
        self._tried: set[tuple[Slot, int]] = set()
        self._left: dict[Slot, int] = {}

    def uncounted(self, slots: Iterable[Slot], positions: Mapping[Slot, Position]) -> dict[Slot, Position]:
        """The positions, with this life counted, of those where it has not decided anything yet."""
        new = sorted(set(slots) - self._counted)
        taken = {slot: replace(positions[slot], starts=positions[slot].starts + 1) for slot in new}
        self._counted.update(new)
        self._left |= {slot: self._batch_max for slot, position in taken.items() if position.starts >= STARTS}
        return taken

    def parted(self, messages: Sequence[Incoming]) -> tuple[Sequence[Incoming], Sequence[Incoming]]:
        """Those to be decided alone, and the others."""
        if not self._left:
            return (), messages
        alone = [message for message in messages if (message.topic, message.partition) in self._left]
        return alone, [message for message in messages if (message.topic, message.partition) not in self._left]

    def convicted(self, message: Incoming, position: Position) -> Rejection | None:
        """The rejection of the record that was being tried when the process ended, twice."""
        tried_now = ((message.topic, message.partition), message.offset) in self._tried
        if position.trying != message.offset or position.tries < TRIES or tried_now:
            return None
        detail = f"the stage ended again and again near it, and {TRIES} times while it decided this record alone"
        return Rejection(message, Reason.KILLS_PROCESS, detail)

    def passed_over(self, message: Incoming, position: Position) -> Position:
        """The position that names a convicted record: where the input is the state too, a restore would die of it."""
        return replace(position, killers=(*position.killers, message.offset)[-KEPT:])

    def on_trial(self, message: Incoming, position: Position) -> Position:
        """The position that says that this record is being decided alone."""
        case = ((message.topic, message.partition), message.offset)
        if case in self._tried:
            return position
        self._tried = {case}
        tries = position.tries + 1 if position.trying == message.offset else 1
        return replace(position, trying=message.offset, tries=tries)

    def acquitted(self, slot: Slot) -> int:
        """One less to be decided alone; the starts to keep in the position while any are left."""
        left = self._left.pop(slot, 1) - 1
        if left > 0:
            self._left[slot] = left
        return STARTS if left > 0 else 0

"""A record that kills the process is found, rejected unhandled, and kills no more.

Every life that takes a partition over counts itself in the committed position before it decides anything, and the
first success clears the count. At the third start without one, the partition's records are decided alone, each noted
first as `trying`; the one under way at two ends of the process is it: once could be a kill from outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas.reasons import Reason
from services.stream.outcome import Incoming, Rejection
from services.stream.reading import Slot
from services.stream.sink import Position

STARTS = 3  # a deployment that restarts a stage twice in a row proves nothing against its records
TRIES = 2


class Suspects:
    """Remembers for which partitions how many records are still to be decided alone: as many as a batch held."""

    def __init__(self, batch_max: int) -> None:
        self._batch_max = batch_max
        self._left: dict[Slot, int] = {}

    def taken_over(self, positions: Mapping[Slot, Position]) -> dict[Slot, Position]:
        """The positions with this life counted."""
        taken = {slot: replace(position, starts=position.starts + 1) for slot, position in positions.items()}
        for slot, position in taken.items():
            self._left.pop(slot, None)
            if position.starts >= STARTS:
                self._left[slot] = self._batch_max
        return taken

    def parted(self, messages: Sequence[Incoming]) -> tuple[Sequence[Incoming], Sequence[Incoming]]:
        """Those to be decided alone, and the others."""
        if not self._left:
            return (), messages
        alone = [message for message in messages if (message.topic, message.partition) in self._left]
        return alone, [message for message in messages if (message.topic, message.partition) not in self._left]

    def convicted(self, message: Incoming, position: Position) -> Rejection | None:
        """The rejection of the record that was being tried when the process ended."""
        if position.trying != message.offset or position.tries < TRIES:
            return None
        detail = f"the stage ended again and again near it, and {TRIES} times while it decided this record alone"
        return Rejection(message, Reason.KILLS_PROCESS, detail)

    def on_trial(self, message: Incoming, position: Position) -> Position:
        tries = position.tries + 1 if position.trying == message.offset else 1
        return replace(position, trying=message.offset, tries=tries)

    def acquitted(self, slot: Slot) -> int:
        """One less to be decided alone; the starts to keep in the position while any are left."""
        left = self._left.pop(slot, 1) - 1
        if left > 0:
            self._left[slot] = left
        return STARTS if left > 0 else 0

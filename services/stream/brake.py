"""The brake: a stage that rejects too much for reasons of its own stops, instead of pouring its input into `rejected`.

A bad deploy can't read, or raises on, what the one before could. Validation never counts: a source may send as much
nonsense as it likes. The window of each partition travels in its committed position, so that a restart forgets nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.codec import UNREADABLE, reference
from schemas.reasons import Reason
from schemas.reference import Resume
from services.stream.outcome import Incoming
from services.stream.reading import Slot

WINDOW = 1_000  # records of a partition
LIMIT = 100  # rejections among them: 10 %, which 100 in a row are too
NOWHERE = -1  # not even what is decided again before the first record is below it
_MASK = (1 << WINDOW) - 1

OWN = frozenset((Reason.MALFORMED, Reason.UNKNOWN_TYPE, Reason.STAGE_ERROR, Reason.KILLS_PROCESS))


class Tripped(Exception):
    """Nothing of the batch may be committed. `slot` and `offset`: where the limit was reached."""

    def __init__(self, slot: Slot, offset: int) -> None:
        super().__init__(
            f"{LIMIT} of the last {WINDOW} records of {slot[0]}, partition {slot[1]}, were rejected by the stage "
            f"itself, the last at offset {offset}: see `cadastre rejected list`; once the cause is mended, or they are "
            f"to be rejected after all, `cadastre stage resume NAME`"
        )
        self.slot = slot
        self.offset = offset


class Brake:
    """Knows from `reference` below which offsets somebody has said that rejections are well."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._resumed: dict[Slot, int] = {}

    def learn(self, message: Incoming) -> None:
        if message.key != f"resume:{self._stage}" or message.value is None:
            return
        try:
            statement = reference(message.value)
        except UNREADABLE:
            return  # nobody's word: the brake stays as it is, which is the safe side
        if isinstance(statement, Resume):
            self._resumed = {
                (topic, partition): offset
                for topic, offsets in statement.below.items()
                for partition, offset in offsets.items()
            }

    def roll(self, slot: Slot, window: int, batch: Iterable[tuple[int, bool]]) -> int:
        """The window after a batch of (offset, rejected by the stage itself). Raises `Tripped`."""
        resumed = self._resumed.get(slot, NOWHERE)
        for offset, rejected in batch:
            if offset < resumed:
                window = 0
            else:
                window = ((window << 1) | rejected) & _MASK
                if rejected and window.bit_count() >= LIMIT:
                    raise Tripped(slot, offset)
        return window

    def roll_keys(self, slot: Slot, window: int, position: int, rejected: int) -> int:
        """The window after so many keys were rejected that were decided again. No record of theirs was read, so they
        count with the last one before the position: a word that goes up to the log's end is about them too."""
        return self.roll(slot, window, [(position - 1, True)] * rejected)

    def releases(self, tripped: Tripped) -> bool:
        """Whether somebody has said to go on since."""
        return self._resumed.get(tripped.slot, NOWHERE) > tripped.offset

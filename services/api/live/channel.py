"""One channel for one scope: what it holds, and the deltas that led there. Pure; frames are made once for all sockets.

Sequences are contiguous. Whoever has missed frames gets one that covers them all, with the last op of every key, so a
slow reader costs no memory of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from services.api.frames import Delta, Op, Remove, Reset, Resumed, Row, Since, Snapshot, Upsert

RING = 10_000  # frames
RING_MS = 300_000
PART = 500  # rows in one frame of a snapshot
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class _Step:
    seq: int
    at_ms: int
    event_ms: int
    ops: tuple[Op, ...]
    coalesced: int
    dropped: int


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1_000, UTC)


class Channel:
    """`rows` is key → (version, encoded row); a channel that only tells of changes keeps none."""

    def __init__(self, name: str, epoch: str, *, keeps_rows: bool = True) -> None:
        self.name = name
        self.epoch = epoch
        self.seq = 0
        self._keeps_rows = keeps_rows
        self._rows: dict[str, tuple[int, bytes]] = {}
        self._ring: deque[_Step] = deque()
        self._encoded: tuple[int, int, bytes] | None = None

    def become(self, rows: dict[str, bytes], at_ms: int, event_ms: int, *, changes: int = 0, dropped: int = 0) -> bool:
        """Hold these rows; whether that is a change. The difference is the next delta."""
        ops: list[Op] = [
            Upsert(key, self.seq + 1, msgspec.Raw(value))
            for key, value in rows.items()
            if self._rows.get(key, (0, b""))[1] != value
        ]
        ops += [Remove(key, self.seq + 1) for key in self._rows if key not in rows]
        return self.tell(ops, at_ms, event_ms, coalesced=max(0, changes - len(ops)), dropped=dropped)

    def tell(self, ops: Sequence[Op], at_ms: int, event_ms: int, *, coalesced: int = 0, dropped: int = 0) -> bool:
        """The next delta, where there is one."""
        if not ops:
            return False
        self.seq += 1
        if self._keeps_rows:
            for op in ops:
                if isinstance(op, Remove):
                    self._rows.pop(op.k, None)
                else:
                    self._rows[op.k] = (op.ver, bytes(op.d))
        self._ring.append(_Step(self.seq, at_ms, event_ms, tuple(ops), coalesced, dropped))
        while len(self._ring) > RING or self._ring[0].at_ms < at_ms - RING_MS:
            self._ring.popleft()
        return True

    def reaches(self, seq: int) -> bool:
        """Whether all that came after `seq` is still here."""
        return seq == self.seq or (bool(self._ring) and self._ring[0].seq <= seq + 1 <= self.seq)

    def since(self, seq: int) -> bytes:
        """One frame from `seq` to the present. Raises `ValueError` where it does not reach so far back."""
        if self._encoded is not None and self._encoded[:2] == (seq, self.seq):
            return self._encoded[2]
        if not self.reaches(seq) or seq == self.seq:
            raise ValueError(f"{self.name}: nothing leads from {seq} to {self.seq}")
        steps = [step for step in self._ring if step.seq > seq]
        last: dict[str, Op] = {}
        for step in steps:
            for op in step.ops:
                last.pop(op.k, None)
                last[op.k] = op
        told = sum(len(step.ops) for step in steps)
        frame = _encode(
            Delta(
                ch=self.name,
                epoch=self.epoch,
                seq=self.seq,
                prev=seq,
                ts=_moment(steps[-1].at_ms),
                event_ts=_moment(min(step.event_ms for step in steps)),
                ops=tuple(last.values()),
                coalesced=sum(step.coalesced for step in steps) + told - len(last),
                dropped=sum(step.dropped for step in steps),
            )
        )
        self._encoded = (seq, self.seq, frame)
        return frame

    def snapshot(self) -> list[bytes]:
        """All that it holds, in parts."""
        rows = [Row(key, version, msgspec.Raw(value)) for key, (version, value) in self._rows.items()]
        parts = [rows[i : i + PART] for i in range(0, len(rows), PART)] or [[]]
        return [
            _encode(Snapshot(self.name, self.epoch, self.seq, tuple(part), i == len(parts) - 1))
            for i, part in enumerate(parts)
        ]

    def greeting(self, since: Since | None) -> tuple[list[bytes], int]:
        """What a new subscriber gets first, and the sequence that it stands at then."""
        if since is None:
            return self.snapshot(), self.seq
        if since.epoch == self.epoch and since.seq <= self.seq and self.reaches(since.seq):
            return [_encode(Resumed(self.name, self.epoch, since.seq, self.seq))], since.seq
        reason = "epoch" if since.epoch != self.epoch else "too_old"
        return [_encode(Reset(self.name, reason)), *self.snapshot()], self.seq  # type: ignore[arg-type]

"""What the loop hands a handler and what it gets back: plain data, no Kafka client.

A handler owns the state of the partitions that it was given. It decides, then applies: when `handle` or `re_examine`
raises, its state is as it was before the call, so that the loop can try the batch again record by record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct

from schemas.codec import Headers
from schemas.reasons import Reason


class Halt(Exception):
    """The stage must end, with nothing committed: raised where going on would say something wrong."""


class Incoming(Struct, frozen=True):
    """One record as it was read. `topic` is without the deployment's prefix; `value` None is a tombstone."""

    topic: str
    partition: int
    offset: int
    appended_ms: int  # when the broker appended it, Unix milliseconds
    key: str
    value: bytes | None
    headers: Headers

    @property
    def appended_at(self) -> datetime:
        return datetime.fromtimestamp(self.appended_ms / 1_000, UTC)


class Output(Struct, frozen=True):
    """One record to write, in the transaction that commits the input. `value` None is a tombstone."""

    topic: str
    key: str
    value: bytes | None
    partition: int
    headers: Headers


class Rejection(Struct, frozen=True):
    """A record that cannot be processed: its original bytes go to `rejected`. `detail` names field, value, remedy."""

    incoming: Incoming
    reason: Reason
    detail: str


@dataclass(slots=True)
class Effects:
    """What a batch comes to. `counts`: partition of the handler's topic → outcome → records, rejections excluded.
    `tallies`: what the stage counts of its own, told in its heartbeats: name → of what → how many."""

    outputs: list[Output] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    counts: dict[int, dict[str, int]] = field(default_factory=dict)
    tallies: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, partition: int, outcome: str, n: int = 1) -> None:
        of_partition = self.counts.setdefault(partition, {})
        of_partition[outcome] = of_partition.get(outcome, 0) + n

    def absorb(self, other: Effects) -> None:
        """Add another batch's effects behind these."""
        self.outputs += other.outputs
        self.rejections += other.rejections
        for partition, counts in other.counts.items():
            for outcome, n in counts.items():
                self.count(partition, outcome, n)
        for name, tally in other.tallies.items():
            self.tallies.setdefault(name, Counter()).update(tally)


class StateKey(Struct, frozen=True, order=True):
    """A key of a handler's state, and the partition of the handler's topic that holds it."""

    partition: int
    key: str


class Handler(Protocol):
    """What a stage hands the loop for one topic that it consumes."""

    @property
    def topic(self) -> str:
        """The topic it consumes."""

    @property
    def state_topics(self) -> tuple[str, ...]:
        """The compacted topics that it restores a partition from, in this order, partitioned as `topic`.

        Where `topic` itself is among them, it is read up to the committed position only.
        """

    def restore(self, message: Incoming) -> None:
        """Take one record of a state topic, or of the input table."""

    @property
    def mark(self) -> str:
        """A name for the rules of today under which everything is decided once no key waits; empty where none tells."""

    def restored(self, partition: int, now: datetime, mark: str) -> Sequence[StateKey]:
        """The partition is whole again: which keys were last said under other rules than today's?

        `mark` is the one under which all of it was last decided; empty where that is not known.
        """

    def drop(self, partition: int) -> None:
        """Forget the partition: it was lost, or a transaction that wrote for it was aborted."""

    def handle(self, batch: Sequence[Incoming], now: datetime) -> Effects:
        """Decide a batch of `topic`, then apply it to the state."""

    def learn(self, message: Incoming) -> None:
        """Take one record of a global table."""

    def touched(self, now: datetime) -> Sequence[StateKey]:
        """Which keys do the records learned since the last call, or the time that has passed, change?"""

    def re_examine(self, keys: Sequence[StateKey], now: datetime) -> Effects:
        """Decide these keys again and apply; keys that are gone are passed over."""

    def next_moment(self) -> datetime | None:
        """When time alone next changes a decision, if ever."""

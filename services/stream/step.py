"""What a step is about to commit, and what it will have come to: told to the metrics only once it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from services.stream import metrics
from services.stream.attempt import NO_OFFSET
from services.stream.outcome import Effects, Incoming, Output
from services.stream.reading import Slot
from services.stream.rejection import rejected_output
from services.stream.sink import Position
from services.stream.tally import Tally

_APPENDED = attrgetter("appended_ms")


@dataclass(slots=True)
class Step:
    """`rejected_partitions`: how many `rejected` has. `outcomes`: (topic, outcome) → records."""

    stage: str
    rejected_partitions: int
    now: datetime
    outputs: list[Output] = field(default_factory=list)
    positions: dict[Slot, Position] = field(default_factory=dict)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    tallies: dict[str, Counter[str]] = field(default_factory=dict)
    appended: Counter[int] = field(default_factory=Counter)  # moment of the append, in milliseconds → records

    def take(self, topic: str, effects: Effects, batch: Sequence[Incoming] = ()) -> None:
        """Add what a batch of the topic came to; its rejections become outputs, and are counted with its partitions."""
        self.appended.update(map(_APPENDED, batch))
        for name, tally in effects.tallies.items():
            self.tallies.setdefault(name, Counter()).update(tally)
        self.outputs += effects.outputs
        for rejection in effects.rejections:
            if rejection.incoming.offset != NO_OFFSET:
                effects.count(rejection.incoming.partition, "rejected")
            self.refusals[rejection.reason.value] += 1
            self.outputs.append(rejected_output(rejection, self.stage, self.rejected_partitions, self.now))
        for counts in effects.counts.values():
            for outcome, n in counts.items():
                self.outcomes[topic, outcome] += n

    def tell(self, tally: Tally, committed: datetime) -> int:
        """It is committed: count it, for Prometheus and for the next heartbeat. Returns the records that it decided."""
        for reason, n in self.refusals.items():
            metrics.REJECTED.labels(self.stage, reason).inc(n)
            tally.rejected[reason] += n
        for (topic, outcome), n in self.outcomes.items():
            metrics.RECORDS.labels(self.stage, topic, outcome).inc(n)
            tally.decided[f"{topic}.{outcome}"] += n
        for name, own in self.tallies.items():
            tally.add(name, own)
        tally.time(self.appended, int(committed.timestamp() * 1_000))
        return self.outcomes.total()

"""What a step is about to commit, and what it will have come to: told to the metrics only once it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from services.stream import metrics
from services.stream.attempt import NO_OFFSET
from services.stream.outcome import Effects, Output
from services.stream.reading import Slot
from services.stream.rejection import rejected_output
from services.stream.sink import Position


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

    def take(self, topic: str, effects: Effects) -> None:
        """Add what a batch of the topic came to; its rejections become outputs, and are counted with its partitions."""
        self.outputs += effects.outputs
        for rejection in effects.rejections:
            if rejection.incoming.offset != NO_OFFSET:
                effects.count(rejection.incoming.partition, "rejected")
            self.refusals[rejection.reason.value] += 1
            self.outputs.append(rejected_output(rejection, self.stage, self.rejected_partitions, self.now))
        for counts in effects.counts.values():
            for outcome, n in counts.items():
                self.outcomes[topic, outcome] += n

    def tell(self) -> int:
        """It is committed: count it. Returns the records that it decided."""
        for reason, n in self.refusals.items():
            metrics.REJECTED.labels(self.stage, reason).inc(n)
        for (topic, outcome), n in self.outcomes.items():
            metrics.RECORDS.labels(self.stage, topic, outcome).inc(n)
        return self.outcomes.total()

"""Dedupe and assign over logs in memory: the real handlers, driven as the loop drives them, without Kafka.

Each stage reads its topics at its own pace, so that outputs wait while others move on. A restart forgets the handlers
and restores them from what was said.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from schemas.codec import Headers, encode
from schemas.events import ChangeEvent
from schemas.partition import partition_of
from schemas.reference import Reference
from schemas.topics import ASSIGNED, DEDUPED, FAMILY, POOLED, RAW, RECORDS, REFERENCE
from services.assign.handler import Assigner
from services.dedupe.record_handler import RecordHandler
from services.dedupe.resolve_handler import Resolver
from services.ingest.adapters.csv_files import CsvFile
from services.ingest.adapters.sources_file import reading_of
from services.ingest.change import Accepted, Refused
from services.ingest.columns import choose_columns
from services.ingest.handler import decide
from services.ingest.http.body import parse
from services.ingest.http.models import read_change
from services.ingest.rows import FileOrigin, decide_row
from services.stream.outcome import Effects, Handler, Incoming, StateKey

PARTITIONS = 4
_SOURCES = Path("deploy/demo/sources.yaml")


def run(
    events: Iterable[ChangeEvent],
    reference: Mapping[str, Reference],
    now: datetime,
    batch: int = 500,
    order: int | None = None,
    restart_every: int | None = None,
    late: Sequence[Reference] = (),
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The latest values on `deduped` and `assigned` once nothing is pending.

    `order` is the seed of a shuffle of the events; every `restart_every` turns, while any of them has something to
    read, all stages start again. `late` statements are written when half of the events have been read, while the
    stages are down if they ever restart.
    """
    logs = Logs()
    logs.state(reference.values(), now)
    arriving = list(events)
    if order is not None:
        random.Random(order).shuffle(arriving)
    for event in arriving:
        logs.append(RAW.name, partition_of(event.record, PARTITIONS), event.record, encode(event), now)
    stages = [
        Stage(lambda: RecordHandler(PARTITIONS), logs, (REFERENCE.name,)),
        Stage(Resolver, logs, (REFERENCE.name,)),
        Stage(Assigner, logs, (REFERENCE.name, FAMILY.name)),
    ]
    turn = 0
    while any([stage.turn(batch, now) for stage in stages]) or late:
        turn += 1
        half_way = bool(late) and 2 * stages[0].read >= len(arriving)
        if half_way:
            logs.state(late, now)
            late = ()
        due = restart_every is not None and turn % restart_every == 0 and any(stage.unread for stage in stages)
        if due or (half_way and restart_every is not None):
            for stage in stages:
                stage.restart()
    return logs.latest(DEDUPED.name), logs.latest(ASSIGNED.name)


class Logs:
    """Every topic as one list in the order written: what a reader of all its partitions may see."""

    def __init__(self) -> None:
        names = (RAW, RECORDS, POOLED, DEDUPED, ASSIGNED, FAMILY, REFERENCE)
        self.of: dict[str, list[Incoming]] = {topic.name: [] for topic in names}

    def append(
        self, topic: str, partition: int, key: str, value: bytes | None, at: datetime, headers: Headers | None = None
    ) -> None:
        log = self.of[topic]
        log.append(Incoming(topic, partition, len(log), int(at.timestamp() * 1_000), key, value, headers or []))

    def state(self, statements: Iterable[Reference], at: datetime) -> None:
        for statement in statements:
            self.append(REFERENCE.name, 0, statement.key, encode(statement), at)

    def latest(self, topic: str) -> dict[str, bytes]:
        last = {message.key: message.value for message in self.of[topic]}
        return {key: value for key, value in last.items() if value is not None}


@dataclass(slots=True)
class Stage:
    """One handler, how far it has read, and the keys that it is to decide again. `handler` None: not started."""

    make: Callable[[], Handler]
    logs: Logs
    tables: tuple[str, ...]
    handler: Handler | None = None
    read: int = 0
    learned: dict[str, int] = field(default_factory=dict)
    waiting: dict[StateKey, None] = field(default_factory=dict)
    mark: str = ""  # as the committed position keeps it

    def restart(self) -> None:
        self.handler, self.learned, self.waiting = None, {}, {}

    @property
    def unread(self) -> bool:
        return self.handler is not None and self.read < len(self.logs.of[self.handler.topic])

    def turn(self, batch: int, now: datetime) -> bool:
        """One step of the loop; whether there was anything to do."""
        handler = self.handler or self._started(now)
        learned = self._learn(handler)
        if learned:
            self.waiting |= dict.fromkeys(handler.touched(now))
        messages = self.logs.of[handler.topic][self.read : self.read + batch]
        keys = list(self.waiting)[:batch]
        effects = handler.handle(messages, now) if messages else Effects()
        self.read += len(messages)
        self.mark = "" if len(self.waiting) > len(keys) else handler.mark
        if keys:
            self.waiting = dict.fromkeys(list(self.waiting)[batch:])
            effects.absorb(handler.re_examine(keys, now))
        assert not effects.rejections, effects.rejections[0]
        for output in effects.outputs:
            self.logs.append(output.topic, output.partition, output.key, output.value, now, output.headers)
        return bool(learned or messages or keys)

    def _started(self, now: datetime) -> Handler:
        """Tables first, then the state: its own output whole, its input as far as it was read."""
        self.handler = handler = self.make()
        self._learn(handler)
        handler.touched(now)
        for topic in handler.state_topics:
            log = self.logs.of[topic]
            for message in log[: self.read] if topic == handler.topic else log:
                handler.restore(message)
        for partition in range(PARTITIONS):
            self.waiting |= dict.fromkeys(handler.restored(partition, now, self.mark))
        return handler

    def _learn(self, handler: Handler) -> int:
        """What has come on the global tables since; how many."""
        news = [message for topic in self.tables for message in self.logs.of[topic][self.learned.get(topic, 0) :]]
        for message in news:
            handler.learn(message)
        self.learned = {topic: len(self.logs.of[topic]) for topic in self.tables}
        return len(news)


def ingested(folder: Path, received_at: datetime, sources: Path = _SOURCES) -> list[ChangeEvent]:
    """What ingest makes of a folder of exports and changes, in the order of the demo; refused ones are left out."""
    decided: list[Accepted | Refused] = []
    for path in (folder / f"{source}.csv" for source in ("salesforce", "hubspot", "dynamics")):
        reading = reading_of(sources, path.stem)
        with CsvFile(path) as file:
            columns = choose_columns(file.header, reading.record_id, reading.modified, reading.mapping)
            origin = FileOrigin(path.stem, path.name, file.modified, columns)
            rows = [(row.cells, row.line) for row in file.rows() if row.cells is not None]
            decided += [decide_row(cells, line, origin, received_at) for cells, line in rows]
    for place, line in enumerate((folder / "changes.jsonl").read_bytes().splitlines()):
        change = read_change(parse(line), str(place), None)
        decided.append(change if isinstance(change, Refused) else decide(change, received_at))
    return [one.event for one in decided if isinstance(one, Accepted)]

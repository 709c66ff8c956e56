"""The one consume–process–produce loop. Every stage runs in it; no service writes its own.

A step fetches a batch, decides it, decides a chunk of the keys that wait for re-examination, and commits outputs,
rejections and positions as one. A raise in a handler costs nothing but its own record; an aborted transaction costs
a restore; anything else ends the process, uncommitted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from traceback import extract_tb

from schemas.reasons import Reason
from services.stream import metrics
from services.stream.clock import Clock
from services.stream.crash import CrashPoints
from services.stream.logs import logger
from services.stream.membership import Fetched, Membership
from services.stream.outcome import Effects, Halt, Handler, Incoming, Output, Rejection, StateKey
from services.stream.re_examination import CHUNK, ReExamination
from services.stream.reading import Slot
from services.stream.rejection import rejected_output
from services.stream.sink import Aborted, Position, Sink
from services.stream.tables import GlobalTables

IDLE_WAIT_S = 0.05  # how long a change of reference may wait while no record comes


@dataclass(slots=True)
class Step:
    """What one step is about to commit."""

    outputs: list[Output] = field(default_factory=list)
    positions: dict[Slot, Position] = field(default_factory=dict)


class Loop:
    """`restore` brings back the state of gained partitions, calling its second argument between fetches."""

    def __init__(
        self,
        stage: str,
        handlers: Sequence[Handler],
        membership: Membership,
        sink: Sink,
        tables: GlobalTables,
        restore: Callable[[Handler, set[Slot], Mapping[Slot, Position], Callable[[], None]], None],
        *,
        clock: Clock,
        rejected_partitions: int,
        crash: CrashPoints,
    ) -> None:
        self.stage = stage
        self._handlers = {handler.topic: handler for handler in handlers}
        self.membership = membership
        self._sink = sink
        self.tables = tables
        self._restore_state = restore
        self._clock = clock
        self._rejected_partitions = rejected_partitions
        self._crash = crash
        self.waiting = ReExamination(self._handlers)
        self._learned = False

    def step(self) -> None:
        """One turn. Raises what ends the process."""
        if self.membership.gained:
            self._restore()
        if self.tables.follow() or self._moment_has_come():
            self._ask_what_is_touched()
        fetched = self.membership.fetch(0.0 if len(self.waiting) else IDLE_WAIT_S)
        self._drop_lost()
        now = self._clock.now()
        step = Step()
        self._crash.reach("fetched")
        self._decide(fetched, now, step)
        self._re_examine(now, step)
        if step.positions:
            self._commit(fetched, step)

    def caught_up(self) -> bool:
        """Every partition that is owned was read to its end, all is committed, and no key waits."""
        members = self.membership
        return not members.gained and not len(self.waiting) and members.owned == members.at_end.keys()

    def _decide(self, fetched: Fetched, now: datetime, step: Step) -> None:
        for topic, batch in _by_topic(fetched.messages).items():
            handler = self._handlers[topic]
            effects = self._attempt(handler, batch, now)
            ends = {message.partition: message.offset + 1 for message in batch}  # in order, so the last one stays
            self._collect(topic, effects, now, step, ends)

    def _attempt(self, handler: Handler, batch: Sequence[Incoming], now: datetime) -> Effects:
        try:
            return handler.handle(batch, now)
        except Halt:
            raise
        except Exception:  # noqa: BLE001 - the state is as before; one by one shows which record it is
            return self._one_by_one(handler, batch, now)

    def _one_by_one(self, handler: Handler, batch: Sequence[Incoming], now: datetime) -> Effects:
        whole = Effects()
        for message in batch:
            try:
                one = handler.handle([message], now)
            except Halt:
                raise
            except Exception as error:  # noqa: BLE001 - this record goes to `rejected`, the others go on
                kind = type(error).__name__
                at = {"topic": message.topic, "partition": message.partition, "offset": message.offset}
                logger().error("stage_error", stage=self.stage, error=kind, where=_where(error), **at)
                one = Effects(rejections=[Rejection(message, Reason.STAGE_ERROR, f"{self.stage} raised {kind}")])
            whole.absorb(one)
        return whole

    def _re_examine(self, now: datetime, step: Step) -> None:
        left = CHUNK
        for topic, handler in self._handlers.items():
            keys = self.waiting.take(topic, left)
            left -= len(keys)
            if keys:
                effects = self._attempt_keys(handler, keys, now)
                self._collect(topic, effects, now, step, dict.fromkeys(sorted({key.partition for key in keys})))

    def _attempt_keys(self, handler: Handler, keys: Sequence[StateKey], now: datetime) -> Effects:
        try:
            return handler.re_examine(keys, now)
        except Halt:
            raise
        except Exception:  # noqa: BLE001 - as for a batch: what was last said stands for the key that raises
            whole = Effects()
            for key in keys:
                whole.absorb(self._attempt_key(handler, key, now))
            return whole

    def _attempt_key(self, handler: Handler, key: StateKey, now: datetime) -> Effects:
        try:
            return handler.re_examine([key], now)
        except Halt:
            raise
        except Exception as error:  # noqa: BLE001
            kind = type(error).__name__
            logger().error("stage_error", stage=self.stage, key=key.key, error=kind, where=_where(error))
            nothing = Incoming(handler.topic, key.partition, -1, int(now.timestamp() * 1_000), key.key, None, [])
            detail = f"{self.stage} raised {kind} when it decided this key again; what it last said stands"
            metrics.REJECTED.labels(self.stage, Reason.STAGE_ERROR).inc()
            output = rejected_output(
                Rejection(nothing, Reason.STAGE_ERROR, detail), self.stage, self._rejected_partitions, now
            )
            return Effects(outputs=[output])

    def _collect(self, topic: str, effects: Effects, now: datetime, step: Step, ends: Mapping[int, int | None]) -> None:
        """Add a handler's effects. `ends`: the partitions concerned → their next offset, or None where it stays."""
        step.outputs += effects.outputs
        for rejection in effects.rejections:
            effects.count(rejection.incoming.partition, "rejected")
            metrics.REJECTED.labels(self.stage, rejection.reason).inc()
            step.outputs.append(rejected_output(rejection, self.stage, self._rejected_partitions, now))
        for partition, end in ends.items():
            slot = (topic, partition)
            before = step.positions.get(slot) or self.membership.positions[slot]
            counts = effects.counts.get(partition, {})
            step.positions[slot] = before.advanced(before.offset if end is None else end, counts)
        for counts in effects.counts.values():
            for outcome, n in counts.items():
                metrics.RECORDS.labels(self.stage, topic, outcome).inc(n)

    def _commit(self, fetched: Fetched, step: Step) -> None:
        try:
            with metrics.TRANSACTION_SECONDS.labels(self.stage).time():
                self._sink.commit(fetched.fence, step.outputs, step.positions)
        except Aborted as aborted:
            metrics.ABORTED.labels(self.stage).inc()
            logger().warning("transaction_aborted", stage=self.stage, reason=str(aborted))
            self.membership.rewind()
            for slot in sorted(self.membership.owned):
                self._drop(slot)
        else:
            self.membership.positions |= step.positions

    def _restore(self) -> None:
        """Bring gained partitions back, staying a member meanwhile. What is lost on the way is dropped again."""
        gained = set(self.membership.gained)
        positions = {slot: self.membership.positions[slot] for slot in gained}
        with metrics.RESTORE_SECONDS.labels(self.stage).time():
            for topic, handler in self._handlers.items():
                slots = {slot for slot in gained if slot[0] == topic}
                for slot in slots:
                    self._drop(slot)
                if slots:
                    self._restore_state(handler, slots, positions, self.membership.keep_alive)
        self._drop_lost()
        kept = gained & self.membership.owned
        now = self._clock.now()
        for topic, partition in sorted(kept):
            self.waiting.add(topic, self._handlers[topic].restored(partition, now))
        self.membership.ready(kept)

    def _ask_what_is_touched(self) -> None:
        now = self._clock.now()
        for topic, handler in self._handlers.items():
            self.waiting.add(topic, handler.touched(now))

    def _moment_has_come(self) -> bool:
        moments = [moment for handler in self._handlers.values() if (moment := handler.next_moment()) is not None]
        return bool(moments) and min(moments) <= self._clock.now()

    def _drop_lost(self) -> None:
        for slot in self.membership.take_lost() - self.membership.owned:
            self._drop(slot)

    def _drop(self, slot: Slot) -> None:
        topic, partition = slot
        self._handlers[topic].drop(partition)
        self.waiting.drop(topic, partition)


def _by_topic(messages: Sequence[Incoming]) -> dict[str, list[Incoming]]:
    topics: dict[str, list[Incoming]] = {}
    for message in messages:
        topics.setdefault(message.topic, []).append(message)
    return topics


def _where(error: BaseException) -> list[str]:
    """The frames that raised, innermost last. The error's own text may quote a record, so it is not logged."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)[-5:]]

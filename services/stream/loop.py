"""The one consume–process–produce loop. Every stage runs in it; no service writes its own.

A step fetches a batch, decides it, decides a chunk of the keys that wait for re-examination, and commits outputs,
rejections and positions as one. A raise in a handler costs its own record; an aborted transaction costs a restore; too
many rejections pause the stage before they are committed; anything else ends the process, uncommitted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from schemas.codec import UNREADABLE
from services.stream import metrics
from services.stream.attempt import NO_OFFSET, attempt, attempt_keys
from services.stream.brake import OWN, Brake, Tripped
from services.stream.clock import Clock
from services.stream.crash import CrashPoints
from services.stream.logs import logger
from services.stream.membership import Membership
from services.stream.outcome import Effects, Halt, Handler, Incoming, Output
from services.stream.re_examination import CHUNK, ReExamination
from services.stream.reading import Slot
from services.stream.rejection import rejected_output
from services.stream.restore import PositionLost
from services.stream.sink import Aborted, Fence, Position, Sink
from services.stream.suspects import Suspects
from services.stream.tables import GlobalTables

IDLE_WAIT_S = 0.05  # how long a change of reference may wait while no record comes

Restore = Callable[[Handler, set[Slot], Mapping[Slot, Position], Callable[[], None]], None]


@dataclass(slots=True)
class Step:
    """What is about to be committed."""

    now: datetime
    outputs: list[Output] = field(default_factory=list)
    positions: dict[Slot, Position] = field(default_factory=dict)


class Stopped(Exception):
    """The process is to end, and nothing is under way that must be finished first."""


class Loop:
    """`restore` brings back the state of gained partitions, calling its last argument between fetches."""

    def __init__(
        self,
        stage: str,
        handlers: Sequence[Handler],
        membership: Membership,
        sink: Sink,
        tables: GlobalTables,
        restore: Restore,
        *,
        brake: Brake,
        suspects: Suspects,
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
        self._brake = brake
        self._suspects = suspects
        self._clock = clock
        self._rejected_partitions = rejected_partitions
        self._crash = crash
        self.waiting = ReExamination(self._handlers)
        self.tripped: Tripped | None = None
        self.stopping = False  # set from a signal handler

    def step(self) -> None:
        """One turn. Raises what ends the process."""
        if self.tripped is not None:
            self._wait_for_release(self.tripped)
            return
        if self.membership.gained:
            self._restore()
        if self.tables.follow() or self._moment_has_come():
            self._ask_what_is_touched()
        fetched = self.membership.fetch(0.0 if len(self.waiting) else IDLE_WAIT_S)
        self._drop_lost()
        if fetched.messages:
            self._crash.reach("fetched")
        try:
            self._turn(fetched.messages, fetched.fence)
        except Aborted as aborted:
            metrics.ABORTED.labels(self.stage).inc()
            logger().warning("transaction_aborted", reason=str(aborted))
            self._rewind()
        except Tripped as tripped:
            logger().error("brake_tripped", reason=str(tripped))
            self.tripped = tripped
            self._rewind()

    def caught_up(self) -> bool:
        """Every partition that is owned was read to its end, all is committed, and no key waits."""
        members = self.membership
        return not (self.tripped or members.gained or len(self.waiting)) and members.owned == members.at_end.keys()

    def _turn(self, messages: Sequence[Incoming], fence: Fence) -> None:
        self._note_start(messages)
        suspected, trusted = self._suspects.parted(messages)
        step = Step(self._clock.now())
        for topic, batch in _by_topic(trusted).items():
            self._collect(topic, batch, attempt(self._handlers[topic], batch, step.now), step)
            self._crash.reach(f"{topic}_decided")
        self._re_examine(step)
        self._commit(fence, step)
        for message in suspected:
            self._try_alone(message, fence)

    def _try_alone(self, message: Incoming, fence: Fence) -> None:
        """A record that may kill the process: noted before it is decided, in a transaction of its own."""
        slot, step = (message.topic, message.partition), Step(self._clock.now())
        position = self.membership.positions[slot]
        rejection = self._suspects.convicted(message, position)
        if rejection is not None:
            effects = Effects(rejections=[rejection])
            self.membership.positions[slot] = self._suspects.passed_over(message, position)
        else:
            trial = self._suspects.on_trial(message, position)
            self._sink.note({slot: trial})
            self.membership.positions[slot] = trial
            effects = attempt(self._handlers[message.topic], [message], step.now)
        self._collect(message.topic, [message], effects, step, starts=self._suspects.acquitted(slot))
        self._commit(fence, step)

    def _collect(self, topic: str, batch: Sequence[Incoming], effects: Effects, step: Step, starts: int = 0) -> None:
        """Add what a batch came to, and where it leaves its partitions."""
        own = {(r.incoming.partition, r.incoming.offset) for r in effects.rejections if r.reason in OWN}
        self._reject(topic, effects, step)
        offsets: dict[int, list[int]] = {}
        for message in batch:
            offsets.setdefault(message.partition, []).append(message.offset)
        for partition, of_partition in offsets.items():
            slot = (topic, partition)
            before = self.membership.positions[slot]
            outcomes = ((offset, (partition, offset) in own) for offset in of_partition)
            window = self._brake.roll(slot, before.window, outcomes) if own or before.window else 0
            counts = effects.counts.get(partition, {})
            step.positions[slot] = before.advanced(of_partition[-1] + 1, counts, window, starts)

    def _re_examine(self, step: Step) -> None:
        left = CHUNK
        for topic, handler in self._handlers.items():
            keys = self.waiting.take(topic, left)
            left -= len(keys)
            if not keys:
                continue
            effects = attempt_keys(handler, keys, step.now)
            self._crash.reach(f"{topic}_re_examined")
            self._reject(topic, effects, step)
            refused = Counter(rejection.incoming.partition for rejection in effects.rejections)
            for partition in {key.partition for key in keys}:  # the fence: also where nothing was consumed
                slot = (topic, partition)
                position = step.positions.get(slot, self.membership.positions[slot])
                outcomes = [(position.offset, True)] * refused[partition]
                window = self._brake.roll(slot, position.window, outcomes)
                step.positions[slot] = replace(position, window=window)

    def _reject(self, topic: str, effects: Effects, step: Step) -> None:
        step.outputs += effects.outputs
        for rejection in effects.rejections:
            if rejection.incoming.offset != NO_OFFSET:
                effects.count(rejection.incoming.partition, "rejected")
            metrics.REJECTED.labels(self.stage, rejection.reason).inc()
            step.outputs.append(rejected_output(rejection, self.stage, self._rejected_partitions, step.now))
        for counts in effects.counts.values():
            for outcome, n in counts.items():
                metrics.RECORDS.labels(self.stage, topic, outcome).inc(n)

    def _commit(self, fence: Fence, step: Step) -> None:
        if step.positions:
            with metrics.TRANSACTION_SECONDS.labels(self.stage).time():
                self._sink.commit(fence, step.outputs, step.positions)
            self.membership.positions |= step.positions

    def _restore(self) -> None:
        """Bring gained partitions back, staying a member meanwhile.

        What is lost on the way is dropped, and restored anew by the next step where it has come back: its position may
        have moved in other hands.
        """
        gained = set(self.membership.gained)
        with metrics.RESTORE_SECONDS.labels(self.stage).time():
            for topic, handler in self._handlers.items():
                slots = {slot for slot in gained & self.membership.owned if slot[0] == topic}
                if slots and not self._restored(handler, slots):
                    gained -= slots
        gained -= self._drop_lost()
        self.membership.ready(gained & self.membership.owned)

    def _restored(self, handler: Handler, slots: set[Slot]) -> bool:
        """Whether the handler's state of these is whole again; not where others have moved on with them meanwhile."""
        for slot in slots:
            self._drop(slot)
        positions = {slot: self.membership.positions[slot] for slot in slots}
        try:
            self._restore_state(handler, slots, positions, self._between_reads)
            self._crash.reach(f"{handler.topic}_restored")
            for _, partition in sorted(slots):
                self.waiting.add(handler.topic, handler.restored(partition, self._clock.now()))
                self._between_reads()
        except UNREADABLE as unreadable:
            topics = ", ".join(handler.state_topics)
            raise Halt(
                f"{topics}: what no stage of this build has said ({unreadable}); only {self.stage} may write there"
            ) from unreadable
        except PositionLost:
            if self._sink.positions(slots) == positions:
                raise
            self.membership.reread(slots)
            return False
        return True

    def _between_reads(self) -> None:
        if self.stopping:
            raise Stopped
        self.membership.keep_alive()

    def _note_start(self, messages: Sequence[Incoming]) -> None:
        """This life decides here for the first time; should it end before it succeeds, the next will know."""
        slots = {(message.topic, message.partition) for message in messages}
        taken = self._suspects.uncounted(slots, self.membership.positions)
        if taken:
            self._sink.note(taken)
            self.membership.positions |= taken
            self._crash.reach("start_noted")

    def _wait_for_release(self, tripped: Tripped) -> None:
        """Stay a member, decide nothing, until somebody says to go on."""
        self.tables.follow()
        self.membership.keep_alive(IDLE_WAIT_S)
        self._drop_lost()
        if self._brake.releases(tripped):
            logger().info("brake_released")
            self.tripped = None

    def _rewind(self) -> None:
        """State in memory is ahead of the log: forget it, and take everything over again."""
        self.membership.rewind()
        for slot in sorted(self.membership.owned):
            self._drop(slot)

    def _ask_what_is_touched(self) -> None:
        now = self._clock.now()
        for topic, handler in self._handlers.items():
            self.waiting.add(topic, handler.touched(now))

    def _moment_has_come(self) -> bool:
        moments = [moment for handler in self._handlers.values() if (moment := handler.next_moment()) is not None]
        come = bool(moments) and min(moments) <= self._clock.now()
        if come:
            self._crash.reach("moment_came")
        return come

    def _drop_lost(self) -> set[Slot]:
        """Forget what was lost, also what has come back since: that is restored like anything that is gained."""
        lost = self.membership.take_lost()
        for slot in lost:
            self._drop(slot)
        return lost

    def _drop(self, slot: Slot) -> None:
        topic, partition = slot
        self._handlers[topic].drop(partition)
        self.waiting.drop(topic, partition)


def _by_topic(messages: Sequence[Incoming]) -> dict[str, list[Incoming]]:
    topics: dict[str, list[Incoming]] = {}
    for message in messages:
        topics.setdefault(message.topic, []).append(message)
    return topics

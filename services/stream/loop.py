"""The one consume–process–produce loop. Every stage runs in it; no service writes its own.

A step fetches a batch, decides it, decides a chunk of the keys that wait for re-examination, and commits outputs,
rejections and positions as one. A raise in a handler costs its own record; an aborted transaction costs a restore; too
many rejections pause the stage before they are committed; anything else ends the process, uncommitted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from schemas.codec import UNREADABLE
from services.stream import metrics
from services.stream.attempt import attempt, attempt_keys
from services.stream.brake import OWN, Brake, Tripped
from services.stream.clock import Clock
from services.stream.crash import CrashPoints
from services.stream.logs import logger
from services.stream.membership import Membership
from services.stream.outcome import Effects, Halt, Handler, Incoming
from services.stream.re_examination import CHUNK, ReExamination
from services.stream.reading import Slot
from services.stream.restore import PositionLost
from services.stream.sink import Aborted, Fence, Position, Sink
from services.stream.step import Step
from services.stream.suspects import Suspects
from services.stream.tables import GlobalTables
from services.stream.tally import Tally

IDLE_WAIT_S = 0.05  # how long a change of reference may wait while no record comes
ABORTS = 20  # in a row, each with a restore behind it: then a new process, with new connections, is the better try

Restore = Callable[[Handler, set[Slot], Mapping[Slot, Position], Callable[[], None]], None]


class Stopped(Exception):
    """The process is to end, and nothing is under way that must be finished first."""


class AbortsWithoutEnd(Exception):
    """No transaction commits any more."""


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
        self.stopping = False  # set by another thread
        self.decided = 0  # records, committed by this process
        self.tally = Tally()  # of what was committed since the last heartbeat, which takes it
        self.between_reads: Callable[[], None] = lambda: None  # called now and then while a restore takes its time
        self._aborts = 0
        self._at_stake: set[Slot] = set()  # what the turn has fetched or decided of: an abort takes only this back

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
            self._aborts += 1
            if self._aborts >= ABORTS:
                raise AbortsWithoutEnd(f"{ABORTS} transactions in a row were aborted") from aborted
            self._rewind()
        except Tripped as tripped:
            logger().error("brake_tripped", reason=str(tripped))
            self.tripped = tripped
            self._rewind()

    def caught_up(self) -> bool:
        """Every partition that is owned was read to its end, all is committed, and no key waits."""
        members = self.membership
        behind = self.tripped or not members.joined or members.gained or len(self.waiting)
        return not behind and members.owned == members.at_end.keys()

    def _turn(self, messages: Sequence[Incoming], fence: Fence) -> None:
        self._at_stake = {(message.topic, message.partition) for message in messages}
        self._note_start()
        suspected, trusted = self._suspects.parted(messages)
        step = self._step()
        for topic, batch in _by_topic(trusted).items():
            self._collect(topic, batch, attempt(self._handlers[topic], batch, step.now), step)
            self._crash.reach(f"{topic}_decided")
        self._re_examine(step)
        self._commit(fence, step)
        for message in suspected:
            self._try_alone(message, fence)

    def _try_alone(self, message: Incoming, fence: Fence) -> None:
        """A record that may kill the process: noted before it is decided, in a transaction of its own."""
        slot, step = (message.topic, message.partition), self._step()
        position = self.membership.positions[slot]
        rejection = self._suspects.convicted(message, position)
        if rejection is not None:
            effects = Effects(rejections=[rejection])
            self.membership.positions[slot] = self._suspects.passed_over(message, position)
        else:
            self.membership.positions[slot] = trial = self._suspects.on_trial(message, position)
            self._sink.note({slot: trial})
            self._crash.reach("tried")
            effects = attempt(self._handlers[message.topic], [message], step.now)
        self._collect(message.topic, [message], effects, step, starts=self._suspects.acquitted(slot))
        self._commit(fence, step)

    def _collect(self, topic: str, batch: Sequence[Incoming], effects: Effects, step: Step, starts: int = 0) -> None:
        """Add what a batch came to, and where it leaves its partitions."""
        own = {(r.incoming.partition, r.incoming.offset) for r in effects.rejections if r.reason in OWN}
        step.take(topic, effects, batch)
        self.waiting.renew(topic, batch)
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
            self._at_stake |= {(topic, key.partition) for key in keys}
            effects = attempt_keys(handler, keys, step.now)
            self._crash.reach(f"{topic}_re_examined")
            effects.rejections = self.waiting.refuse(topic, effects.rejections)
            step.take(topic, effects)
            refused = Counter(rejection.incoming.partition for rejection in effects.rejections)
            for partition in {key.partition for key in keys}:  # the fence: also where nothing was consumed
                slot = (topic, partition)
                position = step.positions.get(slot, self.membership.positions[slot])
                window = self._brake.roll_keys(slot, position.window, position.offset, refused[partition])
                step.positions[slot] = replace(position, window=window)

    def _commit(self, fence: Fence, step: Step) -> None:
        if not step.positions:
            return
        positions = {slot: self._marked(slot, position) for slot, position in step.positions.items()}
        with metrics.TRANSACTION_SECONDS.labels(self.stage).time():
            self._sink.commit(fence, step.outputs, positions)
        self.membership.positions |= positions
        self.decided += step.tell(self.tally, self._clock.now())
        self._aborts = 0

    def _marked(self, slot: Slot, position: Position) -> Position:
        """While keys wait, some of what was last said is of other rules than today's."""
        topic, partition = slot
        mark = "" if self.waiting.waits(topic, partition) else self._handlers[topic].mark
        return position if position.mark == mark else replace(position, mark=mark)

    def _step(self) -> Step:
        return Step(self.stage, self._rejected_partitions, self._clock.now())

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
            for slot in sorted(slots):
                again = handler.restored(slot[1], self._clock.now(), positions[slot].mark)
                self.waiting.add(handler.topic, again)
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
        self.between_reads()

    def _note_start(self) -> None:
        """This life decides here for the first time; should it end before it succeeds, the next will know."""
        taken = self._suspects.uncounted(self._at_stake, self.membership.positions)
        if taken:
            self._sink.note(taken)
            self.membership.positions |= taken
            self._crash.reach("start_noted")

    def _wait_for_release(self, tripped: Tripped) -> None:
        """Stay a member, decide nothing, until somebody says to go on. What is learned meanwhile waits."""
        if self.tables.follow():
            self._ask_what_is_touched()
        self.membership.keep_alive(IDLE_WAIT_S)
        self._drop_lost()
        if self._brake.releases(tripped):
            logger().info("brake_released")
            self.tripped = None
            self.membership.ready(set())

    def _rewind(self) -> None:
        """State in memory is ahead of the log: forget it, and take what the turn was about over again."""
        slots = self._at_stake & self.membership.owned
        self.membership.rewind(slots)
        for slot in sorted(slots):
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

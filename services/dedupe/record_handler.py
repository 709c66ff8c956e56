"""`raw` → `records` and `pooled`: fold each change into its record, and send the record to its match pool.

Every event is counted once: applied where it wins a field, superseded where it wins none, rejected where it cannot be
read. A record that changes pool leaves the old one first; a record without a name is kept, and in no pool.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import UNSET, Raw, Struct
from msgspec.structs import replace

from schemas import codec
from schemas.codec import Headers, cloudevent, encode, rfc3339
from schemas.events import ChangeEvent, PooledRecord, RecordKey, RecordState
from schemas.partition import partition_of
from schemas.reasons import Reason
from schemas.topics import POOLED, RAW, RECORDS
from services.dedupe.pool import match_pool
from services.dedupe.record_table import FLOOR_KEPT, fold, is_forgotten, stamp_of
from services.stream.outcome import Effects, Incoming, Output, Rejection, StateKey

SOURCE = "cadastre/dedupe"


class _Entering(Struct, kw_only=True, omit_defaults=True):
    """A `PooledRecord` whose record is encoded already: it is said on two topics and kept."""

    key: RecordKey
    pool: str
    record: Raw
    touch: bool = False


class RecordHandler:
    """Holds the records of its partitions of `raw` as bytes, as they were last said on `records`."""

    topic = RAW.name
    state_topics = (RECORDS.name,)
    mark = ""  # folding follows no rules that could change

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._records: dict[int, dict[str, bytes]] = {}
        self._deleted: dict[StateKey, datetime] = {}
        self._earliest: datetime | None = None  # of those, or of one that is gone since: asking then tells the next

    def restore(self, message: Incoming) -> None:
        held = self._records.setdefault(message.partition, {})
        key = StateKey(message.partition, message.key)
        self._deleted.pop(key, None)
        if message.value is None:
            held.pop(message.key, None)
            return
        held[message.key] = message.value
        if b'"deleted_at"' in message.value:
            self._note_deleted(key, codec.record_state(message.value))

    def restored(self, partition: int, now: datetime, mark: str) -> Sequence[StateKey]:
        """Nothing: what is due to be forgotten comes through `touched`."""
        return []

    def drop(self, partition: int) -> None:
        self._records.pop(partition, None)
        self._deleted = {key: at for key, at in self._deleted.items() if key.partition != partition}

    def handle(self, batch: Sequence[Incoming], now: datetime) -> Effects:
        effects = Effects()
        changed: dict[StateKey, tuple[RecordState, bytes]] = {}
        for message in batch:
            event = _read(message)
            if isinstance(event, Rejection):
                effects.rejections.append(event)
                continue
            key = StateKey(message.partition, message.key)
            before = changed[key][0] if key in changed else self._held(key)
            stamp = stamp_of(event, message.appended_at, message.offset)
            after, applied = fold(before, event, stamp, now)
            effects.count(message.partition, "applied" if applied else "superseded")
            if event.op == "touch" and event.leaves not in (None, after.pool):
                effects.outputs.append(self._left(event, message, after.pool, now))
            if applied or (event.op == "touch" and before is not None):
                changed[key] = self._say(effects, message, after, now, touch=event.op == "touch")
        for key, (state, value) in changed.items():
            self._records.setdefault(key.partition, {})[key.key] = value
            self._note_deleted(key, state)
        return effects

    def learn(self, message: Incoming) -> None:
        """Folding depends on no table."""

    def touched(self, now: datetime) -> Sequence[StateKey]:
        if self._earliest is None or self._earliest + FLOOR_KEPT > now:
            return []
        due = sorted(key for key, at in self._deleted.items() if at + FLOOR_KEPT <= now)
        self._earliest = min((at for at in self._deleted.values() if at + FLOOR_KEPT > now), default=None)
        return due

    def re_examine(self, keys: Sequence[StateKey], now: datetime) -> Effects:
        """Forget deleted records whose floor has been kept for long enough."""
        effects = Effects()
        forgotten = [key for key in keys if (state := self._held(key)) is not None and is_forgotten(state, now)]
        for key in forgotten:
            headers = cloudevent(RECORDS.event_type, f"{key.key}@forgotten", SOURCE, rfc3339(now))
            effects.outputs.append(Output(RECORDS.name, key.key, None, key.partition, headers))
        for key in forgotten:
            del self._records[key.partition][key.key]
            del self._deleted[key]
        return effects

    def next_moment(self) -> datetime | None:
        return self._earliest + FLOOR_KEPT if self._earliest is not None else None

    def _held(self, key: StateKey) -> RecordState | None:
        value = self._records.get(key.partition, {}).get(key.key)
        return None if value is None else codec.record_state(value)

    def _note_deleted(self, key: StateKey, state: RecordState) -> None:
        if state.deleted_at is None:
            self._deleted.pop(key, None)
        else:
            self._deleted[key] = state.deleted_at
            self._earliest = min(self._earliest or state.deleted_at, state.deleted_at)

    def _say(
        self, effects: Effects, message: Incoming, state: RecordState, now: datetime, *, touch: bool
    ) -> tuple[RecordState, bytes]:
        """Add what the change says to `records` and `pooled`; returns the state with the pool that it is now in, and
        its bytes."""
        pool = match_pool(state.fields) if state.fields.name is not UNSET else None
        left = state.pool
        if pool != left:
            state = replace(state, pool=pool)
        value = encode(state)
        traceparent = next((value for name, value in message.headers if name == "traceparent"), None)
        event_id = f"{message.partition}:{message.offset}"
        at = rfc3339(now)
        record_headers = cloudevent(RECORDS.event_type, event_id, SOURCE, at, traceparent)
        pooled_headers = cloudevent(POOLED.event_type, event_id, SOURCE, at, traceparent)
        effects.outputs.append(Output(RECORDS.name, state.record, value, message.partition, record_headers))
        if left is not None and left != pool:
            gone = PooledRecord(key=state.record, pool=left, moved_to=pool)
            effects.outputs.append(self._pooled(state.record, left, encode(gone), pooled_headers))
        if pool is not None:
            here = _Entering(key=state.record, pool=pool, record=Raw(value), touch=touch)
            effects.outputs.append(self._pooled(state.record, pool, encode(here), pooled_headers))
        return state, value

    def _left(self, event: ChangeEvent, message: Incoming, pool: str | None, now: datetime) -> Output:
        """Say once more that the record is not in the pool that a touch names."""
        event_id = f"{message.partition}:{message.offset}"
        gone = PooledRecord(key=event.record, pool=event.leaves or "", moved_to=pool)
        headers = cloudevent(POOLED.event_type, event_id, SOURCE, rfc3339(now))
        return self._pooled(event.record, gone.pool, encode(gone), headers)

    def _pooled(self, record: RecordKey, pool: str, value: bytes, headers: Headers) -> Output:
        return Output(POOLED.name, record, value, partition_of(pool, self._partitions), headers)


def _read(message: Incoming) -> ChangeEvent | Rejection:
    told = next((value.decode("ascii", "replace") for name, value in message.headers if name == "ce_type"), None)
    if told is not None and told != RAW.event_type:
        return Rejection(message, Reason.UNKNOWN_TYPE, f"ce_type is {told}: this build reads {RAW.event_type}")
    try:
        event = codec.change_event(message.value or b"")
    except codec.UNREADABLE as unreadable:
        return Rejection(message, Reason.MALFORMED, f"value is no change event: {unreadable}")
    if event.record != message.key:
        return Rejection(message, Reason.MALFORMED, f"key is not the record's: send it keyed {event.record}")
    return event

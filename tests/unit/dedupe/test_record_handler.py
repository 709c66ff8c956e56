"""What the record table says of each change, and that it says it all from its state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from schemas import codec
from schemas.events import PooledRecord
from schemas.partition import partition_of
from services.dedupe.record_handler import RecordHandler
from services.dedupe.record_table import FLOOR_KEPT
from services.stream.outcome import Incoming, Output, StateKey
from tests.unit.dedupe.test_record_table import NOW, change

PARTITIONS = 4
NOW_MS = int(NOW.timestamp() * 1_000)
PARTITION = partition_of("crm:1", PARTITIONS)


def message(value: bytes, offset: int = 0, key: str = "crm:1", headers: codec.Headers | None = None) -> Incoming:
    return Incoming("raw", PARTITION, offset, NOW_MS, key, value, headers or [])


def pooled(outputs: list[Output]) -> list[PooledRecord]:
    return [codec.pooled_record(out.value or b"") for out in outputs if out.topic == "pooled"]


def test_a_record_that_changes_pool_leaves_the_old_one_and_enters_the_new() -> None:
    handler = RecordHandler(PARTITIONS)
    first = message(codec.encode(change("upsert", 1, {"name": "a", "country": "FR"})))
    second = message(codec.encode(change("patch", 2, {"country": "DE"})), 1)
    effects = handler.handle([first, second], NOW)
    entered, left, moved = pooled(effects.outputs)
    assert (entered.pool, left.pool, left.record, left.moved_to, moved.pool) == ("FR", "FR", None, "DE", "DE")
    assert [out.partition for out in effects.outputs if out.topic == "pooled"] == [
        partition_of(pool, PARTITIONS) for pool in ("FR", "FR", "DE")
    ]
    assert effects.counts == {PARTITION: {"applied": 2}}


def test_what_is_said_on_pooled_is_a_pooled_record_as_any_other_writes_it() -> None:
    handler = RecordHandler(PARTITIONS)
    first, again = change("upsert", 1, {"name": "a", "country": "FR"}), change("touch", 2)
    outputs = [out for one in (first, again) for out in handler.handle([message(codec.encode(one))], NOW).outputs]
    said = [out.value for out in outputs if out.topic == "pooled"]
    assert said == [codec.encode(one) for one in pooled(outputs)]
    assert {out.value for out in outputs if out.topic == "records"} == {codec.encode(pooled(outputs)[0].record)}


def test_a_record_without_a_name_is_kept_and_in_no_pool() -> None:
    handler = RecordHandler(PARTITIONS)
    effects = handler.handle([message(codec.encode(change("patch", 1, {"city": "Rome"})))], NOW)
    assert [out.topic for out in effects.outputs] == ["records"]


def test_a_restart_from_what_was_said_goes_on_as_if_nothing_had_happened() -> None:
    events = [
        change("upsert", 1, {"name": "a", "country": "FR"}),
        change("delete", 5),
        change("patch", 7, {"name": "b"}),
    ]
    messages = [message(codec.encode(event), offset) for offset, event in enumerate(events)]
    whole = RecordHandler(PARTITIONS).handle(messages, NOW)
    handler, outputs = RecordHandler(PARTITIONS), []
    for one in messages:
        said = handler.handle([one], NOW).outputs
        outputs += said
        handler = RecordHandler(PARTITIONS)
        for output in outputs:
            if output.topic == "records":
                handler.restore(Incoming("records", PARTITION, 0, NOW_MS, output.key, output.value, []))
    assert outputs == whole.outputs


def test_what_is_no_change_event_is_rejected_and_its_neighbours_are_applied() -> None:
    good = codec.encode(change("upsert", 1, {"name": "a"}))
    bad = [b"{", b"NaN", b"[" * 100_000, b'"\\ud800"', b"\x00", b'{"event_id": 1}', b"\xff"]
    other_key = message(good, key="crm:2")
    future = message(good, headers=[("ce_type", b"cadastre.raw.v9")])
    effects = RecordHandler(PARTITIONS).handle([*map(message, bad), other_key, future, message(good)], NOW)
    assert len(effects.rejections) == len(bad) + 2
    assert effects.counts == {PARTITION: {"applied": 1}}
    assert "keyed crm:1" in effects.rejections[-2].detail


def test_a_deleted_record_is_forgotten_a_week_later_and_not_before() -> None:
    handler = RecordHandler(PARTITIONS)
    handler.handle(
        [message(codec.encode(change("upsert", 1, {"name": "a"}))), message(codec.encode(change("delete", 2)))], NOW
    )
    due = NOW + FLOOR_KEPT
    assert handler.next_moment() == due
    assert not handler.touched(due - timedelta(seconds=1))
    keys = handler.touched(due)
    assert keys == [StateKey(PARTITION, "crm:1")]
    (forgotten,) = handler.re_examine(keys, due).outputs
    assert (forgotten.topic, forgotten.value) == ("records", None)
    assert handler.next_moment() is None
    assert not handler.re_examine(keys, due).outputs


def test_a_touch_says_the_record_again_and_counts_as_superseded() -> None:
    handler = RecordHandler(PARTITIONS)
    handler.handle([message(codec.encode(change("upsert", 1, {"name": "a", "country": "FR"})))], NOW)
    effects = handler.handle([message(codec.encode(change("touch", 2)))], datetime(2026, 3, 2, tzinfo=UTC))
    assert effects.counts == {PARTITION: {"superseded": 1}}
    assert pooled(effects.outputs)[0].touch


def test_a_touch_takes_a_record_out_of_a_pool_that_it_has_left_and_of_no_other() -> None:
    handler = RecordHandler(PARTITIONS)
    handler.handle([message(codec.encode(change("upsert", 1, {"name": "a", "country": "FR"})))], NOW)
    leaving = replace(change("touch", 2), leaves="DE")
    gone, here = pooled(handler.handle([message(codec.encode(leaving))], NOW).outputs)
    assert (gone.pool, gone.record, gone.moved_to, here.pool, here.touch) == ("DE", None, "FR", "FR", True)
    staying = replace(change("touch", 3), leaves="FR")
    (here,) = pooled(handler.handle([message(codec.encode(staying))], NOW).outputs)
    assert (here.pool, here.record is not None) == ("FR", True)
    unknown = RecordHandler(PARTITIONS).handle([message(codec.encode(leaving))], NOW)
    (gone,) = pooled(unknown.outputs)
    assert (gone.pool, gone.record, gone.moved_to) == ("DE", None, None)
    assert unknown.counts == {PARTITION: {"superseded": 1}}

"""What a rebuild does: only what is lost moves, everything received stays in one count, and no pool keeps what left."""

from __future__ import annotations

from schemas.events import Client, ClientFields, EndedClient, LiveClient, Member, RecordState
from services.stream.rebuilding import Bounds, moves, touches
from services.stream.sink import Position
from services.stream.touch import Touch


def live(client_id: str, pool: str, *records: str) -> LiveClient:
    members = tuple(Member(record=record, fields=ClientFields(name=record)) for record in records)
    return LiveClient(
        client_id=client_id,
        version=1,
        engine="1",
        pool=pool,
        golden=ClientFields(name=records[0]),
        provenance={},
        members=members,
    )


def test_a_position_that_is_on_its_log_stays() -> None:
    assert moves({("raw", 0): Bounds(5, 9)}, {("raw", 0): Position(5, "t", {"applied": 5})}) == {}
    assert moves({("pooled", 0): Bounds(0, 9)}, {("pooled", 0): Position(9, "t")}) == {}


def test_raw_is_read_again_from_its_start_and_the_others_from_their_end() -> None:
    bounds = {("raw", 0): Bounds(0, 9), ("pooled", 0): Bounds(2, 7), ("deduped", 3): Bounds(0, 4)}
    assert moves(bounds, {}) == {("raw", 0): (0, {}), ("pooled", 0): (7, {}), ("deduped", 3): (4, {})}


def test_where_somebody_else_has_committed_the_position_is_put_right_on_an_empty_log_too() -> None:
    bounds = {("raw", 0): Bounds(0, 9), ("pooled", 0): Bounds(2, 7), ("pooled", 1): Bounds(0, 0)}
    moved = moves(bounds, dict.fromkeys(bounds))
    assert moved == {("raw", 0): (0, {}), ("pooled", 0): (7, {}), ("pooled", 1): (0, {})}
    assert moves({("pooled", 1): Bounds(0, 0)}, {}) == {}


def test_everything_received_is_in_one_count_when_raw_is_read_again() -> None:
    [(offset, counts)] = moves({("raw", 0): Bounds(12, 20)}, {}).values()
    assert (offset, sum(counts.values())) == (12, 12)
    before = Position(7, "t", {"applied": 4, "superseded": 2, "rejected": 1})
    [(offset, counts)] = moves({("raw", 0): Bounds(12, 20)}, {("raw", 0): before}).values()
    assert (offset, sum(counts.values())) == (12, 12)
    assert counts == before.counts | {"lost": 5}
    truncated = Position(30, "t", {"applied": 30})
    [(offset, counts)] = moves({("raw", 0): Bounds(12, 20)}, {("raw", 0): truncated}).values()
    assert (offset, sum(counts.values())) == (12, 12)


def test_every_record_of_a_pool_is_touched_and_taken_out_of_the_clients_that_it_left() -> None:
    records = [
        RecordState(record="crm:1", pool="FR"),
        RecordState(record="crm:2", pool="DE"),
        RecordState(record="crm:3"),
    ]
    clients: list[Client] = [
        live("a", "FR", "crm:1", "crm:2", "crm:3"),
        live("b", "DE", "crm:2", "crm:4"),
        EndedClient(client_id="c", version=2, engine="1", pool="FR"),
    ]
    assert touches(records, clients) == [
        Touch("crm:1"),
        Touch("crm:2"),
        Touch("crm:2", "FR"),
        Touch("crm:3", "FR"),
        Touch("crm:4", "DE"),
    ]

"""What the demo says about itself when not all came through."""

from __future__ import annotations

from deploy.local.latency import NEW_RECORDS
from deploy.local.summary import problems

WELL: dict[str, object] = {
    "received": 10,
    "applied": 8,
    "superseded": 1,
    "rejected": 1,
    "pending": 0,
    "clients": 5,
    "assigned": 4,
    "unassigned": 1,
    "api_clients": 5,
    "loaded": {"client_dim_current": 5, "assignments_fact_current": 5},
    "ingest_to_assigned_ms": {"p50": 40.0, "p99": 90.0, "n": NEW_RECORDS},
}


def test_a_run_in_which_all_came_through_has_no_problems() -> None:
    assert problems(WELL) == []


def test_new_records_that_were_not_assigned_are_named_beside_the_latency_of_the_others() -> None:
    lost = WELL | {"ingest_to_assigned_ms": {"p50": 40.0, "p99": 90.0, "n": NEW_RECORDS - 1}}
    assert problems(lost) == [f"of {NEW_RECORDS} new records {NEW_RECORDS - 1} were seen to be assigned"]

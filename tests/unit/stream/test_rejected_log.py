"""`rejected` read back: what waits, what was handled, and which source it came from."""

from __future__ import annotations

import pytest

from schemas.codec import Headers
from services.stream.outcome import Incoming
from services.stream.rejected_log import NoSuchRejection, Rejected, Wanted, by_ids, read_back


def message(offset: int, key: str, headers: dict[str, str]) -> Incoming:
    told: Headers = [(name, value.encode()) for name, value in headers.items()]
    return Incoming("rejected", 0, offset, offset, key, b"x", told)


def log() -> list[Rejected]:
    reason = {"cadastre_reason": "malformed", "cadastre_position": "raw:0:1"}
    return read_back(
        [
            message(0, "crm:1", reason | {"cadastre_stage": "dedupe"}),
            message(1, "hubspot", reason | {"cadastre_stage": "ingest"}),
            message(2, "c_abc", reason | {"cadastre_stage": "assign"}),
            message(3, "crm:1", {"cadastre_handles": "0:0", "cadastre_verdict": "redriven"}),
        ]
    )


def test_a_marker_handles_its_rejection_and_is_none_itself() -> None:
    assert [(one.id, one.verdict) for one in log()] == [("0:0", "redriven"), ("0:1", ""), ("0:2", "")]
    assert [one.id for one in log() if Wanted().matches(one)] == ["0:1", "0:2"]
    assert [one.id for one in log() if Wanted(handled=True).matches(one)] == ["0:0", "0:1", "0:2"]


def test_a_rejection_is_of_the_source_of_its_record_and_of_none_where_its_key_is_a_clients() -> None:
    assert [one.source for one in log()] == ["crm", "hubspot", "-"]
    assert [one.id for one in log() if Wanted(source="hubspot").matches(one)] == ["0:1"]


def test_an_id_that_is_not_there_is_named() -> None:
    assert [one.id for one in by_ids(log(), ["0:2", "0:0"])] == ["0:0", "0:2"]
    with pytest.raises(NoSuchRejection, match=r"no rejected record 0:3, 7: .* as PARTITION:OFFSET"):
        by_ids(log(), ["0:3", "7", "0:0"])

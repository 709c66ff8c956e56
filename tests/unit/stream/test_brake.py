"""The brake: what trips it, and whose word releases it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas.codec import encode
from schemas.reference import Resume
from services.stream.brake import LIMIT, Brake, Tripped
from services.stream.outcome import Incoming

SLOT = ("deduped", 3)
END = 40


def told(brake: Brake, below: int) -> None:
    """What `cadastre stage resume` says: everything below these offsets may be rejected."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    said = Resume(stage="assign", below={SLOT[0]: {SLOT[1]: below}}, author="test", at=at)
    brake.learn(Incoming("reference", 0, 0, 0, said.key, encode(said), []))


def test_records_that_the_stage_rejects_trip_the_brake_at_its_limit_and_a_word_beyond_them_releases_it() -> None:
    brake = Brake("assign")
    rejected = [(offset, True) for offset in range(LIMIT)]
    window = brake.roll(SLOT, 0, rejected[:-1])
    with pytest.raises(Tripped) as trip:
        brake.roll(SLOT, window, rejected[-1:])
    told(brake, LIMIT - 1)
    assert not brake.releases(trip.value)
    told(brake, LIMIT)
    assert brake.releases(trip.value)
    assert brake.roll(SLOT, window, rejected[-1:]) == 0


@pytest.mark.parametrize("position", [END, 0])
def test_keys_that_are_rejected_where_all_is_read_trip_it_and_a_word_up_to_the_end_releases_it(position: int) -> None:
    brake = Brake("assign")
    window = brake.roll_keys(SLOT, 0, position, LIMIT - 1)
    with pytest.raises(Tripped) as trip:
        brake.roll_keys(SLOT, window, position, 1)
    assert not brake.releases(trip.value)
    told(brake, position)
    assert brake.releases(trip.value)
    assert brake.roll_keys(SLOT, window, position, LIMIT) == 0

"""`cadastre engine set`: another threshold resolves everything again, and the old one comes back to the old clients."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas import codec
from schemas.topics import REFERENCE
from services.stream import admin
from services.stream.commands.state_hash import State, hash_of
from tests.integration.commands.records import assert_as_the_oracle
from tests.support import in_memory
from tests.support.undisturbed import Loaded, Make


def test_another_threshold_comes_to_its_own_clients_and_back(loaded: Loaded, pipeline: Make) -> None:
    running = pipeline(dedupe=2)
    running.send(loaded.raw)
    first = running.settle()
    assert first.hashes == loaded.outcome.hashes
    told = running.command("engine", "set", "--threshold", "95", "--by", "analyst")
    assert "1.1.50.85.entity → 1.1.50.95.entity" in told
    stricter = running.settle()
    assert stricter.hashes != first.hashes
    assert_as_the_oracle(running, stricter)
    reference = {key: codec.reference(value) for key, value in admin.read_all(running.settings, REFERENCE.name).items()}
    events = [codec.change_event(record.value) for record in loaded.raw]
    deduped, assigned = in_memory.run(events, reference, datetime.now(UTC))
    assert stricter.hashes == (hash_of(State.DEDUPED, deduped.items()), hash_of(State.ASSIGNED, assigned.items()))

    running.command("engine", "set", "--threshold", "85", "--by", "analyst")
    again = running.settle()
    assert again.hashes == first.hashes
    running.versions_never_decrease()
    assert "as it was" in running.command("engine", "set", "--threshold", "85", "--by", "analyst")
    assert '"threshold":85' in running.command("engine", "show")
    running.command("engine", "set", "--threshold", "59", "--by", "analyst", codes=(2,))

"""`cadastre engine set`: another threshold resolves everything again, and the old one comes back to the old clients."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from schemas import codec
from schemas.reference import Engine
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


def test_a_stage_that_refuses_anothers_engine_names_the_command_that_activates_its_own(
    loaded: Loaded, pipeline: Make
) -> None:
    running = pipeline()
    run = running.stages["dedupe-0"]
    engine = codec.reference(admin.read_all(running.settings, REFERENCE.name)["engine:active"])
    assert isinstance(engine, Engine)
    with admin.transaction(running.settings, "test") as tx:
        tx.write(REFERENCE.name, engine.key, codec.encode(replace(engine, code=engine.code + 1, threshold=90)), [])
    assert run.wait() == 2
    assert "cadastre engine set --this-build" in run.text()
    told = running.command("engine", "set", "--this-build", "--by", "analyst")
    assert f"{engine.code + 1}.1.50.90.entity → {engine.code}.1.50.90.entity" in told
    run.start()
    running.send(loaded.raw[:50])
    assert_as_the_oracle(running, running.settle())

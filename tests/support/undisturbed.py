"""One load of the demo's records by the real commands; every other run sends the same `raw` in its own way.

Its fixtures are of the whole test tree (`tests/conftest.py` takes them in), so that one undisturbed run serves all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.local.ports import PortPair
from services.stream.settings import StreamSettings
from tests.support.broker import SharedBroker
from tests.support.generator import Demo, generate, read_institutions, write
from tests.support.generator.mappings import SOURCES, document
from tests.support.once import once
from tests.support.pipeline import Outcome, Pipeline, RawRecord

FULL = bool(os.environ.get("CADASTRE_TEST_FULL"))
RECORDS = 20_000 if FULL else 2_000
SEED = 7
PARTITIONS = 6
LOADED_PREFIX = "loaded-"

Make = Callable[..., Pipeline]


@dataclass(frozen=True, slots=True)
class Loaded:
    """An undisturbed run: the demo, what came to stand on `raw`, what the stages made of it, and all they logged."""

    demo: Demo
    raw: list[RawRecord]
    outcome: Outcome
    refused: int
    logs: str


@pytest.fixture(scope="session")
def loaded(broker: SharedBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with once(tmp_path_factory, "loaded", lambda: nullcontext(load_undisturbed(broker, tmp_path_factory))) as made:
        yield made


def load_undisturbed(broker: SharedBroker, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The exports by `cadastre ingest`, the changes by `POST /events`, one replica of each stage, which ends there."""
    folder = tmp_path_factory.mktemp("loaded")
    demo = generate(read_institutions(Path("deploy/demo/institutions.csv")), RECORDS, SEED)
    write(demo, folder)
    (folder / "sources.yaml").write_text(document())
    settings = StreamSettings(bootstrap=broker.bootstrap, topic_prefix=LOADED_PREFIX, partitions=PARTITIONS)
    with Pipeline(settings, folder / "logs") as pipeline:
        url = pipeline.start_ingest(PortPair.choose().first)
        refused = 0
        for source in SOURCES:
            told = pipeline.command(
                "ingest",
                str(folder / source.file),
                "--source",
                source.name,
                "--map-file",
                str(folder / "sources.yaml"),
                "--json",
                codes=(0, 1),
            )
            refused += json.loads(told.splitlines()[-1])["rejected"]
        for change in (folder / "changes.jsonl").read_text().splitlines():
            answer = httpx.post(f"{url}/events", content=change, headers={"content-type": "application/json"})
            assert answer.status_code == 202, answer.text
        outcome = pipeline.settle()
        pipeline.versions_never_decrease()
        logs = "".join(run.text() for run in (*pipeline.stages.values(), pipeline.ingest))
        return Loaded(demo, pipeline.raw(), outcome, refused, logs)


@pytest.fixture
def pipeline(broker: SharedBroker, prefix: str, tmp_path: Path) -> Iterator[Make]:
    """Makes a pipeline of its own for this test; ends it afterwards."""
    made: list[Pipeline] = []

    def make(*, dedupe: int = 1, assign: int = 1, batch_max: int = 500) -> Pipeline:
        settings = StreamSettings(
            bootstrap=broker.bootstrap, topic_prefix=prefix, partitions=PARTITIONS, batch_max=batch_max
        )
        made.append(Pipeline(settings, tmp_path, dedupe=dedupe, assign=assign).__enter__())
        return made[-1]

    yield make
    for one in made:
        one.__exit__(None, None, None)

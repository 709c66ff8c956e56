"""`python -m services.dedupe`: one replica of dedupe, record table and resolver, until SIGTERM."""

from __future__ import annotations

from schemas.topics import POOLED, REFERENCE
from services.dedupe.record_handler import RecordHandler
from services.dedupe.resolve_handler import Resolver
from services.dedupe.settings import DedupeSettings
from services.stream.process import StageProcess

if __name__ == "__main__":
    settings = DedupeSettings()
    stage = StageProcess(
        "dedupe",
        [RecordHandler(settings.partitions), Resolver()],
        settings,
        global_topics=(REFERENCE.name,),
        writes=(POOLED.name,),
    )
    stage.run_and_exit()

"""`python -m services.api`: one replica of the api, until SIGTERM."""

from __future__ import annotations

from schemas.events import Heartbeat
from schemas.topics import STATS
from services.api.handler import projectors
from services.api.pipeline import Pipeline
from services.api.running import Running
from services.api.settings import ApiSettings
from services.stream.process import StageProcess

if __name__ == "__main__":
    settings = ApiSettings()
    heard: dict[str, Heartbeat] = {}
    pipeline = Pipeline()
    running = Running(settings, heard, pipeline)
    stage = StageProcess(
        "api",
        projectors(heard, pipeline),
        settings,
        global_topics=(STATS.name,),
        sink=running.open,
        takes_all=True,
        after_step=running.after_step,
        at_end=running.close,
    )
    stage.run_and_exit()

"""`python -m services.assign`: one replica of assign, until SIGTERM."""

from __future__ import annotations

from schemas.topics import ASSIGNED, FAMILY, REFERENCE
from services.assign.handler import Assigner
from services.assign.settings import AssignSettings
from services.stream.process import StageProcess

if __name__ == "__main__":
    stage = StageProcess(
        "assign",
        [Assigner()],
        AssignSettings(),
        global_topics=(REFERENCE.name, FAMILY.name),
        writes=(ASSIGNED.name,),
    )
    stage.run_and_exit()

"""One line for each fault that was put in and survived: the case, what came of it, and a figure."""

from __future__ import annotations

import json
import os
from pathlib import Path

NOTHING_LOST = "0 lost, 0 doubled"


def report(case: str, figure: str, result: str = NOTHING_LOST) -> None:
    """Call it where all has been shown. CADASTRE_FAULTS_FILE collects the lines of a run as JSON."""
    print(f"fault: {case} | {result} | {figure}")
    collected = os.environ.get("CADASTRE_FAULTS_FILE")
    if collected:
        with Path(collected).open("a") as file:
            file.write(json.dumps({"case": case, "result": result, "figure": figure}) + "\n")

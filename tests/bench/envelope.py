"""What every benchmark prints: progress on stderr, one JSON object as the last line of stdout."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


def progress(message: str) -> None:
    sys.stderr.write(message + "\n")


@dataclass(slots=True)
class Report:
    """A benchmark's outcome. `aims`: key → (aim, got, whether it is met)."""

    bench: str
    seed: int
    runs: int
    checks: dict[str, bool] = field(default_factory=dict)
    aims: dict[str, tuple[float, float, bool]] = field(default_factory=dict)
    result: dict[str, object] = field(default_factory=dict)

    def close(self) -> int:
        """Print the line; the exit code: 0 where every check is true."""
        line = {
            "bench": self.bench,
            "commit": _commit(),
            "machine": _machine(),
            "seed": self.seed,
            "runs": self.runs,
            "checks": self.checks,
            "aims": {key: {"aim": aim, "got": got, "met": met} for key, (aim, got, met) in self.aims.items()},
            "result": self.result,
        }
        sys.stdout.write(json.dumps(line) + "\n")
        return 0 if all(self.checks.values()) else 1


def _commit() -> str:
    """The commit, with a + where the tree differs from it."""
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    dirty = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=False)
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "")


def _machine() -> Mapping[str, object]:
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    return {"cpu": cpu, "cores": os.cpu_count(), "mem_gib": round(memory_kib / 2**20, 1)}

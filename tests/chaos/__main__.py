"""`make faults`: put every fault in once, and print what came of it. Exits 1 where a case failed, 0 otherwise."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table


@dataclass(slots=True)
class Failures:
    """A pytest plugin: the cases that failed, in words."""

    found: list[str] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.found.append(report.nodeid.rsplit("::", 1)[-1].removeprefix("test_").replace("_", " "))


def main() -> int:
    failures = Failures()
    with tempfile.TemporaryDirectory() as folder:
        collected = Path(folder) / "faults.jsonl"
        os.environ["CADASTRE_FAULTS_FILE"] = str(collected)
        code = pytest.main(["-q", "--no-header", "--tb=short", "tests/chaos", *sys.argv[1:]], plugins=[failures])
        lines = collected.read_text().splitlines() if collected.exists() else []
    table = Table("case", "result", "figure", title="Faults, each on a real Kafka", show_lines=True)
    for line in lines:
        told = json.loads(line)
        table.add_row(told["case"], told["result"], told["figure"])
    for case in failures.found:
        table.add_row(case, "[red]FAILED[/red]", "")
    Console().print(table)
    return int(code != pytest.ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main())

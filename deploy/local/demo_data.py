"""The demo's data: three CRM exports loaded by the command that users load theirs with, then a day of changes."""

from __future__ import annotations

import csv
import json
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from deploy.local.child import foreground
from deploy.local.errors import LocalError

DEMO = Path("deploy/demo")
SOURCES = ("salesforce", "hubspot", "dynamics")
POSTED_AT_ONCE = 100


def cadastre(env: Mapping[str, str], *arguments: str, good: tuple[int, ...] = (0,)) -> None:
    """Run a `cadastre` command; its output is the user's to see. Raises `LocalError` for any other exit code."""
    command = [sys.executable, "-m", "services.cli", *arguments]
    code = foreground(command, env)
    if code not in good:
        raise LocalError(f"`cadastre {' '.join(arguments)}` ended with code {code}", "its own message says why")


def load_exports(env: Mapping[str, str], folder: Path = DEMO) -> None:
    for source in SOURCES:
        export = folder / "mock_clients" / f"{source}.csv"
        mapped = ("--source", source, "--map-file", str(folder / "sources.yaml"))
        cadastre(env, "ingest", str(export), *mapped, good=(0, 1))  # 1: some rows were rejected, as they should be


def post_changes(url: str, folder: Path = DEMO) -> int:
    """Post the change file in order. Returns how many events were accepted."""
    lines = (folder / "mock_clients" / "changes.jsonl").read_text().splitlines()
    accepted = 0
    for events in _cut([json.loads(line) for line in lines], POSTED_AT_ONCE):
        accepted += post(url, events)
    return accepted


def post(url: str, events: Sequence[object]) -> int:
    """Post events and return how many were accepted. Raises `LocalError` where ingest refuses them all."""
    request = urllib.request.Request(
        f"{url}/events", json.dumps(events).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            items = json.load(answer)["items"]
    except urllib.error.HTTPError as refused:
        told = refused.read().decode(errors="replace")
        raise LocalError(
            f"ingest answered {refused.code}: {told[:500]}", "the demo's data should be accepted"
        ) from None
    return sum(item["status"] == 202 for item in items)


def truth(folder: Path = DEMO) -> dict[str, str]:
    """Record key → LEI of the entity that it is, after all changes."""
    with (folder / "mock_clients" / "truth.csv").open(newline="") as file:
        return {f"{row['source']}:{row['record_id']}": row["lei"] for row in csv.DictReader(file)}


def _cut(events: Sequence[object], size: int) -> Iterator[Sequence[object]]:
    for start in range(0, len(events), size):
        yield events[start : start + size]

"""Writes a demo: the three CRM exports in their own columns and date formats, the changes, and the truth."""

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from tests.support.generator.mappings import SOURCES, Source
from tests.support.generator.model import Demo, Record

_TIME_FORMATS = {
    "salesforce": "%Y-%m-%dT%H:%M:%S.000+0000",
    "hubspot": "%Y-%m-%d %H:%M",
    "dynamics": "%Y-%m-%dT%H:%M:%SZ",
}


def write(demo: Demo, folder: Path) -> None:
    """All files of the demo, over those that stand there."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in SOURCES:
        rows = (export_row(record, source) for record in demo.records[source.name])
        _write_csv(folder / source.file, source.columns, rows)
    truth = ((source, record_id, lei) for (source, record_id), lei in demo.truth.items())
    _write_csv(folder / "truth.csv", ("source", "record_id", "lei"), truth)
    lines = (json.dumps(change.as_json(), ensure_ascii=False) for change in demo.changes)
    (folder / "changes.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    scenarios = json.dumps(demo.scenarios, indent=2, ensure_ascii=False)
    (folder / "scenarios.json").write_text(scenarios + "\n", encoding="utf-8")
    (folder / "README.md").write_text(readme(), encoding="utf-8")


def export_row(record: Record, source: Source) -> list[str]:
    shown = {**record.values, "created_at": _time(record.created, source)}
    values = (shown.get(field, "") for field in source.fields.values())
    return [record.record_id, *values, _time(record.modified, source)]


def readme() -> str:
    commands = "\n\n".join(source.command() for source in SOURCES)
    return _README.format(commands=commands)


def _time(moment: datetime, source: Source) -> str:
    return moment.strftime(_TIME_FORMATS[source.name])


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


_README = """# Mock clients

Three CRM exports of the same market, made by `python -m tests.support.generator` from `../institutions.csv` (names,
countries and LEIs are of the public GLEIF register, CC0; every address, telephone number, website and figure is made
up). The same seed makes the same bytes. Do not edit these files: change the generator.

- `salesforce.csv`, `hubspot.csv`, `dynamics.csv`: the exports; times are UTC, parents are ids of the same file.
- `changes.jsonl`: change events in the form of `POST /events`, in order of arrival, all later than the exports but for
  those that are late on purpose. `scenarios.json` names the records that play a part in them.
- `truth.csv`: which records are one client, after all changes: those of one LEI. Few records state their LEI.
  Deleted records stay in it.

From this folder (the same mappings are in `../sources.yaml`):

```sh
{commands}
```
"""

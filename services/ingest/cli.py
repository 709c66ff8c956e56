"""`cadastre ingest`: loads a CSV file, and ends when Kafka has every row of it.

Exit codes: 0 all rows accepted, 1 some rejected, 2 the file or an option is refused and nothing was sent, 3 Kafka
stopped acknowledging.
"""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from schemas.topics import RAW, REJECTED
from services.ingest.adapters.csv_files import CsvFile
from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.adapters.sources_file import Reading, pairs, reading_of
from services.ingest.change import SOURCE
from services.ingest.columns import NotLoadable, choose_columns
from services.ingest.load import Tally, load
from services.ingest.problems import quoted
from services.ingest.progress import progress
from services.ingest.rows import FileOrigin
from services.ingest.settings import IngestSettings
from services.stream.clock import SystemClock
from services.stream.deployment import KafkaAway, TopicsUnfit, check_topics
from services.stream.producer import AckedProducer, DeliveryFailed

_console = Console(stderr=True, highlight=False)


def ingest(
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8, with a header line.", metavar="FILE.csv")],
    source: Annotated[str, typer.Option(help="The CRM that the file comes from, such as salesforce.")],
    record_id: Annotated[str | None, typer.Option("--id", help="The column of the record's id.")] = None,
    modified: Annotated[
        str | None, typer.Option(help="The column of the modified time; without it the file's own date counts.")
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="COLUMN=FIELD; may be given many times.", metavar="COLUMN=FIELD")
    ] = None,
    map_file: Annotated[Path | None, typer.Option(help="A YAML file of sources with their columns.")] = None,
    bootstrap: Annotated[str | None, typer.Option(help="Kafka's address; else CADASTRE_BOOTSTRAP.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object on stdout.")] = False,
) -> None:
    """Load a CSV file: good rows become changes, bad ones go to `rejected` with the reason."""
    try:
        settings = IngestSettings(bootstrap=bootstrap) if bootstrap else IngestSettings()
        reading = _reading(source, record_id, modified, pairs(mapping or []), map_file)
        check_topics(settings, (RAW.name, REJECTED.name))
        with CsvFile(file) as opened:
            columns = choose_columns(opened.header, reading.record_id, reading.modified, reading.mapping)
            origin = FileOrigin(source, file.name, opened.modified, columns)
            began = monotonic()
            tally = _load(opened, origin, settings, quiet=as_json)
    except (NotLoadable, ValidationError, TopicsUnfit) as refusal:
        _console.print(f"refused: {refusal}", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except KafkaAway as away:
        _console.print(str(away), markup=False, soft_wrap=True)
        raise typer.Exit(3) from None
    except DeliveryFailed as failure:
        told = f"{failure}. Rows acknowledged so far stay; load the file again, which changes nothing about them."
        _console.print(told, markup=False, soft_wrap=True)
        raise typer.Exit(3) from None
    _summary(tally, origin, monotonic() - began, as_json)
    raise typer.Exit(1 if tally.rejected else 0)


def _reading(
    source: str, record_id: str | None, modified: str | None, mapping: dict[str, str], map_file: Path | None
) -> Reading:
    """The map file's entry, overruled by the options."""
    if not SOURCE.fullmatch(source):
        said = "use lower-case letters, digits, '_', '.' and '-', such as salesforce"
        raise NotLoadable(f"--source {quoted(source)} is not a source; {said}")
    filed = reading_of(map_file, source) if map_file else Reading(None, None, {})
    return Reading(record_id or filed.record_id, modified or filed.modified, {**filed.mapping, **mapping})


def _load(file: CsvFile, origin: FileOrigin, settings: IngestSettings, *, quiet: bool) -> Tally:
    clock = SystemClock()
    producer = AckedProducer(settings, delivery_timeout_s=settings.delivery_timeout_s)
    topic = RawTopic(producer, settings.partitions, clock)
    try:
        with progress(_console, origin.name, lambda: file.done, quiet=quiet) as tell:
            return load(file, origin, topic, clock, settings.in_flight, tell)
    finally:
        producer.close()


def _summary(tally: Tally, origin: FileOrigin, seconds: float, as_json: bool) -> None:
    if as_json:
        counts = {"rows": tally.rows, "accepted": tally.accepted, "rejected": tally.rejected}
        more = {"reasons": tally.reasons, "ignored_columns": list(origin.columns.ignored), "seconds": round(seconds, 3)}
        print(json.dumps({"file": origin.name, "source": origin.source, **counts, **more}))
        return
    rate = tally.rows / max(seconds, 1e-3)
    lines = [f"{origin.name}: {tally.rows:,} rows in {seconds:.1f} s ({rate:,.0f}/s)"]
    lines.append(f"accepted {tally.accepted:,}, rejected {tally.rejected:,}")
    if origin.columns.ignored:
        lines.append(f"ignored columns: {', '.join(origin.columns.ignored)} (use them with --map COLUMN=FIELD)")
    if tally.rejected:
        lines.append("reasons: " + ", ".join(f"{reason} {n:,}" for reason, n in sorted(tally.reasons.items())))
        lines += [f"  {told}" for told in tally.first_rejected]
        lines.append("all of them, as they stood: cadastre rejected list")
    for line in lines:
        _console.print(line, markup=False, soft_wrap=True)

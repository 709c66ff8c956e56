"""Change events for benchmarks: the generator's records of three CRMs, as ingest puts them on `raw`."""

from __future__ import annotations

import dataclasses
import os
import random
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace
from stdnum import lei as lei_number
from stdnum.iso7064 import mod_97_10

from schemas.codec import cloudevent, encode, rfc3339
from schemas.events import ChangeEvent
from schemas.topics import RAW
from tests.support.generator import Institution, generate, read_institutions, write
from tests.support.in_memory import ingested
from tests.support.pipeline import RawRecord

SAMPLE = Path("deploy/demo/institutions.csv")
RECORDS_AN_INSTITUTION = 1.5  # fewer than the generator makes of each, so that it never runs out
RECORDS_A_NEWCOMER = 3.2  # of the three CRMs together, for one of them to have one of each


def institutions(records: int) -> Sequence[Institution]:
    """Enough for so many records: of the file that DATA names; without it of the sample, with made-up sisters."""
    given, rng = os.environ.get("DATA"), random.Random(records)
    wanted = int(records / RECORDS_AN_INSTITUTION)
    if given:
        real = list(read_institutions(Path(given)))
        return real if len(real) <= wanted else rng.sample(real, wanted)
    sample = list(read_institutions(SAMPLE))
    return [*sample, *_sisters(sample, wanted // len(sample), rng)]


def raw_records(records: int, seed: int) -> list[RawRecord]:
    """So many upserts and the changes after them, in the order of the files."""
    now = datetime.now(UTC)
    return [_on_raw(event, now) for event in _events(institutions(records), records, seed, now)]


def newcomers(count: int, seed: int) -> list[RawRecord]:
    """One CRM's records of institutions that `raw_records` has none of, at least so many: nearly all are clients of
    their own."""
    now, sample = datetime.now(UTC), list(read_institutions(SAMPLE))
    copies = int(count * RECORDS_A_NEWCOMER / RECORDS_AN_INSTITUTION / len(sample)) + 1
    others = _sisters(sample, copies, random.Random(seed), first=50)
    events = _events(others, int(count * RECORDS_A_NEWCOMER), seed, now)
    new = [event for event in events if event.source == "salesforce" and event.op == "upsert"]
    assert len(new) >= count, f"{len(new)} of {count} newcomers: raise RECORDS_A_NEWCOMER"
    return [_on_raw(replace(event, source="newcomers"), now) for event in new]


def _events(known: Sequence[Institution], records: int, seed: int, now: datetime) -> list[ChangeEvent]:
    with tempfile.TemporaryDirectory() as folder:
        write(generate(known, records, seed), Path(folder))
        return ingested(Path(folder), now)


def _on_raw(e: ChangeEvent, now: datetime) -> RawRecord:
    at = rfc3339(now)
    return RawRecord(e.record, encode(e), cloudevent(RAW.event_type, e.event_id, f"cadastre/ingest/{e.source}", at))


def _sisters(sample: Sequence[Institution], copies: int, rng: random.Random, first: int = 1) -> list[Institution]:
    return [_sister(one, rng.choice(sample), copy) for copy in range(first, first + copies) for one in sample]


def _sister(one: Institution, other: Institution, copy: int) -> Institution:
    """Another institution of the same country: the last word of one name before the other's, and a LEI of its own."""
    name = f"{other.name.split()[0].title()} {one.name}"
    stem = f"{one.lei[:4]}{copy:02d}{one.lei[6:18]}"
    number = stem + mod_97_10.calc_check_digits(stem)
    assert lei_number.is_valid(number)
    return dataclasses.replace(one, lei=number, name=name)

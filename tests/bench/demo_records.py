"""Change events for benchmarks: the generator's records of three CRMs, as ingest puts them on `raw`."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from stdnum import lei as lei_number
from stdnum.iso7064 import mod_97_10

from schemas.codec import cloudevent, encode, rfc3339
from schemas.topics import RAW
from tests.support.generator import Institution, generate, read_institutions, write
from tests.support.in_memory import ingested
from tests.support.pipeline import RawRecord

SAMPLE = Path("deploy/demo/institutions.csv")
RECORDS_AN_INSTITUTION = 1.5  # fewer than the generator makes of each, so that it never runs out


def institutions(records: int) -> Sequence[Institution]:
    """Enough for so many records: of the file that DATA names; without it of the sample, with made-up sisters."""
    given, rng = os.environ.get("DATA"), random.Random(records)
    wanted = int(records / RECORDS_AN_INSTITUTION)
    if given:
        real = list(read_institutions(Path(given)))
        return real if len(real) <= wanted else rng.sample(real, wanted)
    sample = list(read_institutions(SAMPLE))
    sisters = [_sister(one, rng.choice(sample), copy) for copy in range(1, wanted // len(sample) + 1) for one in sample]
    return [*sample, *sisters]


def raw_records(records: int, seed: int) -> list[RawRecord]:
    """So many upserts and the changes after them, in the order of the files."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        write(generate(institutions(records), records, seed), Path(folder))
        events = ingested(Path(folder), now)
    at = rfc3339(now)
    return [
        RawRecord(e.record, encode(e), cloudevent(RAW.event_type, e.event_id, f"cadastre/ingest/{e.source}", at))
        for e in events
    ]


def _sister(one: Institution, other: Institution, copy: int) -> Institution:
    """Another institution of the same country: the last word of one name before the other's, and a LEI of its own."""
    name = f"{other.name.split()[0].title()} {one.name}"
    stem = f"{one.lei[:4]}{copy:02d}{one.lei[6:18]}"
    number = stem + mod_97_10.calc_check_digits(stem)
    assert lei_number.is_valid(number)
    return replace(one, lei=number, name=name)

"""Demo data with truth: the records of three CRMs about real institutions, and changes to them.

Everything follows from the institutions, the number of records and the seed: the same three give the same bytes. The
LEI is the truth, and few records state it.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from tests.support.generator import routine
from tests.support.generator.changes import arrange
from tests.support.generator.exports import write
from tests.support.generator.institutions import blocks, namesakes, read_institutions
from tests.support.generator.model import Demo, Institution, Profile, Record
from tests.support.generator.names import core_name
from tests.support.generator.profiles import Profiler
from tests.support.generator.records import SOURCE_NAMES, Clerk
from tests.support.generator.scenarios import SCENARIOS, Cast
from tests.support.generator.stage import Stage

__all__ = ["Demo", "Institution", "generate", "read_institutions", "write"]

_RECORDS_A_CHANGE = 40
_RECORDS_A_SCENARIO = 4_000


def generate(institutions: Sequence[Institution], records: int, seed: int) -> Demo:
    """A demo of exactly `records` records in the exports; raises ValueError where there are too few institutions."""
    rng = random.Random(seed)
    profiler = Profiler(rng, namesakes(institutions))
    clerk = Clerk(rng, profiler.gazetteer, _owners(institutions))
    order = blocks(institutions, rng)
    spares = _spares(order, profiler, max(24, records // 250))
    profiles = {profile.lei: profile for profile in spares}
    typed: list[Record] = []
    for members in order:
        if len(typed) >= records:
            break
        home = clerk.home()
        for profile in profiler.block(members):
            profiles[profile.lei] = profile
            typed += clerk.records(profile, home)
    if len(typed) < records:
        raise ValueError(f"{len(institutions)} institutions give {len(typed)} records; ask for fewer than {records}")
    linked = _with_parents(typed[:records], profiles, rng)
    rng.shuffle(linked)
    stage = Stage(rng, clerk, profiler.gazetteer, linked, profiles, spares)
    cast = _play(stage, records)
    return _demo(stage, cast)


def _play(stage: Stage, records: int) -> dict[str, tuple[Cast, ...]]:
    times = max(1, records // _RECORDS_A_SCENARIO)
    cast = {name: tuple(play(stage) for _ in range(times)) for name, play in SCENARIOS.items()}
    routine.play(stage, max(records // _RECORDS_A_CHANGE, 30))
    return cast


def _demo(stage: Stage, cast: dict[str, tuple[Cast, ...]]) -> Demo:
    shown = stage.records.values()
    truth = {(record.source, record.record_id): record.lei for record in shown}
    truth |= stage.created
    by_source = {name: tuple(one for one in shown if one.source == name) for name in SOURCE_NAMES}
    return Demo(by_source, arrange(stage.threads, stage.rng), cast, dict(sorted(truth.items())))


def _owners(institutions: Sequence[Institution]) -> dict[tuple[str, str], set[str]]:
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in institutions:
        owners[core_name(one.name), one.country].add(one.lei)
    return owners


def _spares(order: list[list[Institution]], profiler: Profiler, count: int) -> list[Profile]:
    """Takes institutions without family out of the order, for changes to bring in."""
    alone = [members for members in order if len(members) == 1][:count]
    for members in alone:
        order.remove(members)
    return [profile for members in alone for profile in profiler.block(members)]


def _with_parents(records: Sequence[Record], profiles: dict[str, Profile], rng: random.Random) -> list[Record]:
    """Names the parent's record where the same CRM holds one, and somebody kept it."""
    held: dict[tuple[str, str], str] = {}
    for record in records:
        held.setdefault((record.source, record.lei), record.record_id)
    linked = []
    for record in records:
        parent = held.get((record.source, profiles[record.lei].parent_lei))
        kept = parent is not None and rng.random() < 0.85
        linked.append(replace(record, values={**record.values, "parent_record": parent}) if kept and parent else record)
    return linked

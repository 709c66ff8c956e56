"""The everyday changes of a book of clients: money across tier cut-offs, contacts, moves, newcomers, deletions."""

from dataclasses import replace
from decimal import Decimal

from tests.support.generator.changes import Step, money
from tests.support.generator.model import FieldValue, Profile, Record
from tests.support.generator.records import SOURCE_NAMES
from tests.support.generator.stage import Stage, patch

# Amounts at which tiers are usually cut; patches land closely on either side.
_CUTS = (10_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 5_000_000_000, 10_000_000_000)
_KINDS = {
    "aum": 48,
    "phone": 9,
    "move": 8,
    "website": 3,
    "rename": 6,
    "employees": 8,
    "clear": 4,
    "delete": 4,
    "second_record": 6,
    "newcomer": 4,
}


def play(stage: Stage, count: int) -> None:
    """Writes about `count` single changes, AUM patches sometimes there and back."""
    while sum(map(len, stage.threads)) < count:
        kind = stage.rng.choices(list(_KINDS), list(_KINDS.values()))[0]
        record = stage.client((1, 2, 3), bool)[-1]
        stage.threads.append(_steps(stage, kind, record, stage.profiles[record.lei]))


def _steps(stage: Stage, kind: str, record: Record, profile: Profile) -> list[Step]:
    if kind == "aum":
        return _across_a_cut(stage, record, profile)
    if kind == "delete":
        return [replace(patch(record, {}), op="delete")]
    if kind == "clear":
        return [patch(record, {}, [stage.rng.choice(("aum", "employees", "email"))])]
    if kind == "second_record":
        return [stage.newcomer(profile, stage.rng.choice(SOURCE_NAMES))]
    if kind == "newcomer" and stage.has_spare(""):
        return [stage.newcomer(stage.spare(), stage.rng.choice(SOURCE_NAMES))]
    return [patch(record, _fields(stage, kind, record, profile))]


def _fields(stage: Stage, kind: str, record: Record, profile: Profile) -> dict[str, FieldValue]:
    if kind == "phone":
        return {"phone": stage.gazetteer.phone(profile.site)}
    if kind == "move":
        site = stage.gazetteer.site(profile.site.country)
        moved = {"street": site.street, "city": site.city, "postal_code": site.postal_code}
        if site.subdivision:
            moved["subdivision"] = f"{site.country}-{site.subdivision}"
        return {field: value for field, value in moved.items() if value}
    if kind == "website" and profile.domain:
        return {"website": f"https://www.{profile.domain}"}
    if kind == "rename":
        return {"name": stage.clerk.name(profile)}
    return {"employees": stage.rng.randint(3, 4000)}


def _across_a_cut(stage: Stage, record: Record, profile: Profile) -> list[Step]:
    cut = stage.rng.choice(_CUTS)
    sides = [cut * stage.rng.randint(70, 99) // 100, cut * stage.rng.randint(100, 140) // 100]
    stage.rng.shuffle(sides)
    steps = [patch(record, {"aum": money(Decimal(side), profile.currency)}) for side in sides]
    return steps if stage.rng.random() < 0.25 else steps[:1]

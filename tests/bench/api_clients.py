"""Clients and assignments for the api's benchmarks, made from a seed: a book of any size."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from schemas.codec import encode
from schemas.events import Assignment, ClientFields, LiveClient, Member, Money, RuleRef
from schemas.reference import Advisor, Reference, Region, Territory

NOW = datetime(2026, 3, 2, tzinfo=UTC)
REGIONS = 20
TERRITORIES = 60
ADVISORS = 180
_FIRST = "Harbor Northgate Cedar Summit Alder Quarry Meridian Beacon Juniper Larkspur Granite Orchard Willow".split()
_SECOND = "Point Ridge Field Bridge Stone Water Hill Gate Park Light Shore Crest Vale Moor Cliff".split()
_LAST = "Capital Advisors Pension Partners Trust Holdings Insurance Endowment Fund Group".split()
WORDS = tuple(word.lower() for word in _FIRST)  # that each stand in one name of thirteen
_TYPES = ("pension", "endowment", "insurer", "fund", "bank", "family_office")
_COUNTRIES = ("US", "GB", "DE", "FR", "JP", "CA", "AU", "NL")


def reference() -> list[Reference]:
    regions = [Region(id="world", name="World")]
    regions += [Region(id=f"r{i}", name=f"Region {i}", parent="world") for i in range(REGIONS)]
    territories = [Territory(id=f"t{i}", name=f"Territory {i}", region=f"r{i % REGIONS}") for i in range(TERRITORIES)]
    advisors = [
        Advisor(id=f"a{i}", name=f"Advisor {i}", territories=(f"t{i % TERRITORIES}",), capacity=1_500)
        for i in range(ADVISORS)
    ]
    return [*regions, *territories, *advisors]


def placed(client_id: str, n: int, draw: random.Random, version: int = 1) -> Assignment:
    advisor = draw.randrange(ADVISORS)
    territory = advisor % TERRITORIES
    return Assignment(
        client_id=client_id,
        version=version,
        client_version=1,
        status="assigned",
        decided_by="rule",
        effective_from=NOW,
        trigger="client",
        territory=f"t{territory}",
        region=f"r{territory % REGIONS}",
        advisor=f"a{advisor}",
        tier=("platinum", "gold", "silver", "base")[min(3, n % 10)],
        segment=("public", "private")[n % 2],
        rule=RuleRef("main", 1, f"rule-{territory}", territory),
        conditions=("country == 'US'", "client_type == 'pension'"),
    )


def searches(count: int, seed: int) -> list[str]:
    """What people type who look for a client: one to three words of its name, the last one maybe not to its end. All
    different."""
    draw = random.Random(seed)
    typed: dict[str, None] = {}
    while len(typed) < count:
        *whole, last = [draw.choice(words) for words in (_FIRST, _SECOND, _LAST)][: draw.choice((1, 2, 2, 3))]
        typed[" ".join((*whole, last[: draw.randint(3, len(last))])).lower()] = None
    return list(typed)


def clients(n: int, seed: int) -> Iterator[tuple[str, bytes, bytes]]:
    """(id, `deduped` value, `assigned` value)."""
    draw = random.Random(seed)
    for i in range(n):
        client_id = f"c_{i:024x}"
        said = ClientFields(
            name=f"{draw.choice(_FIRST)} {draw.choice(_SECOND)} {draw.choice(_LAST)} {i:x}",
            lei=f"5493{i:016d}",
            city=draw.choice(_SECOND),
            country=draw.choice(_COUNTRIES),
            postal_code=f"{draw.randrange(100_000):05}",
            client_type=draw.choice(_TYPES),
            industry="asset management",
            website=f"https://www.{i:x}.example",
            aum=Money(f"{draw.lognormvariate(18, 2):.2f}", "USD"),
        )
        records = [f"{source}:{i}" for source in ("salesforce", "hubspot")[: 1 + (i % 5 == 0)]]
        client = LiveClient(
            client_id=client_id,
            version=1,
            engine="1",
            pool="US",
            golden=said,
            provenance={name: records[0] for name in ("name", "lei", "city", "country", "aum")},
            members=tuple(Member(record=record, fields=said) for record in records),
        )
        yield client_id, encode(client), encode(placed(client_id, i, draw))

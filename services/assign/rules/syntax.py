"""A reference file, read: plain mappings and lists in, statements out, or every problem of the file at once.

Regions, territories, advisors, rates and sources: the section is the whole, what it leaves out is removed. A list
that is named is replaced, others stay. Rule sets are immutable. Overrides and decisions are only added to or changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from schemas.reference import (
    Advisor,
    Engine,
    ListEntry,
    MatchDecision,
    NamedList,
    Override,
    Rate,
    Reference,
    Region,
    Source,
    Territory,
)
from services.assign.rules.problems import InvalidReferenceError, Problem, shown, within
from services.assign.rules.references import reference_problems
from services.assign.rules.rule_sets import read_rules
from services.assign.rules.shapes import read_struct

_RECORD = re.compile(r"^[a-z0-9][a-z0-9_.-]{0,63}:.{1,255}$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file says. Keys in `present` that begin with one of `replaced`, and are not said again, are removed."""

    statements: Mapping[str, Reference]
    replaced: frozenset[str]


@dataclass(slots=True)
class _Reading:
    """A file as far as it was read. `named`: keys that it names, whether what stands there is sound or not."""

    present: Mapping[str, Reference]
    author: str
    at: datetime
    statements: dict[str, Reference] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def take(self, statement: Reference | None) -> None:
        if statement is not None:
            self.statements[statement.key] = statement

    def mapping(self, section: object, path: str) -> Mapping[str, object]:
        """The section by id; ids that YAML read as numbers are their text."""
        if isinstance(section, dict):
            return {str(name): item for name, item in section.items()}
        self.problems.append(Problem(path, shown(section), "write a mapping, or leave the section out"))
        return {}

    def record(self, record: object, path: str) -> str | None:
        if isinstance(record, str) and _RECORD.match(record):
            return record
        self.problems.append(Problem(path, shown(record), "write a record key such as salesforce:0018000000abc"))
        return None


def parse(document: object, present: Mapping[str, Reference], author: str, at: datetime) -> Parsed:
    """Read a file on top of what is `present`; `author` and `at` sign what people decide in it.

    Raises `InvalidReferenceError` with every problem of the file, references to what isn't there among them.
    """
    reading = _Reading(present, author, at)
    for name, section in reading.mapping(document, "file").items():
        read = _SECTIONS.get(name)
        if read is None:
            reading.problems.append(Problem(name, "unknown section", f"use one of {', '.join(_SECTIONS)}"))
        else:
            read(reading, section)
    problems = reading.problems + reference_problems(_merged(reading), reading.named, reading.statements)
    if problems:
        raise InvalidReferenceError(problems)
    return Parsed(reading.statements, frozenset(reading.replaced))


def prefix_of(key: str) -> str:
    """What a key is replaced with: its kind, or for a list's entry its list."""
    kind, _, rest = key.partition(":")
    return f"entry:{rest.partition(':')[0]}:" if kind == "entry" else f"{kind}:"


def _merged(reading: _Reading) -> dict[str, Reference]:
    kept = {key: value for key, value in reading.present.items() if prefix_of(key) not in reading.replaced}
    return kept | reading.statements


def _whole(kind: type[Region | Territory | Advisor], section: str, prefix: str) -> Callable[[_Reading, object], None]:
    """A section that maps ids to the fields of one kind, and holds all there are."""

    def read(reading: _Reading, given: object) -> None:
        reading.replaced.add(prefix)
        for name, item in reading.mapping(given, section).items():
            reading.named.add(f"{prefix}{name}")
            reading.take(read_struct(kind, item, f"{section}.{name}", reading.problems, id=name))

    return read


def _rates(reading: _Reading, given: object) -> None:
    reading.replaced.add("rate:")
    for currency, usd in reading.mapping(given, "rates").items():
        reading.named.add(f"rate:{currency}")
        number = isinstance(usd, int | float) and not isinstance(usd, bool)
        text = format(Decimal(repr(usd)), "f") if number else usd
        reading.take(read_struct(Rate, {}, f"rates.{currency}", reading.problems, currency=currency, usd=text))


def _sources(reading: _Reading, given: object) -> None:
    reading.replaced.add("source:")
    for name, rank in reading.mapping(given, "sources").items():
        reading.take(read_struct(Source, {}, f"sources.{name}", reading.problems, id=name, rank=rank))


def _lists(reading: _Reading, given: object) -> None:
    for name, item in reading.mapping(given, "lists").items():
        path = f"lists.{name}"
        reading.named.add(f"list:{name}")
        reading.replaced.add(f"entry:{name}:")
        entries = item.get("entries", []) if isinstance(item, dict) else []
        rest = {k: v for k, v in item.items() if k != "entries"} if isinstance(item, dict) else item
        reading.take(read_struct(NamedList, rest, path, reading.problems, id=name))
        if not isinstance(entries, list):
            reading.problems.append(Problem(within(path, "entries"), shown(entries), "write a list of record keys"))
            continue
        for i, entry in enumerate(entries):
            _entry(reading, name, entry, f"{path}.entries[{i}]")


def _entry(reading: _Reading, list_id: str, given: object, path: str) -> None:
    item = given if isinstance(given, dict) else {"record": given}
    record = reading.record(item.get("record"), path)
    if record is not None:
        signed = {"list": list_id, "author": reading.author, "at": reading.at}
        reading.take(read_struct(ListEntry, item, path, reading.problems, **signed))


def _overrides(reading: _Reading, given: object) -> None:
    for record, item in reading.mapping(given, "overrides").items():
        path = f"overrides.{record}"
        if reading.record(record, path) is not None:
            signed = {"record": record, "author": reading.author, "at": reading.at}
            reading.take(read_struct(Override, item, path, reading.problems, **signed))


def _decisions(reading: _Reading, given: object) -> None:
    if not isinstance(given, list):
        reading.problems.append(Problem("decisions", shown(given), "write a list of decisions"))
        return
    for i, item in enumerate(given):
        path = f"decisions[{i}]"
        pair = item.get("records") if isinstance(item, dict) else None
        if not isinstance(pair, list) or len(pair) != 2 or pair[0] == pair[1]:
            reading.problems.append(Problem(within(path, "records"), shown(pair), "write two different record keys"))
            continue
        records = [reading.record(record, f"{path}.records[{n}]") for n, record in enumerate(pair)]
        low, high = sorted(record or "" for record in records)
        rest = {name: value for name, value in item.items() if name != "records"}
        signed = {"low": low, "high": high, "author": reading.author, "at": reading.at}
        reading.take(read_struct(MatchDecision, rest, path, reading.problems, **signed))


def _engine(reading: _Reading, given: object) -> None:
    reading.take(read_struct(Engine, given, "engine", reading.problems))


def _rules(reading: _Reading, given: object) -> None:
    for statement in read_rules(given, reading.present, reading.at, reading.problems):
        reading.take(statement)


_SECTIONS: dict[str, Callable[[_Reading, object], None]] = {
    "regions": _whole(Region, "regions", "region:"),
    "territories": _whole(Territory, "territories", "territory:"),
    "advisors": _whole(Advisor, "advisors", "advisor:"),
    "rates": _rates,
    "sources": _sources,
    "rules": _rules,
    "lists": _lists,
    "overrides": _overrides,
    "decisions": _decisions,
    "engine": _engine,
}

"""Where two states differ, in words: for the message of a failed assertion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from schemas import codec
from schemas.events import Assignment, LiveClient
from tests.support.oracle.expecting import Expected

_NOTHING = "nothing"
_SHOWN = 120  # letters of a value


def differences(
    expected: Expected, deduped: Mapping[str, bytes], assigned: Mapping[str, bytes], limit: int = 5
) -> list[str]:
    """The first few, by client id: where, what was expected, and what the topics' latest values say.

    Stricter than the state hashes: the versions of the members' fields, which the next survivorship goes by, count too.
    """
    told_clients = {key: codec.canonical(codec.client(value), stamps=True) for key, value in deduped.items()}
    told_assignments = {key: codec.canonical(codec.assignment(value)) for key, value in assigned.items()}
    found = [
        *_between("deduped", _states(expected.clients), told_clients),
        *_between("assigned", _states(expected.assignments), told_assignments),
    ]
    more = [f"and {len(found) - limit} more"] if len(found) > limit else []
    return found[:limit] + more


def _states(values: Mapping[str, LiveClient] | Mapping[str, Assignment]) -> dict[str, bytes | None]:
    return {key: codec.canonical(value, stamps=True) for key, value in values.items()}


def _between(topic: str, wanted: Mapping[str, bytes | None], told: Mapping[str, bytes | None]) -> Iterator[str]:
    for key in sorted(wanted.keys() | told.keys()):
        want, got = wanted.get(key), told.get(key)
        if want == got:
            continue
        if want is None or got is None:
            yield f"{topic} {key}: expected {_shown(want)}, got {_shown(got)}"
            continue
        wants, gots = dict(_leaves(msgspec.json.decode(want))), dict(_leaves(msgspec.json.decode(got)))
        for path in sorted(wants.keys() | gots.keys()):
            if (want_leaf := wants.get(path, _NOTHING)) != (got_leaf := gots.get(path, _NOTHING)):
                yield f"{topic} {key}: {path}: expected {want_leaf}, got {got_leaf}"


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every scalar (and every empty list or mapping) with its path."""
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value:
        for place, item in enumerate(value):
            yield from _leaves(item, f"{path}[{place}]")
    else:
        yield path, _shown(msgspec.json.encode(value))


def _shown(value: bytes | None) -> str:
    if value is None:
        return "no live client"
    text = value.decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

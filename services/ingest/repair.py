"""What a person changes about a rejected change before it is sent again.

A repair is JSON merge patches (RFC 7396) over the change as its sender would tell it: source, record_id, op, fields,
cleared, version. For a row of a file, also another mapping of its columns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.events import FIELD_NAMES
from services.ingest.problems import Unreadable, quoted, suggestion

_NESTED = ("aum", "revenue", "identifiers")
_ENVELOPE = {"record_id": ("record_id",), "version.time": ("version", "time")}


@dataclass(frozen=True, slots=True)
class Repair:
    """`patches` in the order given; `mapping`: column → field. Both empty: as it was."""

    patches: tuple[Mapping[str, object], ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.patches or self.mapping)

    def of(self, told: Mapping[str, object]) -> object:
        """The change, repaired."""
        repaired: object = told
        for patch in self.patches:
            repaired = merge(repaired, patch)
        return repaired


def read_repair(edits: Sequence[str], patch: str, mapping: Mapping[str, str]) -> Repair:
    """From `FIELD=VALUE` texts (an empty value takes the field away) and a patch as JSON. Raises `Unreadable`."""
    patches = [_read_patch(patch)] if patch else []
    return Repair((*patches, *map(_read_edit, edits)), mapping)


def merge(target: object, patch: object) -> object:
    """`target` with the patch applied as RFC 7396 has it: null takes away, objects merge, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def _read_edit(edit: str) -> dict[str, object]:
    name, equals, value = edit.partition("=")
    if not equals:
        raise Unreadable(f"--edit {quoted(edit)} is not FIELD=VALUE; give for example --edit country=DE")
    first, *inner = _path(name)
    said: object = value or None
    for step in reversed(inner):
        said = {step: said}
    return {first: said}


def _path(name: str) -> tuple[str, ...]:
    if name in _ENVELOPE:
        return _ENVELOPE[name]
    root, dot, part = name.partition(".")
    if root not in FIELD_NAMES or (dot and (root not in _NESTED or not part)):
        there = suggestion(name, (*FIELD_NAMES, *_ENVELOPE))
        raise Unreadable(f"--edit {quoted(name)} is no field{there}")
    return ("fields", root, part) if dot else ("fields", root)


def _read_patch(text: str) -> dict[str, object]:
    try:
        patch: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"--edit-json is not JSON ({error}); give an object such as {_EXAMPLE}") from None
    if not isinstance(patch, dict):
        raise Unreadable(f"--edit-json {quoted(text)} is not an object; give one such as {_EXAMPLE}")
    return patch


_EXAMPLE = '\'{"fields": {"aum": {"amount": "1250000.00", "currency": "USD"}}}\''

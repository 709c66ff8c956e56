"""What a person changes about a rejected change before it is sent again.

A repair is a JSON merge patch (RFC 7396) over the change as its sender would tell it: source, record_id, op, fields,
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
    """`mapping`: column → field. Both empty: as it was."""

    patch: Mapping[str, object] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.patch or self.mapping)


def read_repair(edits: Sequence[str], patch: str, mapping: Mapping[str, str]) -> Repair:
    """From `FIELD=VALUE` texts (an empty value takes the field away) and a patch as JSON. Raises `Unreadable`."""
    merged: object = _read_patch(patch) if patch else {}
    for edit in edits:
        name, equals, value = edit.partition("=")
        if not equals:
            raise Unreadable(f"--edit {quoted(edit)} is not FIELD=VALUE; give for example --edit country=DE")
        said: object = value or None
        for step in reversed(_path(name)):
            said = {step: said}
        merged = merge(merged, said)
    assert isinstance(merged, dict)
    return Repair(merged, mapping)


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

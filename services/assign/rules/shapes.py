"""A mapping, as a person wrote it, read into one of the contract's types field by field, every fault named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeVar, get_args, get_origin

import msgspec

from schemas.rules import Condition, Rule
from services.assign.rules.check import problems_of
from services.assign.rules.problems import Problem, shown, within

S = TypeVar("S", bound=msgspec.Struct)


def read_struct(kind: type[S], given: object, path: str, problems: list[Problem], **known: object) -> S | None:
    """The struct, or None and the reasons in `problems`. `known`: fields that the file doesn't write itself."""
    fields = {f.encode_name: f for f in msgspec.structs.fields(kind)}
    own = [name for name in fields if name not in known]
    if not isinstance(given, dict):
        problems.append(Problem(path, shown(given), f"write a mapping with {', '.join(own)}"))
        return None
    before = len(problems)
    for name in given:
        if name not in own:
            problems.append(Problem(within(path, str(name)), "unknown", f"use one of {', '.join(own)}"))
    values: dict[str, object] = {}
    for name, value in ({n: given[n] for n in own if n in given} | known).items():
        here = path if name in known else within(path, name)
        values[fields[name].name] = _read_field(kind, fields[name].type, value, here, problems)
    for name in own:
        if fields[name].required and name not in given:
            problems.append(Problem(within(path, name), "missing", "add it"))
    return kind(**values) if len(problems) == before else None


def read_structs(kind: type[S], given: object, path: str, problems: list[Problem]) -> tuple[S, ...]:
    """A list of mappings; those with faults are left out."""
    if not isinstance(given, list):
        problems.append(Problem(path, shown(given), "write a list"))
        return ()
    read = [read_struct(kind, item, f"{path}[{i}]", problems) for i, item in enumerate(given)]
    return tuple(one for one in read if one is not None)


def read_value(annotation: object, value: object, path: str, problems: list[Problem]) -> object:
    """One value as the type that the annotation names, or None and the reason in `problems`."""
    try:
        return msgspec.convert(value, annotation)
    except msgspec.ValidationError as error:
        problems.append(Problem(path, shown(value), _remedy(annotation, str(error))))
        return None


def _read_field(
    kind: type[msgspec.Struct], annotation: object, value: object, path: str, problems: list[Problem]
) -> object:
    if annotation is Condition:
        faults = list(problems_of(value, path, decided=kind is Rule))
        problems += faults
        if faults:
            return None
    return read_value(annotation, value, path, problems)


def _remedy(annotation: object, message: str) -> str:
    """msgspec's message says what was expected; what to write is clearer."""
    choices = _choices(annotation)
    if choices:
        return f"use one of {', '.join(map(str, choices))}"
    expected = message.partition(" - at ")[0]
    if "regex" in expected:
        return f"write text like {_LIKE.get(_pattern(annotation), 'what is asked for')} ({expected})"
    if "datetime" in expected or datetime in _parts(annotation):
        return "write a time such as 2026-01-31T00:00:00Z"
    simple = next((remedy for name, remedy in _SIMPLE.items() if expected.startswith(f"Expected `{name}`,")), None)
    return simple or f"{expected[0].lower()}{expected[1:]}"


_SIMPLE = {"int": "write a whole number", "str": "write text, in quotes", "bool": "write true or false"}
_LIKE: Mapping[str | None, str] = {
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$": "us-northeast: up to 64 letters, digits, _ . -",
    r"^[a-z0-9][a-z0-9_.-]{0,63}$": "salesforce: up to 64 small letters, digits, _ . -",
    r"^[A-Z]{3}$": "EUR",
    r"^\d{1,12}(\.\d{1,12})?$": "1.0834",
}


def _parts(annotation: object) -> tuple[object, ...]:
    """The types that an annotation allows, unions and Annotated taken apart."""
    if get_origin(annotation) is Annotated:
        return _parts(get_args(annotation)[0])
    arguments = get_args(annotation)
    if get_origin(annotation) is Literal or not arguments:
        return (annotation,)
    return tuple(part for argument in arguments for part in _parts(argument))


def _choices(annotation: object) -> tuple[object, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _pattern(annotation: object) -> str | None:
    arguments = get_args(annotation)
    for argument in arguments:
        if isinstance(argument, msgspec.Meta):
            return argument.pattern
        found = _pattern(argument)
        if found is not None:
            return found
    return None

"""The text of a reference file, YAML or JSON, to plain data.

Reads YAML 1.2's idea of a scalar: NO is Norway and a time is text. An id that stands twice is refused, since YAML
itself would let the second silently replace the first.
"""

from __future__ import annotations

import re
from typing import cast

import yaml

from services.assign.rules.problems import InvalidReferenceError, Problem, shown


class _Loader(yaml.CSafeLoader):
    """A safe loader without YAML 1.1's surprises."""


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    dropped = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    inherited = yaml.CSafeLoader.yaml_implicit_resolvers.items()
    kept = {first: [(tag, shape) for tag, shape in pairs if tag not in dropped] for first, pairs in inherited}
    for first in "tf":
        kept.setdefault(first, []).append(("tag:yaml.org,2002:bool", re.compile("^(true|false)$")))
    return kept


_Loader.yaml_implicit_resolvers = _resolvers()


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[object, object]:
    mapping: dict[object, object] = {}
    for key_node, value_node in node.value:
        key: object = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | float | bool | None):
            raise _at(key_node, shown(key), "write a name before the colon")
        if key in mapping:
            raise _at(key_node, shown(key), "stands twice here: keep one")
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _at(node: yaml.Node, value: str, remedy: str) -> InvalidReferenceError:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    return InvalidReferenceError([Problem(f"line {line}, column {column}", value, remedy)])


def load(text: bytes) -> object:
    """The document. Raises `InvalidReferenceError` naming line and column where it is neither YAML nor JSON."""
    try:
        return cast(object, yaml.load(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark is not None else "file"
        raise InvalidReferenceError([Problem(where, str(error.problem), "write valid YAML or JSON")]) from error
    except yaml.YAMLError as error:  # bytes that are no text
        raise InvalidReferenceError([Problem("file", str(error).splitlines()[0], "write UTF-8 text")]) from error

"""Whether a tree of conditions, as it was written, is one: every fault with its place, its value and its remedy.

A node is exactly one of all, any, not, or a field with exactly one test. An empty `all` holds for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from services.assign.rules.fields import Kind, field_names, kind_of
from services.assign.rules.problems import Problem, shown, within

TESTS = ("equals", "in", "between", "prefix", "contains", "exists")
_BRANCHES = ("all", "any", "not")


def problems_of(node: object, path: str, decided: bool) -> Iterator[Problem]:
    """Every fault of a condition as it was written (plain mappings and lists)."""
    if not isinstance(node, dict):
        yield Problem(path, shown(node), "write a mapping such as {field: country, equals: US}")
        return
    allowed = (*_BRANCHES, "field", *TESTS)
    for name in node:
        if name not in allowed:
            yield Problem(within(path, str(name)), "unknown", f"use one of {', '.join(allowed)}")
    heads = [name for name in (*_BRANCHES, "field") if name in node]
    if len(heads) != 1:
        found = " and ".join(heads) or shown(node)
        yield Problem(path, found, "write exactly one of all, any, not, field in a condition")
        return
    yield from _BRANCH_CHECKS.get(heads[0], _leaf_problems)(node, path, decided)


def _group_problems(node: dict[str, object], path: str, decided: bool) -> Iterator[Problem]:
    name = "all" if "all" in node else "any"
    children = node[name]
    yield from _stray_tests(node, path, name)
    if not isinstance(children, list):
        yield Problem(within(path, name), shown(children), "write a list of conditions")
        return
    if name == "any" and not children:
        yield Problem(within(path, name), "[]", "name at least one condition; an empty any never holds")
    for i, child in enumerate(children):
        yield from problems_of(child, f"{within(path, name)}[{i}]", decided)


def _not_problems(node: dict[str, object], path: str, decided: bool) -> Iterator[Problem]:
    yield from _stray_tests(node, path, "not")
    yield from problems_of(node["not"], within(path, "not"), decided)


def _stray_tests(node: dict[str, object], path: str, name: str) -> Iterator[Problem]:
    for test in TESTS:
        if test in node:
            yield Problem(
                within(path, test), shown(node[test]), f"move it beside a field; it can't stand beside {name}"
            )


def _leaf_problems(node: dict[str, object], path: str, decided: bool) -> Iterator[Problem]:
    field = node["field"]
    kind = kind_of(field, decided) if isinstance(field, str) else None
    if kind is None:
        yield Problem(within(path, "field"), shown(field), f"use one of {', '.join(field_names(decided))}")
    tests = [test for test in TESTS if test in node]
    if len(tests) != 1:
        yield Problem(path, " and ".join(tests) or "no test", f"write exactly one of {', '.join(TESTS)}")
    elif kind is not None:
        yield from _operand_problems(node[tests[0]], tests[0], kind, within(path, tests[0]))


_BRANCH_CHECKS: dict[str, Callable[[dict[str, object], str, bool], Iterator[Problem]]] = {
    "all": _group_problems,
    "any": _group_problems,
    "not": _not_problems,
}


def _operand_problems(operand: object, test: str, kind: Kind, path: str) -> Iterator[Problem]:
    if test == "exists":
        if not isinstance(operand, bool):
            yield Problem(path, shown(operand), "write true or false")
    elif test == "between":
        yield from _between_problems(operand, kind, path)
    elif test == "in":
        if not isinstance(operand, list) or not operand:
            yield Problem(path, shown(operand), "write a list of at least one value")
            return
        for i, item in enumerate(operand):
            yield from _scalar_problems(item, kind, f"{path}[{i}]")
    elif test in ("prefix", "contains") and kind is Kind.NUMBER:
        yield Problem(path, shown(operand), "use equals, in, between or exists: the field is a number")
    else:
        yield from _scalar_problems(operand, kind, path)


def _between_problems(operand: object, kind: Kind, path: str) -> Iterator[Problem]:
    if kind is not Kind.NUMBER:
        yield Problem(path, shown(operand), f"use equals, in, prefix, contains or exists: the field is {kind.value}")
        return
    if not isinstance(operand, list) or len(operand) != 2 or not all(b is None or _is_number(b) for b in operand):
        yield Problem(path, shown(operand), "write [low, high], each a number or null")
        return
    low, high = operand
    if low is None and high is None:
        yield Problem(path, shown(operand), "give at least one bound, or use exists: true")
    elif low is not None and high is not None and low >= high:
        yield Problem(path, shown(operand), "put the lower number first; low <= value < high")


def _scalar_problems(operand: object, kind: Kind, path: str) -> Iterator[Problem]:
    if kind is Kind.NUMBER and not _is_number(operand):
        yield Problem(path, shown(operand), "write a number, without quotes: the field is a number")
    elif kind is not Kind.NUMBER and (not isinstance(operand, str) or not operand):
        yield Problem(path, shown(operand), f"write it as text, in quotes: the field is {kind.value}")


def _is_number(value: object) -> bool:
    finite = not isinstance(value, float) or abs(value) < float("inf")  # also false for NaN
    return isinstance(value, int | float) and not isinstance(value, bool) and finite

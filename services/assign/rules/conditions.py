"""A rule's tree of conditions, compiled to one predicate and to the text that explains why it holds.

An absent field fails every test but `exists: false`. A test on several texts holds where one of them passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from schemas.rules import Condition, Scalar
from services.assign.rules.check import problems_of
from services.assign.rules.fields import EXACT, MONEY, ClientView, Kind, Value, kind_of
from services.assign.rules.problems import InvalidReferenceError

_SHOWN_VALUES = 5  # of a long `in`: an explanation is read, not parsed


Needs = Mapping[str, frozenset[Value]]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A compiled condition. `because` lists the tests that hold, as short code; `fields` are those that it reads;
    `needs`: field → the only values of it with which the condition can hold."""

    holds: Callable[[ClientView], bool]
    because: Callable[[ClientView], tuple[str, ...]]
    fields: frozenset[str]
    needs: Needs = field(default_factory=dict)


def compile_condition(condition: Condition, unit: Decimal, decided: bool = True) -> Predicate:
    """One predicate for the tree. `unit`: US dollars in one unit of the rule set's currency.

    Raises `InvalidReferenceError` with every fault of the tree.
    """
    faults = list(problems_of(msgspec.json.decode(msgspec.json.encode(condition)), "when", decided))
    if faults:
        raise InvalidReferenceError(faults)
    return _compiled(condition, unit)


def _compiled(condition: Condition, unit: Decimal) -> Predicate:
    if condition.all is not None:
        return _all_of([_compiled(child, unit) for child in condition.all])
    if condition.any is not None:
        return _any_of([_compiled(child, unit) for child in condition.any])
    if condition.not_ is not None:
        return _none_of(_compiled(condition.not_, unit), text_of(condition))
    assert condition.field is not None  # checked before
    holds = _leaf(condition, condition.field, unit)
    text = (text_of(condition),)
    return Predicate(holds, lambda _: text, frozenset((condition.field,)), _needed(condition, condition.field, unit))


def _needed(c: Condition, name: str, unit: Decimal) -> Needs:
    """Of a test on one value, not on one of several."""
    said = (c.equals,) if c.equals is not None else c.in_
    if said is None or kind_of(name, decided=True) is Kind.TEXTS:
        return {}
    return {name: frozenset(_operand(value, unit if name in MONEY else Decimal(1)) for value in said)}


def _fields(parts: list[Predicate]) -> frozenset[str]:
    return frozenset().union(*(part.fields for part in parts))


def _all_of(parts: list[Predicate]) -> Predicate:
    tests = tuple(part.holds for part in parts)

    def holds(view: ClientView) -> bool:
        # A plain loop takes half the time of all() over a generator, in the hottest place of assign.
        for test in tests:  # noqa: SIM110
            if not test(view):
                return False
        return True

    needs: dict[str, frozenset[Value]] = {}
    for part in parts:
        for name, values in part.needs.items():
            needs[name] = needs.get(name, values) & values
    return Predicate(
        holds, lambda view: tuple(text for part in parts for text in part.because(view)), _fields(parts), needs
    )


def _any_of(parts: list[Predicate]) -> Predicate:
    tests = tuple(part.holds for part in parts)

    def holds(view: ClientView) -> bool:
        for test in tests:  # noqa: SIM110 - as in _all_of
            if test(view):
                return True
        return False

    def because(view: ClientView) -> tuple[str, ...]:
        return tuple(text for part in parts if part.holds(view) for text in part.because(view))

    needed_by_all = set(parts[0].needs).intersection(*(part.needs for part in parts)) if parts else set()
    needs = {name: frozenset().union(*(part.needs[name] for part in parts)) for name in sorted(needed_by_all)}
    return Predicate(holds, because, _fields(parts), needs)


def _none_of(part: Predicate, text: str) -> Predicate:
    return Predicate(lambda view: not part.holds(view), lambda _: (text,), part.fields)


def _leaf(c: Condition, field: str, unit: Decimal) -> Callable[[ClientView], bool]:
    if c.exists is not None:
        wanted = c.exists
        return lambda view: (field in view) is wanted
    unit = unit if field in MONEY else Decimal(1)
    test = _test(c, unit)
    if kind_of(field, decided=True) is Kind.TEXTS:
        return lambda view: isinstance(texts := view.get(field), tuple) and any(map(test, texts))
    if c.equals is not None:  # these two, most of all tests, in one call each; nothing equals what is absent
        operand = _operand(c.equals, unit)
        return lambda view: view.get(field) == operand
    if c.in_ is not None:
        operands = frozenset(_operand(value, unit) for value in c.in_)
        return lambda view: view.get(field) in operands
    return lambda view: (value := view.get(field)) is not None and test(value)


def _test(c: Condition, unit: Decimal) -> Callable[[Value], bool]:
    """The one test of a leaf, on a value that is there."""
    if c.equals is not None:
        return _operand(c.equals, unit).__eq__
    if c.in_ is not None:
        return frozenset(_operand(value, unit) for value in c.in_).__contains__
    if c.between is not None:
        return _between(c.between, unit)
    if c.prefix is not None:
        prefix = c.prefix.casefold()
        return lambda value: isinstance(value, str) and value.startswith(prefix)
    part = (c.contains or "").casefold()
    return lambda value: isinstance(value, str) and part in value


def _between(bounds: tuple[float | None, float | None], unit: Decimal) -> Callable[[Value], bool]:
    low, high = (None if bound is None else _number(bound, unit) for bound in bounds)
    if low is None:
        return lambda value: isinstance(value, Decimal) and high is not None and value < high
    if high is None:
        return lambda value: isinstance(value, Decimal) and low <= value
    return lambda value: isinstance(value, Decimal) and low <= value < high


def _operand(value: Scalar, unit: Decimal) -> str | Decimal:
    return value.casefold() if isinstance(value, str) else _number(value, unit)


def _number(value: float, unit: Decimal) -> Decimal:
    """The number as it was written: 0.1 is a tenth, not the float nearest to it."""
    return EXACT.multiply(Decimal(repr(value)), unit)


def text_of(c: Condition) -> str:
    """The condition as one line of code."""
    if c.all is not None:
        return " and ".join(f"({text_of(child)})" for child in c.all) or "always"
    if c.any is not None:
        return " or ".join(f"({text_of(child)})" for child in c.any)
    return f"not ({text_of(c.not_)})" if c.not_ is not None else _leaf_text(c)


def _leaf_text(c: Condition) -> str:
    if c.equals is not None:
        return f"{c.field} == {_literal(c.equals)}"
    if c.in_ is not None:
        more = f", +{len(c.in_) - _SHOWN_VALUES}" if len(c.in_) > _SHOWN_VALUES else ""
        return f"{c.field} in [{', '.join(map(_literal, c.in_[:_SHOWN_VALUES]))}{more}]"
    if c.between is not None:
        return _between_text(c.field or "", *c.between)
    if c.exists is not None:
        return f"{c.field} exists" if c.exists else f"not ({c.field} exists)"
    return f"{c.field} prefix {c.prefix!r}" if c.prefix is not None else f"{c.field} contains {c.contains!r}"


def _between_text(field: str, low: float | None, high: float | None) -> str:
    if low is None:
        return f"{field} < {_literal(high or 0)}"
    return f"{field} >= {_literal(low)}" if high is None else f"{_literal(low)} <= {field} < {_literal(high)}"


def _literal(value: Scalar) -> str:
    return repr(value) if isinstance(value, str) else format(Decimal(repr(value)).normalize(), "f")

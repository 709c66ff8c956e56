"""What a condition may read of a client, and how each field is read.

Text is compared without regard to case. Money is read in US dollars, exactly: a product of decimals, never a quotient
and never a float. An amount whose currency has no rate is read as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal
from enum import Enum

from msgspec import UNSET

from schemas.codec import rfc3339
from schemas.events import FIELD_NAMES, ClientFields

Value = str | Decimal | tuple[str, ...]
ClientView = Mapping[str, Value]
Rates = Mapping[str, Decimal]

# 30 digits of an amount times 24 of a rate fit more than twice, so that no product is ever rounded.
EXACT = Context(prec=120)


class Kind(Enum):
    """How a field compares. A test on several texts holds where it holds for one of them."""

    TEXT = "text"
    NUMBER = "a number"
    TEXTS = "texts"


MONEY = ("aum", "revenue")
DECIDED = ("tier", "segment")  # known before the rules are tried, and so readable by them only
_KINDS = {name: Kind.TEXT for name in FIELD_NAMES if name != "identifiers"}
_KINDS |= {"aum": Kind.NUMBER, "revenue": Kind.NUMBER, "employees": Kind.NUMBER, "tags": Kind.TEXTS}


def kind_of(field: str, decided: bool = False) -> Kind | None:
    """The kind of a field, or None where there is no such field. `decided`: tier and segment may be read."""
    if decided and field in DECIDED:
        return Kind.TEXT
    scheme = field.removeprefix("identifiers.")
    if scheme != field and scheme:
        return Kind.TEXT
    return _KINDS.get(field)


def field_names(decided: bool = False) -> tuple[str, ...]:
    """Every field that a condition may name, for the message that refuses another."""
    return (*sorted(_KINDS), "identifiers.<scheme>", *(DECIDED if decided else ()))


Reader = Callable[[ClientFields, Rates], Value | None]


def _money(field: str) -> Reader:
    def read(golden: ClientFields, rates: Rates) -> Value | None:
        money = golden.aum if field == "aum" else golden.revenue
        rate = rates.get(money.currency) if money is not UNSET else None
        if money is UNSET or rate is None:
            return None
        return EXACT.multiply(Decimal(money.amount), rate)

    return read


def _identifier(scheme: str) -> Reader:
    def read(golden: ClientFields, _: Rates) -> Value | None:
        identifiers = golden.identifiers
        value = identifiers.get(scheme) if identifiers is not UNSET else None
        return None if value is None else value.casefold()

    return read


def _employees(golden: ClientFields, _: Rates) -> Value | None:
    return Decimal(golden.employees) if golden.employees is not UNSET else None


def _tags(golden: ClientFields, _: Rates) -> Value | None:
    return tuple(tag.casefold() for tag in golden.tags) if golden.tags is not UNSET and golden.tags else None


def _created_at(golden: ClientFields, _: Rates) -> Value | None:
    return rfc3339(golden.created_at).casefold() if golden.created_at is not UNSET else None


def _text(field: str) -> Reader:
    def read(golden: ClientFields, _: Rates) -> Value | None:
        value: object = getattr(golden, field)
        return value.casefold() if isinstance(value, str) else None

    return read


def reader(field: str) -> Reader:
    """How to read a field that `kind_of` knows."""
    if field in MONEY:
        return _money(field)
    if field.startswith("identifiers."):
        return _identifier(field.removeprefix("identifiers."))
    special: dict[str, Reader] = {"employees": _employees, "tags": _tags, "created_at": _created_at}
    return special.get(field) or _text(field)


def view_of(golden: ClientFields, readers: Iterable[tuple[str, Reader]], rates: Rates) -> dict[str, Value]:
    """The client as the conditions see it; absent fields are left out."""
    return {field: value for field, read in readers if (value := read(golden, rates)) is not None}

"""What an amount of money is, to the last digit: no float ever holds one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cache

import pycountry

from schemas.events import Money
from services.ingest.problems import Unreadable, listed, quoted
from services.ingest.text import read_text

DEFAULT_CURRENCY = "USD"
_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:([, '’])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]+)?")
# 1.250 alone is a decimal; only what can be nothing else is read with points as groups and a comma as the point
_CONTINENTAL = re.compile(r"[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})")
_SYMBOLS = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP"}
_MARKED = re.compile(r"(?P<before>[A-Za-z]{3}|US\$|[$€£])? ?(?P<number>[+-]?[0-9].*?) ?(?P<after>[A-Za-z]{3}|[€£])?")
_DECIMALS = Decimal("0.000001")
_TOO_LARGE = Decimal("1e23")  # a digit below what the contract holds, so that rounding up still fits
_REMEDY = "give a plain or grouped number such as 1250000.00 or 1,250,000.00"


@cache
def _currencies() -> frozenset[str]:
    return frozenset(c.alpha_3 for c in pycountry.currencies)


def read_number(text: str) -> Decimal:
    """A plain or grouped number, exactly. Raises `Unreadable`, also for NaN and infinities."""
    if _PLAIN.fullmatch(text):
        number = Decimal(text)
    elif _GROUPED.fullmatch(text):
        number = Decimal(re.sub(r"[, '’]", "", text))
    elif _CONTINENTAL.fullmatch(text):
        number = Decimal(text.replace(".", "").replace(",", "."))
    else:
        raise Unreadable(f"{quoted(text)} is not a number; {_REMEDY}")
    if abs(number) >= _TOO_LARGE:
        raise Unreadable(f"{quoted(text)} is a number of more than 23 digits; check its unit")
    return number


def read_money(raw: object, *, negative: bool) -> Money | None:
    """An amount from a number, a text or {amount, currency}; None for a placeholder. Raises `Unreadable`."""
    amount, currency = raw, None
    if isinstance(raw, Mapping):
        if unknown := sorted(str(k) for k in raw if k not in ("amount", "currency")):
            raise Unreadable(f"money has no {listed(map(quoted, unknown))}; give amount and currency only")
        amount, currency = raw.get("amount"), raw.get("currency")
    if amount is None:
        return None
    text = str(amount) if isinstance(amount, Decimal) else read_text(amount)
    if text is None:
        return None
    number, marked = _amount_and_mark(text)
    if number < 0 and not negative:
        raise Unreadable(f"{quoted(text)} is negative; give an amount of zero or more, or leave the field out")
    return Money(_exact(number), _currency(currency, marked))


def _amount_and_mark(text: str) -> tuple[Decimal, str | None]:
    match = _MARKED.fullmatch(text)
    if match is None:
        return read_number(text), None
    marks = [_SYMBOLS.get(m, m.upper()) for m in (match["before"], match["after"]) if m]
    if len(set(marks)) > 1:
        raise Unreadable(f"{quoted(text)} names two currencies; name one")
    return read_number(match["number"]), marks[0] if marks else None


def _currency(stated: object, marked: str | None) -> str:
    said = None if stated is None else read_text(stated)
    code = said.upper() if said else (marked or DEFAULT_CURRENCY)
    if code not in _currencies():
        raise Unreadable(f"{quoted(code)} is not a currency; give an ISO 4217 code such as USD")
    if marked and marked != code:
        raise Unreadable(f"the amount says {marked}, the currency says {code}; make them agree")
    return code


def _exact(number: Decimal) -> str:
    """Fixed notation; digits below a millionth are rounded, which only undoes the noise of binary floats."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -6:
        with localcontext(prec=64):
            number = number.quantize(_DECIMALS, ROUND_HALF_EVEN)
    return format(number, "f") if number else "0"

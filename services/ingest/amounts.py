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
# Only what can be nothing else is read with points as groups and a comma as the point
_CONTINENTAL = re.compile(r"[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})")
# In a text, one to three digits, a point and three more are a decimal in one country and thousands in the next.
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_SYMBOLS = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP"}
_MARKED = re.compile(r"(?P<before>[A-Za-z]{3}|US\$|[$€£])? ?(?P<number>[+-]?[0-9].*?) ?(?P<after>[A-Za-z]{3}|[€£])?")
_DECIMALS = Decimal("0.000001")
_TOO_LARGE = Decimal("1e23")  # a digit below what the contract holds, so that rounding up still fits
_REMEDY = "give a plain or grouped number such as 1250000.00 or 1,250,000.00"


@cache
def _currencies() -> frozenset[str]:
    return frozenset(c.alpha_3 for c in pycountry.currencies)


class Ambiguous(Unreadable):
    """A number that two countries read differently."""


def read_number(text: str, sent: object) -> Decimal:
    """A plain or grouped number, exactly. Raises `Unreadable`, also for NaN and infinities, and `Ambiguous`.

    `sent` is what the text was taken from: messages quote it, and a JSON number is never ambiguous.
    """
    if isinstance(sent, str) and _AMBIGUOUS.fullmatch(text):
        either = f"write {text.replace('.', '')}.00 if the point groups thousands, {text}0 if it is the decimal point"
        raise Ambiguous(f"{quoted(sent)} is ambiguous; {either}")
    if _PLAIN.fullmatch(text):
        number = Decimal(text)
    elif _GROUPED.fullmatch(text):
        number = Decimal(re.sub(r"[, '’]", "", text))
    elif _CONTINENTAL.fullmatch(text):
        number = Decimal(text.replace(".", "").replace(",", "."))
    else:
        raise Unreadable(f"{quoted(sent)} is not a number; {_REMEDY}")
    if abs(number) >= _TOO_LARGE:
        raise Unreadable(f"{quoted(sent)} is a number of more than 23 digits; check its unit")
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
    number, marked = _amount_and_mark(text, amount)
    if number < 0 and not negative:
        raise Unreadable(f"{quoted(amount)} is negative; give an amount of zero or more, or leave the field out")
    return Money(_exact(number), _currency(currency, marked, amount))


def _amount_and_mark(text: str, sent: object) -> tuple[Decimal, str | None]:
    match = _MARKED.fullmatch(text)
    if match is None:
        return read_number(text, sent), None
    marks = [_SYMBOLS.get(m, m.upper()) for m in (match["before"], match["after"]) if m]
    if len(set(marks)) > 1:
        raise Unreadable(f"{quoted(sent)} names two currencies; name one")
    return read_number(match["number"], sent), marks[0] if marks else None


def _currency(stated: object, marked: str | None, sent: object) -> str:
    said = None if stated is None else read_text(stated)
    code = said.upper() if said else (marked or DEFAULT_CURRENCY)
    if code not in _currencies():
        named = quoted(stated) if said else f"{code} in {quoted(sent)}"
        raise Unreadable(f"{named} is not a currency; give an ISO 4217 code such as USD")
    if marked and marked != code:
        raise Unreadable(f"the amount {quoted(sent)} says {marked}, the currency says {code}; make them agree")
    return code


def _exact(number: Decimal) -> str:
    """Fixed notation; digits below a millionth are rounded, which only undoes the noise of binary floats. What could
    be taken for thousands gets one more digit, so that it is read again as what it is."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -6:
        with localcontext(prec=64):
            number = number.quantize(_DECIMALS, ROUND_HALF_EVEN)
    text = format(number, "f") if number else "0"
    return f"{text}0" if _AMBIGUOUS.fullmatch(text) else text

"""Which registry ids are beyond doubt: only those whose check digits hold may keep two records apart."""

from __future__ import annotations

from functools import cache
from typing import Protocol

from stdnum import lei as lei_number
from stdnum.util import get_cc_module

# Their numbers carry no check digit: anything of the right length passes.
_UNCHECKED = frozenset(("US", "GG", "JE", "KY"))


class _Scheme(Protocol):
    def is_valid(self, number: str) -> bool: ...


def letters_and_digits(text: str) -> str:
    """In capitals."""
    text = text.upper()
    return text if text.isalnum() else "".join(c for c in text if c.isalnum())


def compact(text: str) -> str:
    """Letters and digits in capitals; empty for a placeholder (too short, or one character repeated)."""
    value = letters_and_digits(text)
    plain = value.lstrip("0")
    return value if len(plain) >= 4 and len(set(plain)) > 1 and plain not in "123456789" else ""


def lei_is_valid(lei: str) -> bool:
    return bool(lei_number.is_valid(lei))


def compact_tax_id(text: str, country: str) -> str:
    """Without the country's prefix, which one CRM keeps and another doesn't."""
    value = compact(text)
    bare = value.removeprefix(country) if country else value
    return bare if bare[:1].isdigit() else value


def tax_id_is_valid(tax_id: str, country: str) -> bool:
    """Whether the country's scheme has check digits and they hold."""
    scheme = _scheme(country)
    return scheme is not None and scheme.is_valid(tax_id)


@cache
def _scheme(country: str) -> _Scheme | None:
    if not country or country in _UNCHECKED:
        return None
    found: _Scheme | None = get_cc_module(country.lower(), "vat")
    return found

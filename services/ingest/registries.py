"""Numbers that registries give: LEI, tax id, and any other scheme → value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Protocol, cast

from stdnum import lei
from stdnum.us import ein
from stdnum.util import get_cc_module

from services.ingest.problems import Unreadable, quoted
from services.ingest.text import read_text

_SCHEME = re.compile(r"[a-z0-9][a-z0-9_]{0,31}")
_SCHEMES_MAX = 20
_LEI_SHAPE = re.compile(r"[A-Z0-9]{18}[0-9]{2}")


class _Scheme(Protocol):
    def is_valid(self, number: str) -> bool: ...
    def compact(self, number: str) -> str: ...


def read_lei(text: str) -> str:
    """A Legal Entity Identifier, ISO 17442. Raises `Unreadable` where shape or check digits are wrong."""
    code = re.sub(r"[\s-]", "", text).upper()
    if not _LEI_SHAPE.fullmatch(code):
        raise Unreadable(f"{quoted(text)} is not an LEI; give 18 letters and digits and 2 check digits")
    if not lei.is_valid(code):
        raise Unreadable(f"{quoted(text)} fails the LEI's check digits; correct it, or leave it out")
    return code


@cache
def _tax_scheme(country: str) -> _Scheme | None:
    if country == "US":
        return cast("_Scheme", ein)
    module = get_cc_module(country.lower(), "vat")
    return cast("_Scheme", module) if module is not None else None


@lru_cache(maxsize=16_384)
def read_tax_id(text: str, country: str | None) -> str | None:
    """Upper-case without separators; in its country's own compact form where the check digits hold there.

    None for what only fills a column: no digit at all, as in TBC or XXXXX, or one digit repeated.
    """
    bare = "".join(c for c in text.upper() if c.isalnum())
    scheme = _tax_scheme(country) if country else None
    compact = scheme.compact(bare) if scheme and scheme.is_valid(bare) else bare
    digits = [c for c in compact if c.isdecimal()]
    return None if set(digits) <= {"0"} or (len(digits) > 1 and len(set(digits)) == 1) else compact


def read_identifiers(raw: object) -> dict[str, str] | None:
    """Scheme → value, by scheme; None where nothing is left. Raises `Unreadable`."""
    if not isinstance(raw, Mapping):
        raise Unreadable(f'{quoted(raw)} is not a map; give {{"scheme": "value"}}, such as {{"crd": "106176"}}')
    if len(raw) > _SCHEMES_MAX:
        raise Unreadable(f"{len(raw)} schemes are too many; give at most {_SCHEMES_MAX}")
    found: dict[str, str] = {}
    for scheme, value in raw.items():
        name = str(scheme).strip().lower()
        if not _SCHEME.fullmatch(name):
            raise Unreadable(f"{quoted(scheme)} is not a scheme; use letters, digits and _, such as crd")
        if name in found:
            raise Unreadable(f"scheme {name!r} is given twice; give it once")
        if value is not None and (text := read_text(value)) is not None:
            found[name] = text
    return dict(sorted(found.items())) or None

"""How a client is reached: phone, email and website in one spelling each, or None for what is none of them."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

import phonenumbers

_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]{1,64}@([a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}")
_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")


@lru_cache(maxsize=16_384)
def read_phone(text: str, country: str | None) -> str | None:
    """E.164. Numbers without a country code are read in `country`; one digit repeated is nobody's number."""
    if len(set(filter(str.isdigit, text))) < 2:
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_email(text: str) -> str | None:
    """Lower-case address without a display name or `mailto:`."""
    address = text.lower().removeprefix("mailto:")
    if "<" in address:
        address = address.partition("<")[2].rstrip("> ")
    return address if _EMAIL.fullmatch(address) else None


@lru_cache(maxsize=16_384)
def read_website(text: str) -> str | None:
    """The bare host, lower-case, in its ASCII form, without `www.`."""
    address = text.lower()
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        ascii_host = (host if host.isascii() else host.encode("idna").decode()).rstrip(".").removeprefix("www.")
    except ValueError:
        return None
    return ascii_host if _HOST.fullmatch(ascii_host) else None

"""How a client is reached: phone, email and website in one spelling each, or None for what is none of them."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

import phonenumbers

_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]{1,64}@([a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}")
_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")


_BETWEEN_PHONES = re.compile(r"[/;,]|\s+or\s+", re.IGNORECASE)
_PHONE_DIGITS = 7  # fewer before a separator are an area code, as in 030/901820
_FAKE = ("01234567890", "9876543210")


@lru_cache(maxsize=16_384)
def read_phone(text: str, country: str | None) -> str | None:
    """E.164 of the first number in a text. Numbers without a country code are read in `country`; one that lacks its
    area code, one digit repeated and digits in a row are nobody's number."""
    if len(set(filter(str.isdigit, text))) < 2:
        return None
    try:
        number = phonenumbers.parse(_first_phone(text), country)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    national = str(number.national_number)
    if len(set(national)) == 1 or any(len(national) >= _PHONE_DIGITS and national in fake for fake in _FAKE):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _first_phone(text: str) -> str:
    for separator in _BETWEEN_PHONES.finditer(text):
        if sum(map(str.isdigit, text[: separator.start()])) >= _PHONE_DIGITS:
            return text[: separator.start()]
    return text


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

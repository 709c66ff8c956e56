"""What of a telephone, a website and an e-mail address belongs to one client alone.

Free-mail providers, shared hosts and placeholders say nothing and are left out; so is a mailbox of a role.
"""

from __future__ import annotations

import re

from services.dedupe.matching.vocabulary import FREE_MAIL, ROLES, SECOND_LEVELS, SHARED_HOSTS

_HOST = re.compile(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")
_NOT_DIGIT = re.compile(r"\D+")
_EXTENSION = re.compile(r"(?i)ext|x|;")
_AFTER_HOST = re.compile(r"[/?#:]")


def phone_digits(text: str) -> str:
    """Digits with the country's code, without an extension; empty for a placeholder."""
    digits = _NOT_DIGIT.sub("", _EXTENSION.split(text, maxsplit=1)[0])
    tail = digits[-7:]
    return digits if len(digits) >= 7 and len(set(tail)) > 1 and tail not in "01234567890" else ""


def own_domain(host: str) -> str:
    """The registrable domain of a host, empty where others share it."""
    host = host.casefold().strip().removeprefix("www.").rstrip(".")
    if not _HOST.match(host):
        return ""
    labels = host.split(".")
    wide = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    domain = ".".join(labels[-3:] if wide else labels[-2:])
    return "" if domain in FREE_MAIL or domain in SHARED_HOSTS else domain


def website_domain(url: str) -> str:
    return own_domain(_AFTER_HOST.split(url.strip().split("://")[-1], maxsplit=1)[0])


def email_parts(address: str) -> tuple[str, str]:
    """(own domain, personal mailbox): a free-mail address has the second only, a firm's the first only."""
    local, _, host = address.strip().casefold().rpartition("@")
    domain = own_domain(host)
    personal = host in FREE_MAIL and len(local) > 2 and local not in ROLES
    return domain, f"{local}@{host}" if personal else ""

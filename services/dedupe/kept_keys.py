"""The blocking keys of a client's members, as a header beside its value: a restore then need not make them again.

They are derived, so they stand in no contract: where the header is missing, of another build's matching, or too large
to send along, the keys are made from the fields.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Sequence
from functools import cache
from struct import Struct, error

from services.stream.code_digest import code_digest

NAME = "blocking_keys"
_BUILD = code_digest("services.dedupe.matching")  # keys are made of fields by this code alone
_LONGEST = 16_384  # bytes: a fraction of the room that a topic leaves for headers
_MOST = 255  # keys of a record; matching makes some twenty at most

Keys = tuple[int, ...]


def packed(of_members: Iterable[Keys]) -> bytes | None:
    """Base64 of the build's digest, then for each member how many keys (one byte) and the keys (eight each). None where
    it is too large."""
    parts = [_BUILD]
    for keys in of_members:
        if len(keys) > _MOST:
            return None
        parts.append(_layout(len(keys)).pack(len(keys), *keys))
    header = binascii.b2a_base64(b"".join(parts), newline=False)
    return header if len(header) <= _LONGEST else None


def unpacked(header: bytes | None, members: int) -> Sequence[Keys] | None:
    """None where they cannot be had of it."""
    if header is None:
        return None
    found: list[Keys] = []
    try:
        content = binascii.a2b_base64(header)
        if not content.startswith(_BUILD):
            return None
        at = len(_BUILD)
        for _ in range(members):
            layout = _layout(content[at])
            found.append(layout.unpack_from(content, at)[1:])
            at += layout.size
    except (IndexError, binascii.Error, error):
        return None
    return found if at == len(content) else None


@cache
def _layout(keys: int) -> Struct:
    return Struct(f"<B{keys}Q")

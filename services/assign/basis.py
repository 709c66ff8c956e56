"""What decisions rest on besides the client and its family, named by a digest: the code, and the statements in force. A
start compares names instead of deciding everybody again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from schemas import codec
from schemas.reference import Reference
from services.stream.code_digest import code_digest

_CODE = code_digest("schemas", "services.assign")


def basis(statements: Iterable[Reference], since: datetime | None) -> str:
    """`since`: the last moment at which time alone changed what they come to."""
    digest = blake2b(_CODE, digest_size=12)
    for statement in sorted(statements, key=lambda statement: statement.key):
        digest.update(codec.encode(statement) + b"\n")
    digest.update(since.isoformat().encode() if since is not None else b"ever")
    return digest.hexdigest()

"""How answers go out: encoded once, with a strong ETag made from their bytes, never cached by anybody between.

An ETag is a function of what the reader is told and of nothing else, so rows that they may not see cannot move it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Collection
from typing import Annotated, TypeVar

import msgspec
from fastapi import Header
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.api.http.asking import Asking
from services.api.parts import Parts
from services.api.refusals import Refused

JSON = "application/json"
Told = TypeVar("Told", bound=msgspec.Struct)
_encode = msgspec.json.Encoder().encode
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Origin, Accept-Encoding"}

Match = Annotated[str | None, Header(alias="If-Match", max_length=300)]
Idempotent = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=200, pattern=r"^[\x21-\x7e]+$")]


def told(request: Request, answer: msgspec.Struct, version: str = "") -> Response:
    """An answer to a GET. `version` is in the ETag where the entity has one of its own; else its bytes make it."""
    body = _encode(answer)
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    etag = f'"{version}+{digest}"' if version else f'"{digest}"'
    headers = {**PRIVATE, "ETag": etag}
    if etag in _named(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, JSON)


async def read(
    request: Request,
    at: Parts,
    ask: Callable[[], Told],
    version: Callable[[Told], str] = lambda _: "",
    words: Collection[str] = (),
) -> Response:
    """An answer that is read from the view, and encoded where it is. `words` are those that it looks for."""

    def answer() -> Response:
        found = ask()
        return told(request, found, version(found))

    return await at.reader.ask(answer, words)


def plain(answer: msgspec.Struct, status: int) -> Response:
    return Response(_encode(answer), status, {**PRIVATE, "Cache-Control": "no-store"}, JSON)


def _named(header: str) -> set[str]:
    return set(re.findall(r'"[^"]*"', header))


def version_in(match: str | None) -> str:
    """The version that an If-Match names. Raises where it is missing or is no ETag of ours."""
    if match is None:
        raise Refused(428, "precondition-required", "If-Match is missing", "send If-Match with the version as shown")
    found = re.fullmatch(r'"([^"+]+)(\+[0-9a-f]{24})?"', match.strip())
    if found is None:
        raise Refused(412, "stale", "It has changed", "If-Match names no version of this; read it again")
    return found.group(1)


async def accepted(
    at: Parts,
    asking: Asking,
    key: str,
    request: tuple[str | BaseModel, ...],
    act: Callable[[str], Awaitable[msgspec.Struct]],
) -> Response:
    """A command's answer: given again, unchanged, where the same key comes with the same request. `act` is given the
    command's name, the same for the same request of the same person under the same key, at every replica."""
    print_of = "|".join(part if isinstance(part, str) else part.model_dump_json() for part in request)
    named = hashlib.blake2b("\0".join((asking.who.subject, key, print_of)).encode(), digest_size=16).hexdigest()

    async def run() -> bytes:
        return _encode(await act(named))

    body = await at.repeats.once((asking.who.subject, key), print_of, run)
    return Response(body, 202, {**PRIVATE, "Cache-Control": "no-store"}, JSON)

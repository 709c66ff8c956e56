"""What came in a request's body: bounded bytes, then strict JSON.

Refuses what JSON parsers let through in silence: NaN and infinities, a key given twice, numbers beyond any use,
nesting beyond any use. Fractions are decimals, so that no amount of money ever passes through a float.
"""

from __future__ import annotations

import json
from decimal import Decimal, DecimalException

from starlette.requests import Request

_DRAIN = 8  # times the bound are read and dropped, so that an honest sender gets the answer instead of a reset
_DIGITS_MAX = 100


class Unacceptable(Exception):
    """A request that is refused as a whole."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail


async def read_body(request: Request, limit: int) -> bytes:
    """The body, whether or not its length was announced. Raises `Unacceptable` with 415 or 413."""
    media, _, _parameters = request.headers.get("content-type", "").partition(";")
    if media.strip().lower() != "application/json":
        raise Unacceptable(415, "Unsupported media type", "the body must be JSON; send content-type: application/json")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Unacceptable(415, "Unsupported media type", "the body is compressed; send it without content-encoding")
    kept, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            kept += chunk
        elif size > _DRAIN * limit:
            break
    if size > limit:
        detail = f"the body is larger than {limit:,} bytes; send fewer changes a request, or load a file"
        raise Unacceptable(413, "Body too large", detail)
    return bytes(kept)


def parse(body: bytes) -> object:
    """Strict JSON: dicts, lists, texts, integers, decimals, booleans, None. Raises `Unacceptable` with 400."""
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_constant=_no_constant,
            parse_float=_decimal,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise _malformed(f"byte {error.start} is not UTF-8; send the body as UTF-8") from None
    except RecursionError:
        raise _malformed("it is nested too deeply; a change is four levels deep") from None
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at line {error.lineno}, column {error.colno}") from None


def _malformed(detail: str) -> Unacceptable:
    return Unacceptable(400, "Malformed JSON", f"the body is not valid JSON: {detail}")


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise _malformed(f"the key {ascii(repeated)[:80]} is given twice in one object; give it once")
    return found


def _no_constant(name: str) -> object:
    raise _malformed(f"{name} is not a JSON number; send a number, or leave the field out")


def _decimal(text: str) -> Decimal:
    if len(text) > _DIGITS_MAX:
        raise _malformed(f"a number has more than {_DIGITS_MAX} characters; send it as a shorter number")
    try:
        return Decimal(text)
    except DecimalException:
        raise _malformed(f"the number {text} is out of range; send a smaller one") from None


def _integer(text: str) -> int:
    if len(text) > _DIGITS_MAX:
        raise _malformed(f"a number has more than {_DIGITS_MAX} digits; send it as a shorter number")
    return int(text)

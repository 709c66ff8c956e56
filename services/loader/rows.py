"""A record as one line of a CSV object, every byte of it kept.

A line is: partition, offset, append time, key, encoding, value, hash of the value, headers. Values that CSV or SQL text
cannot hold (not UTF-8, or with a NUL) travel as base64, and the encoding says so. Nothing is interpreted: a value that
looks like a formula, a path or SQL is text like any other.
"""

from __future__ import annotations

import base64
import hashlib

import msgspec

from services.stream.outcome import Incoming

TEXT, BASE64, NONE = "text", "base64", "none"  # `none`: a tombstone, which is not an empty value


def line(record: Incoming) -> bytes:
    """The record's line, its end included."""
    encoding, key, value = _told(record)
    headers = msgspec.json.encode([(name, _text(content)) for name, content in record.headers]).decode()
    fields = (
        str(record.partition),
        str(record.offset),
        str(record.appended_ms),
        _quoted(key),
        encoding,
        _quoted(value),
        "" if record.value is None else hashlib.sha256(record.value).hexdigest(),
        _quoted(headers),
    )
    return (",".join(fields) + "\n").encode()


def _told(record: Incoming) -> tuple[str, str, str]:
    """Encoding, key and value."""
    if record.value is None:
        return NONE, record.key.replace("\0", "\\x00"), ""
    try:
        value = record.value.decode()
    except UnicodeDecodeError:
        value = "\0"
    if "\0" in value or "\0" in record.key:
        return BASE64, _base64(record.key.encode()), _base64(record.value)
    return TEXT, record.key, value


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "backslashreplace")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'

"""Names code by its own text, so that what one build has derived is never trusted by another, and nobody has to
remember to raise a number. Taken when a module is imported: a file may be another one later."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable

_SIZE = 12  # bytes: two builds share a name once in 10^28


def code_digest(*packages: str) -> bytes:
    """Of all modules in these packages and below, and of the Python that runs them: its Unicode tables fold names."""
    digest = blake2b(sys.version.encode(), digest_size=_SIZE)
    for package in packages:
        for name, text in sorted(_modules(files(package), "")):
            digest.update(f"{package} {name} {len(text)}\n".encode() + text)
    return digest.digest()


def _modules(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _modules(one, f"{path}{one.name}/")
        elif one.name.endswith(".py"):
            yield f"{path}{one.name}", one.read_bytes()

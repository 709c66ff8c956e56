"""Which objects of the bucket a rebuild loads, and in which order.

Only those of the topics as they are now: where a topic was deleted and created again, its offsets and its versions mean
other records, and what was loaded of its namesake stays in the bucket.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.loader.batch import TOPIC_ID_CHARS, Cut
from services.loader.names import TABLES
from services.stream.reading import Slot

_KEY = re.compile(r"\d{4}/\d{2}/\d{2}/([a-z]+)-(.{8})-(\d+)-(\d+)\.csv\.gz")


class ObjectsMissing(Exception):
    """The objects of a partition do not follow each other; names where."""


def chains(keys: Iterable[str], topic_ids: Mapping[str, str]) -> dict[Slot, list[str]]:
    """Partition → the keys of its objects, by position. Keys of another shape or another topic are left alone."""
    found: dict[Slot, list[tuple[int, str]]] = {}
    for key in keys:
        match = _KEY.fullmatch(key)
        if match is None or match[1] not in TABLES:
            continue
        if match[2] == topic_ids[match[1]][:TOPIC_ID_CHARS].replace("/", "_"):
            found.setdefault((match[1], int(match[3])), []).append((int(match[4]), key))
    return {slot: [key for _, key in sorted(placed)] for slot, placed in sorted(found.items())}


def waves(of_slots: Mapping[Slot, Sequence[str]]) -> Iterator[list[tuple[Slot, str]]]:
    """What is loaded together: each partition's next object."""
    longest = max(map(len, of_slots.values()), default=0)
    for turn in range(longest):
        yield [(slot, keys[turn]) for slot, keys in of_slots.items() if turn < len(keys)]


def following(slot: Slot, key: str, at: int, metadata: Mapping[str, str], sha256: str) -> Cut:
    """The object as a cut that goes on at `at`. Raises `ObjectsMissing` where it does not, or is not whole."""
    try:
        start, end, rows = int(metadata["start"]), int(metadata["end"]), int(metadata["rows"])
        topic_id, said = metadata["topic-id"], metadata["sha256"]
    except (KeyError, ValueError):
        raise ObjectsMissing(f"{key} does not say what it holds: it was not written by a loader") from None
    if start != at:
        raise ObjectsMissing(f"{key} begins at {start} where {slot[0]}, partition {slot[1]}, stands at {at}")
    if said != sha256:
        raise ObjectsMissing(
            f"{key} is not whole: its sha256 is {sha256[:12]}, not {said[:12]}; delete it, and restart"
        )
    return Cut(slot, topic_id, key, start, end, rows, sha256)

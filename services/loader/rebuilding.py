"""Which objects of the bucket a rebuild loads, and in which order.

Only those of the topics as they are now: where a topic was deleted and created again, its offsets and its versions mean
other records, and what was loaded of its namesake stays in the bucket.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, zip_longest

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


def joined(slot: Slot, cuts: Sequence[Cut]) -> list[Cut]:
    """The objects of a partition, by position, as a chain from 0. Raises `ObjectsMissing` where there is a gap.

    Of several that begin at one place the one that goes on was loaded: a loader that ends between upload and load
    leaves an object behind, and the next one names another day once the first record is compacted away.
    """
    begun = [list(same) for _, same in groupby(cuts, key=lambda cut: cut.start)]
    found: list[Cut] = []
    for rivals, after in zip_longest(begun, begun[1:]):
        at = found[-1].end if found else 0
        ends = after[0].start if after else max(cut.end for cut in rivals)
        one = next((cut for cut in rivals if cut.end == ends), rivals[-1])
        if one.start != at:
            raise ObjectsMissing(
                f"{one.key} begins at {one.start} where {slot[0]}, partition {slot[1]}, stands at {at}"
            )
        found.append(one)
    return found


def waves(of_slots: Mapping[Slot, Sequence[Cut]]) -> Iterator[list[Cut]]:
    """What is loaded together: each partition's next object."""
    for turn in zip_longest(*of_slots.values()):
        yield [cut for cut in turn if cut is not None]


def described(slot: Slot, key: str, metadata: Mapping[str, str], sha256: str) -> Cut:
    """The object as it says of itself. Raises `ObjectsMissing` where it does not, or is not whole."""
    try:
        start, end, rows = int(metadata["start"]), int(metadata["end"]), int(metadata["rows"])
        topic_id, said = metadata["topic-id"], metadata["sha256"]
    except (KeyError, ValueError):
        raise ObjectsMissing(f"{key} does not say what it holds: it was not written by a loader") from None
    if said != sha256:
        raise ObjectsMissing(
            f"{key} is not whole: its sha256 is {sha256[:12]}, not {said[:12]}; delete it, and restart"
        )
    return Cut(slot, topic_id, key, start, end, rows, sha256)

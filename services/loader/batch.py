"""What one object holds: the lines of one partition from one position on, and how the object is named.

The name says where it begins and nothing of where it ends, so that two loaders that cut differently meet at one name,
and the object that is there decides.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.stream.reading import Slot

TOPIC_ID_CHARS = 8
COMPRESSION = 1  # level 6 takes three times as long for a tenth less


@dataclass(frozen=True, slots=True)
class Cut:
    """One object's place and bounds: offsets from `start`, up to and without `end`. `sha256` is that of its bytes."""

    slot: Slot
    topic_id: str
    key: str
    start: int
    end: int
    rows: int
    sha256: str

    @property
    def metadata(self) -> dict[str, str]:
        """What the object says of itself, beside its bytes."""
        return {
            "topic-id": self.topic_id,
            "start": str(self.start),
            "end": str(self.end),
            "rows": str(self.rows),
            "sha256": self.sha256,
        }


def object_key(slot: Slot, topic_id: str, start: int, first_appended_ms: int) -> str:
    """YYYY/MM/DD/<topic>-<topic id>-<partition>-<position>.csv.gz, the day being that of the first record's append.

    Nothing in it comes from a record's content.
    """
    day = datetime.fromtimestamp(first_appended_ms / 1_000, UTC)
    safe_id = topic_id[:TOPIC_ID_CHARS].replace("/", "_")
    return f"{day:%Y/%m/%d}/{slot[0]}-{safe_id}-{slot[1]}-{start}.csv.gz"


def cut(
    slot: Slot, topic_id: str, start: int, end: int, first_appended_ms: int, lines: Sequence[bytes]
) -> tuple[Cut, bytes]:
    """The object of these lines: the same lines give the same bytes."""
    body = gzip.compress(b"".join(lines), COMPRESSION, mtime=0)
    key = object_key(slot, topic_id, start, first_appended_ms)
    return Cut(slot, topic_id, key, start, end, len(lines), hashlib.sha256(body).hexdigest()), body


def adopted(mine: Cut, metadata: Mapping[str, str], body: bytes) -> Cut | None:
    """The cut of the object that stands where `mine` would; None where it is not whole or not of this position."""
    try:
        end, rows = int(metadata["end"]), int(metadata["rows"])
    except (KeyError, ValueError):
        return None
    sha256 = hashlib.sha256(body).hexdigest()
    whole = metadata.get("sha256") == sha256
    same_place = (metadata.get("topic-id"), metadata.get("start")) == (mine.topic_id, str(mine.start))
    if not (whole and same_place and end > mine.start):
        return None
    return Cut(mine.slot, mine.topic_id, mine.key, mine.start, end, rows, sha256)

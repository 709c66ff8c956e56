"""Which partition a key belongs to: Kafka's murmur2, computed by us and passed.

The client's own default partitioner is another function, and two writers of one topic that disagree break
co-partitioning and compaction without a word.
"""

from functools import lru_cache

_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """32-bit murmur2 as in Apache Kafka's `Utils.murmur2` (seed 0x9747b28c)."""
    length = len(data)
    h = 0x9747B28C ^ length
    words = length & ~3
    for i in range(0, words, 4):
        k = (int.from_bytes(data[i : i + 4], "little") * _M) & _MASK
        k = ((k ^ (k >> 24)) * _M) & _MASK
        h = ((h * _M) & _MASK) ^ k
    if length > words:
        h = ((h ^ int.from_bytes(data[words:], "little")) * _M) & _MASK
    h = ((h ^ (h >> 13)) * _M) & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=65_536)  # pools and recently seen records repeat; a miss costs ~4 µs
def partition_of(key: str, partitions: int) -> int:
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions

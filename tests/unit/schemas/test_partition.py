"""Our partitions are Kafka's."""

import pytest

from schemas.partition import murmur2


@pytest.mark.parametrize(
    ("data", "hashed"),  # signed 32-bit, from Apache Kafka's own UtilsTest
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_that_of_apache_kafka(data: bytes, hashed: int) -> None:
    assert murmur2(data) == hashed & 0xFFFFFFFF

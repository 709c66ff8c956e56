"""What every process that speaks to Kafka is told by its environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.topics import PARTITIONS


class StreamSettings(BaseSettings):
    """Read once, at start, from variables named CADASTRE_…; every problem is listed at once."""

    model_config = SettingsConfigDict(env_prefix="CADASTRE_", frozen=True, extra="ignore")

    bootstrap: str = "127.0.0.1:9092"
    topic_prefix: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]*$")] = ""
    partitions: Annotated[int, Field(ge=1, le=1_000)] = PARTITIONS
    kafka: dict[str, str] = {}  # more client settings as a JSON object: security.protocol, sasl.…, ssl.…
    ordinal: Annotated[int, Field(ge=0)] = 0  # this replica's stable number within its stage
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65_535)] = 0  # /livez, /readyz, /metrics; 0 takes a free one
    batch_max: Annotated[int, Field(ge=1, le=10_000)] = 4_000  # what a transaction costs is shared by so many at most
    batch_bytes: Annotated[int, Field(ge=8_388_608)] = 33_554_432  # of values, so that long ones don't fill the memory
    batch_wait_ms: Annotated[int, Field(ge=0, le=1_000)] = 5  # 10–20 ms already costs that much latency at every hop
    session_timeout_ms: Annotated[int, Field(ge=1_000)] = 10_000
    heartbeat_every_s: Annotated[float, Field(gt=0)] = 1.0  # of `stats`
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"
    crash_at: str = ""  # tests only: "<point>:<nth time>" ends the process there, as kill -9 would
    freeze_at: str = ""  # tests only: the same stops it there until somebody thaws it

    def topic(self, name: str) -> str:
        """A topic's name in this deployment."""
        return f"{self.topic_prefix}{name}"

    def bare(self, topic: str) -> str:
        """The name without the deployment's prefix."""
        return topic[len(self.topic_prefix) :]

"""What ingest is told by its environment: the stream's settings and its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.stream.settings import StreamSettings


class IngestSettings(StreamSettings):
    """Read once, at start, from variables named CADASTRE_…; every problem is listed at once."""

    http_port: Annotated[int, Field(ge=0, le=65_535)] = 8_080  # events, probes and metrics; 0 takes a free one
    max_body: Annotated[int, Field(ge=1_024)] = 1_048_576  # bytes of a request
    max_items: Annotated[int, Field(ge=1)] = 1_000  # changes in one request
    delivery_timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0  # then 503: shorter than a sender's own patience
    retry_after_s: Annotated[int, Field(ge=1)] = 5  # what a 503 asks of the sender
    in_flight: Annotated[int, Field(ge=1, le=50_000)] = 5_000  # rows of a file awaiting their acknowledgement

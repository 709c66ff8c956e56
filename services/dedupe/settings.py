"""What dedupe is told by its environment: nothing but what every stage is told."""

from __future__ import annotations

from services.stream.settings import StreamSettings


class DedupeSettings(StreamSettings):
    """Which engine resolves is not here: it is one for the deployment, `engine:active` on `reference`."""

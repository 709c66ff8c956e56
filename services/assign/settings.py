"""What assign is told by its environment: nothing but what every stage is told."""

from __future__ import annotations

from services.stream.settings import StreamSettings


class AssignSettings(StreamSettings):
    """Rules, lists and rosters are not here: they are on `reference`."""

"""Whether the view is whole. Until it was once at the end of its topics, nobody is told anything from it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.events import Heartbeat
from services.api.refusals import Refused
from services.api.roles import Permission, Principal
from services.api.standing import Health, StageView

RETRY_S = 2


@dataclass(slots=True)
class Readiness:
    """Written by the loop's thread, read by the others: single words and numbers only."""

    heard: Mapping[str, Heartbeat] = field(default_factory=dict)
    live: bool = False
    progress: float = 0.0  # 0 to 1
    unreadable: int = 0
    behind_since: float | None = None  # monotonic seconds: since when the view is not at the end
    telling: bool = True  # sockets are told of what changes

    def require(self) -> None:
        if not self.live:
            detail = f"the view is being built from the log, {self.progress:.0%} so far"
            raise Refused(503, "rebuilding", "Not ready", detail, retry_after_s=RETRY_S)

    def reasons(self) -> list[str]:
        building = [] if self.live else [f"building the view: {self.progress:.0%}"]
        return building if self.telling else [*building, "open pages are told of nothing: restart this replica"]

    def lag_ms(self) -> int:
        """For how long the view has not been at the end of its topics."""
        since = self.behind_since
        return 0 if since is None else int((time.monotonic() - since) * 1_000)

    def health(self, who: Principal) -> Health:
        may = who.may(Permission.READ_PIPELINE)
        return Health(
            status="live" if self.live else "rebuilding",
            progress_percent=round(100 * self.progress, 1),
            stages=tuple(_stage(beat) for _, beat in sorted(self.heard.items())) if may else None,
            unreadable=self.unreadable if may else None,
        )


def _stage(beat: Heartbeat) -> StageView:
    return StageView(
        stage=beat.stage,
        replica=beat.replica,
        state=beat.state,
        caught_up=beat.caught_up,
        lag=beat.lag,
        rate_per_s=beat.rate_per_s,
        at=beat.at,
    )

"""When a dead child starts again: soon after a first death, later after each further one, and in the end not."""

from collections.abc import Sequence

FIRST_DELAY, LONGEST_DELAY = 0.5, 5.0
# Five deaths within half a minute: it does not come up, and starting it again only hides why.
DEATHS, WITHIN = 5, 30.0


def recent(deaths: Sequence[float], now: float) -> list[float]:
    """The deaths (seconds on the clock of `now`) that still count."""
    return [death for death in deaths if now - death < WITHIN]


def delay(deaths: Sequence[float]) -> float | None:
    """Seconds to wait after the last of these recent deaths; None means give up."""
    if len(deaths) >= DEATHS:
        return None
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** (len(deaths) - 1))

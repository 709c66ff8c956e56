"""Pulse with a fault of its own: it raises on a heartbeat of the stage `poison`.

`python -m tests.support.pulse_raising`.
"""

from __future__ import annotations

from services.api.pulse import Event, Pulse, main

_take = Pulse.take


def take(self: Pulse, event: Event) -> None:
    if (event.message.key or b"").startswith(b"poison"):
        raise RuntimeError("a fault of the program")
    _take(self, event)


if __name__ == "__main__":
    Pulse.take = take  # type: ignore[method-assign]
    main()

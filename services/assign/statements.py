"""The statements of people as they were learned, and what they come to at a time.

They are compiled when asked for, not when learned, so that a thousand messages cost one compilation. Each compilation
is a generation: whatever was decided under an older one must be decided again. Time never runs backwards here.
"""

from __future__ import annotations

from datetime import datetime

from schemas import codec
from schemas.events import Trigger
from schemas.reference import Reference
from services.assign.basis import basis
from services.assign.rules.compile import KINDS, Compiled, compile, next_moment
from services.assign.rules.problems import InvalidReferenceError
from services.stream.outcome import Halt


class Statements:
    """`generation` 0 is before the first compilation; `trigger` is what brought the present one about."""

    def __init__(self) -> None:
        self._held: dict[str, Reference] = {}
        self._compiled: Compiled | None = None
        self._basis = ""  # of what was last compiled, once somebody asks
        self._news = True  # learned since they were compiled
        self.generation = 0
        self.trigger: Trigger = "reference"

    def learn(self, key: str, value: bytes | None) -> None:
        """Take one message of `reference`. Raises `Halt` on one that is no statement."""
        if key.partition(":")[0] not in KINDS:
            return  # another stage's business
        if value is not None:
            try:
                self._held[key] = codec.reference(value)
            except codec.UNREADABLE as unreadable:
                raise Halt(f"reference {key}: {unreadable}; apply it again as this build reads it") from unreadable
        else:
            self._held.pop(key, None)
        self._news = True

    def standing(self, now: datetime) -> Compiled:
        """What held when it was last compiled, news aside; compiled anew only where time has passed over it."""
        if self._compiled is None or not self._compiled.holds_at(self._not_before(now)):
            return self.latest(now)
        return self._compiled

    def latest(self, now: datetime) -> Compiled:
        """What holds now, news included. Raises `Halt` where the active rule set is faulty: nothing is true then."""
        now = self._not_before(now)
        if self._compiled is None or self._news or not self._compiled.holds_at(now):
            try:
                compiled = compile(self._held.values(), now)
            except InvalidReferenceError as error:
                raise Halt(f"the active rule set is faulty, activate another: {error}") from error
            self.trigger = "reference" if self._news else "time"
            self._compiled, self._basis, self._news = compiled, "", False
            self.generation += 1
        return self._compiled

    @property
    def basis(self) -> str:
        """A name for what holds: where it is the same, so is every decision, unless a family is another. Empty where
        that cannot be told: before the first compilation, and while there is news."""
        if self._compiled is None or self._news:
            return ""
        if not self._basis:
            self._basis = basis(self._held.values(), self._compiled.since)
        return self._basis

    @property
    def follows_parents(self) -> bool:
        """Whether a change in the family changes a decision under what was last compiled."""
        rules = self._compiled.rule_set if self._compiled is not None else None
        return rules is not None and rules.inherit_from_parent

    @property
    def compiled_at(self) -> datetime | None:
        return self._compiled.at if self._compiled is not None else None

    @property
    def until(self) -> datetime | None:
        return next_moment(self._compiled, self._compiled.at) if self._compiled is not None else None

    def moment(self, now: datetime) -> datetime:
        """The time to decide at: now, or that of the last compilation where the clock was set back since."""
        return self._not_before(now)

    def _not_before(self, now: datetime) -> datetime:
        return max(now, self._compiled.at) if self._compiled is not None else now

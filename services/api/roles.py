"""Who may do what: the roles and their permissions. Which rows a leader sees is the scope's business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args

Role = Literal["leader", "analyst", "engineer", "operator"]
ROLES: tuple[Role, ...] = get_args(Role)


class Permission(StrEnum):
    SIGNED_IN = "signed_in"
    READ_CLIENTS = "read_clients"
    OVERRIDE = "override"
    DECIDE_MATCHES = "decide_matches"
    READ_PIPELINE = "read_pipeline"

    @classmethod
    def writing(cls) -> frozenset[Permission]:
        return frozenset((cls.OVERRIDE, cls.DECIDE_MATCHES))


_EDITS = frozenset((Permission.OVERRIDE, Permission.DECIDE_MATCHES))
GRANTED: dict[Role, frozenset[Permission]] = {
    "leader": frozenset((Permission.SIGNED_IN, Permission.READ_CLIENTS)),
    "analyst": frozenset((Permission.SIGNED_IN, Permission.READ_CLIENTS, Permission.READ_PIPELINE)) | _EDITS,
    "engineer": frozenset(Permission),
    "operator": frozenset((Permission.SIGNED_IN, Permission.READ_PIPELINE)),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a token names. `regions` counts for leaders only."""

    subject: str
    name: str
    role: Role
    regions: tuple[str, ...]
    expires_at: datetime

    def may(self, permission: Permission) -> bool:
        return permission in GRANTED[self.role]

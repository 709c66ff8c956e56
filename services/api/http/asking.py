"""Who asks and what the app has at hand: the dependencies of every route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request, Security
from fastapi.security import HTTPBearer

from services.api.http.inputs import Nothing
from services.api.parts import Parts
from services.api.roles import Permission, Principal
from services.api.scope import Scope


@dataclass(frozen=True, slots=True)
class Asking:
    """A checked token, and what it covers now."""

    who: Principal
    scope: Scope


_bearer = HTTPBearer(auto_error=False, scheme_name="bearer")


async def parts(request: Request) -> Parts:
    """Async, though it waits for nothing: else each request would cost a thread for it."""
    found = request.app.state.parts
    assert isinstance(found, Parts)
    return found


class _May:
    """A dependency: the token is good and its role has the permission. `whole`: and the view can be asked."""

    def __init__(self, permission: Permission, *, whole: bool = True) -> None:
        self._permission = permission
        self._whole = whole

    async def __call__(self, request: Request, _token: Annotated[object, Security(_bearer)] = None) -> Asking:
        at_hand = await parts(request)
        who = await at_hand.gate.admit(request.headers.getlist("authorization"))
        at_hand.gate.permit(who, self._permission)
        at_hand.limits.spend(who.subject, "write" if self._permission in Permission.writing() else "read")
        if self._whole:
            at_hand.readiness.require()
        return Asking(who, at_hand.view.scope_of(who))


PartsHere = Annotated[Parts, Depends(parts)]
SeesClients = Annotated[Asking, Depends(_May(Permission.READ_CLIENTS))]
Overrides = Annotated[Asking, Depends(_May(Permission.OVERRIDE))]
Decides = Annotated[Asking, Depends(_May(Permission.DECIDE_MATCHES))]
SignedIn = Annotated[Asking, Depends(_May(Permission.SIGNED_IN))]
SignedInEarly = Annotated[Asking, Depends(_May(Permission.SIGNED_IN, whole=False))]
NoQuery = Annotated[Nothing, Query()]  # a parameter that no route knows is refused, not passed over

"""/api/me, /api/sign-in, /api/ws-tickets, /api/health: who asks, and whether the view is whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from services.api import standing
from services.api.http.answering import plain, told
from services.api.http.asking import NoQuery, PartsHere, SignedIn, SignedInEarly
from services.api.http.describe import telling

router = APIRouter(prefix="/api", tags=["session"], default_response_class=Response)


@router.get("/sign-in", operation_id="get_sign_in", responses=telling(standing.SignIn))
async def get_sign_in(request: Request, at: PartsHere) -> Response:
    """Where to get a token. The only route that needs none."""
    return told(request, at.gate.sign_in())


@router.get("/me", operation_id="get_me", responses=telling(standing.Me))
async def get_me(request: Request, at: PartsHere, asking: SignedIn, _query: NoQuery) -> Response:
    """Who the token names, what the role may do and which regions it covers."""
    return told(request, at.places.me(asking.scope, asking.who))


@router.post(
    "/ws-tickets", operation_id="post_ws_ticket", status_code=201, responses=telling(standing.Ticket, status=201)
)
async def post_ws_ticket(
    at: PartsHere, asking: SignedIn, origin: Annotated[str | None, Header(max_length=300)] = None
) -> Response:
    """A ticket for /ws?ticket=…, good for 30 seconds and for the Origin that asks."""
    return plain(at.gate.ticket(asking.who, origin), 201)


@router.get("/health", operation_id="get_health", responses=telling(standing.Health))
async def get_health(request: Request, at: PartsHere, asking: SignedInEarly, _query: NoQuery) -> Response:
    """Whether the view is whole, and how the stages stand. Answered while the view is built, too."""
    return told(request, at.readiness.health(asking.who))

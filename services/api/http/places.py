"""/api/territories, /api/advisors, /api/assignments, /api/stats: who has what, and what moved."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.api import answers, standing
from services.api.filters import words_of
from services.api.http.answering import read
from services.api.http.asking import NoQuery, PartsHere, SeesClients
from services.api.http.describe import telling
from services.api.http.inputs import AdvisorQuery, MoveQuery, SearchQuery

router = APIRouter(prefix="/api", tags=["places"], default_response_class=Response)


@router.get("/territories", operation_id="list_territories", responses=telling(answers.Territories, 403))
async def list_territories(request: Request, at: PartsHere, asking: SeesClients, _query: NoQuery) -> Response:
    """The tree of regions with its territories, each with what lies in it."""
    return await read(request, at, lambda: at.places.territories(asking.scope, at.clock.now()))


@router.get(
    "/territories/{territory_id}", operation_id="get_territory", responses=telling(answers.TerritoryDetail, 403, 404)
)
async def get_territory(
    request: Request, at: PartsHere, asking: SeesClients, territory_id: str, _query: NoQuery
) -> Response:
    """One territory: its advisors, its clients by tier, segment, type and country, and what moved."""
    return await read(request, at, lambda: at.places.territory(asking.scope, territory_id, at.clock.now()))


@router.get("/advisors", operation_id="list_advisors", responses=telling(answers.AdvisorPage, 403))
async def list_advisors(
    request: Request, at: PartsHere, asking: SeesClients, query: Annotated[AdvisorQuery, Query()]
) -> Response:
    """Workload against capacity. Counts are of the clients in scope."""
    return await read(request, at, lambda: at.places.advisors(asking.scope, query, at.clock.now()))


@router.get("/advisors/{advisor_id}", operation_id="get_advisor", responses=telling(answers.AdvisorDetail, 403, 404))
async def get_advisor(
    request: Request, at: PartsHere, asking: SeesClients, advisor_id: str, _query: NoQuery
) -> Response:
    """One advisor's clients by territory, tier and segment."""
    return await read(request, at, lambda: at.places.advisor(asking.scope, advisor_id, at.clock.now()))


@router.get("/assignments", operation_id="list_moves", responses=telling(answers.MovePage, 403))
async def list_moves(
    request: Request, at: PartsHere, asking: SeesClients, query: Annotated[MoveQuery, Query()]
) -> Response:
    """The changes of the last 24 hours, newest first."""
    return await read(request, at, lambda: at.places.moves.page(asking.scope, query, at.clock.now()))


@router.get("/stats", operation_id="get_stats", responses=telling(standing.Stats, 403))
async def get_stats(request: Request, at: PartsHere, asking: SeesClients, _query: NoQuery) -> Response:
    """The dashboard: six figures with their day, territories, tiers, balance, what moved."""
    return await read(request, at, lambda: at.places.stats(asking.scope, at.clock.now()))


@router.get("/search", operation_id="search", responses=telling(standing.Found, 403))
async def search(
    request: Request, at: PartsHere, asking: SeesClients, query: Annotated[SearchQuery, Query()]
) -> Response:
    """Clients by how words of theirs begin, territories and advisors by letters within their names."""
    return await read(request, at, lambda: at.clients.found(asking.scope, query.q), words=words_of(query.q))

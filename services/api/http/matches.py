"""/api/matches: any two records compared now, and people's words on them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.api import explained, standing
from services.api.http.answering import Idempotent, Match, accepted, read, version_in
from services.api.http.asking import Decides, PartsHere, SeesClients
from services.api.http.describe import telling
from services.api.http.inputs import DecisionIn, PairQuery

router = APIRouter(prefix="/api/matches", tags=["matches"], default_response_class=Response)


@router.get("/pair", operation_id="get_pair", responses=telling(explained.PairView, 403, 404))
async def get_pair(
    request: Request, at: PartsHere, asking: SeesClients, query: Annotated[PairQuery, Query()]
) -> Response:
    """Why two records match or do not, by the functions that decide it."""
    return await read(
        request,
        at,
        lambda: at.reasons.pair(asking.scope, query.low, query.high),
        version=lambda pair: pair.decision.version,
    )


@router.post(
    "/decisions",
    operation_id="post_decision",
    status_code=202,
    responses=telling(standing.DecisionAccepted, 403, 404, 409, 412, 413, 422, 428, status=202),
)
async def post_decision(
    at: PartsHere, asking: Decides, body: DecisionIn, key: Idempotent, match: Match = None
) -> Response:
    """Say that two records are the same client, or different ones, or take it back. If-Match names the version of the
    decision that was shown with the pair."""
    return await accepted(
        at,
        asking,
        key,
        ("decision", body),
        lambda named: at.commands.decide(asking.scope, asking.who.subject, body, version_in(match), named),
    )

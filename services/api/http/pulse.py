"""/api/stats/pulse: the pipeline strip."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.api import standing
from services.api.http.answering import told
from services.api.http.asking import PartsHere, SignedIn
from services.api.http.describe import telling
from services.api.http.inputs import PulseQuery
from services.api.roles import Permission

router = APIRouter(prefix="/api", tags=["places"], default_response_class=Response)


@router.get("/stats/pulse", operation_id="get_pulse", responses=telling(standing.Pulse))
async def get_pulse(
    request: Request, at: PartsHere, asking: SignedIn, query: Annotated[PulseQuery, Query()]
) -> Response:
    """Rates, latencies and rejections by stage, for analysts, engineers and operators (null for leaders); clients that
    moved by territory, for leaders in their own regions, analysts and engineers (null for operators). In windows of ten
    seconds; `as_of` tells how old they are."""
    may = asking.who.may
    answer = at.pipeline.told(
        at.view.roster,
        asking.scope,
        query.minutes,
        stages=may(Permission.READ_PIPELINE),
        moves=may(Permission.READ_CLIENTS),
    )
    return told(request, answer)

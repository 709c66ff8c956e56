"""/api/clients: lists, facets, one client with its reasons, and people's words about it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.api import answers, explained, standing
from services.api.filters import words_of
from services.api.http.answering import Idempotent, Match, accepted, read, told, version_in
from services.api.http.asking import NoQuery, Overrides, PartsHere, SeesClients
from services.api.http.describe import telling
from services.api.http.inputs import ChildrenQuery, ClientFilter, ClientQuery, EndIn, ExplanationQuery, OverrideIn

router = APIRouter(prefix="/api/clients", tags=["clients"], default_response_class=Response)


@router.get("", operation_id="list_clients", responses=telling(answers.ClientPage, 403))
async def list_clients(
    request: Request, at: PartsHere, asking: SeesClients, query: Annotated[ClientQuery, Query()]
) -> Response:
    """Clients in scope: searched, filtered, sorted, a page at a time."""
    return await read(request, at, lambda: at.clients.page(asking.scope, query), words=words_of(query.q))


@router.get("/facets", operation_id="client_facets", responses=telling(answers.Facets, 403))
async def facets(
    request: Request, at: PartsHere, asking: SeesClients, query: Annotated[ClientFilter, Query()]
) -> Response:
    """How many clients have each value of each filter."""
    return await read(request, at, lambda: at.clients.facets(asking.scope, query), words=words_of(query.q))


@router.get("/{client_id}", operation_id="get_client", responses=telling(answers.ClientDetail, 403, 404))
async def get_client(request: Request, at: PartsHere, asking: SeesClients, client_id: str, _query: NoQuery) -> Response:
    """One client: golden record, members, assignment, family. An ended id says what became of it."""
    return await read(
        request, at, lambda: at.clients.detail(asking.scope, client_id), version=lambda detail: detail.client.version
    )


@router.get("/{client_id}/evidence", operation_id="get_evidence", responses=telling(explained.Evidence, 403, 404))
async def get_evidence(
    request: Request, at: PartsHere, asking: SeesClients, client_id: str, _query: NoQuery
) -> Response:
    """Why these records are one client, pair by pair, and what nearly joined them."""
    return await read(request, at, lambda: at.reasons.evidence(asking.scope, client_id))


@router.get(
    "/{client_id}/explanation", operation_id="get_explanation", responses=telling(explained.Explanation, 403, 404)
)
async def get_explanation(
    request: Request,
    at: PartsHere,
    asking: SeesClients,
    client_id: str,
    query: Annotated[ExplanationQuery, Query()],
) -> Response:
    """Why this territory, and why not another: every step and rule, with the conditions that hold and fail."""
    return await read(
        request, at, lambda: at.reasons.explanation(asking.scope, client_id, query.territory, at.clock.now())
    )


@router.get("/{client_id}/moves", operation_id="get_moves", responses=telling(answers.MovePage, 403, 404))
async def get_moves(request: Request, at: PartsHere, asking: SeesClients, client_id: str, _query: NoQuery) -> Response:
    """Its changes of the last 24 hours, newest first."""
    return await read(request, at, lambda: at.places.moves.of(asking.scope, client_id, at.clock.now()))


@router.get("/{client_id}/history", operation_id="get_history", responses=telling(explained.History, 403, 404))
async def get_history(
    request: Request, at: PartsHere, asking: SeesClients, client_id: str, _query: NoQuery
) -> Response:
    """Its assignments and golden records as the warehouse knows them, newest first, and up to when it knows."""
    return told(request, await at.past.of(asking.scope, client_id))


@router.get("/{client_id}/family", operation_id="get_family", responses=telling(answers.Family, 403, 404))
async def get_family(
    request: Request, at: PartsHere, asking: SeesClients, client_id: str, query: Annotated[ChildrenQuery, Query()]
) -> Response:
    """The clients above it, and a page of those right below it."""
    return await read(request, at, lambda: at.clients.family(asking.scope, client_id, query))


_REFUSALS = (403, 404, 409, 412, 422, 428)


@router.put(
    "/{client_id}/override",
    operation_id="put_override",
    status_code=202,
    responses=telling(standing.OverrideAccepted, *_REFUSALS, 413, status=202),
)
async def put_override(
    at: PartsHere,
    asking: Overrides,
    client_id: str,
    body: OverrideIn,
    key: Idempotent,
    match: Match = None,
) -> Response:
    """Say where the client belongs. If-Match names the client's version as it was shown."""
    return await accepted(
        at,
        asking,
        key,
        ("override", client_id, body),
        lambda named: at.commands.override(asking.scope, asking.who.subject, client_id, body, version_in(match), named),
    )


@router.delete(
    "/{client_id}/override",
    operation_id="end_override",
    status_code=202,
    responses=telling(standing.OverrideAccepted, *_REFUSALS, status=202),
)
async def end_override(
    at: PartsHere,
    asking: Overrides,
    client_id: str,
    query: Annotated[EndIn, Query()],
    key: Idempotent,
    match: Match = None,
) -> Response:
    """Take the override back: the rules decide again."""
    return await accepted(
        at,
        asking,
        key,
        ("end_override", client_id, query),
        lambda named: at.commands.end_override(
            asking.scope, asking.who.subject, client_id, query.reason, version_in(match), named
        ),
    )

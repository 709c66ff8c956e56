"""Which advisor of a territory serves a client: weighted rendezvous hashing, capacity as the weight.

A pure function of client, advisors and capacities. An advisor who leaves moves only their own clients, one who joins
takes clients from the others in proportion, and nobody else is moved.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """An active advisor of a territory. `capacity`: clients, at least 1."""

    id: str
    capacity: int


def score(client_id: str, candidate: Candidate) -> float:
    """The candidate's claim on the client, above 0; the highest wins.

    -w / ln(u) with u uniform in (0, 1) makes the chance of winning proportional to w. It is the logarithmic method
    of Schindelhauer and Schomaker, "Weighted Distributed Hash Tables" (SPAA 2005), on Thaler and Ravishankar's
    rendezvous hashing ("Using Name-Based Mappings to Increase Hit Rates", 1998).
    """
    digest = blake2b(f"{client_id}\0{candidate.id}".encode(), digest_size=8).digest()
    # 52 of the 64 bits: with the half added they still fit a double exactly, so that u is never 0 or 1.
    u = ((int.from_bytes(digest, "big") >> 12) + 0.5) / 2**52
    return -candidate.capacity / math.log(u)


def choose(client_id: str, candidates: Iterable[Candidate]) -> str | None:
    """The advisor with the strongest claim, ties by the smaller id; None where there is no candidate."""
    best: tuple[float, str] | None = None
    for candidate in candidates:
        claim = (-score(client_id, candidate), candidate.id)
        if best is None or claim < best:
            best = claim
    return best[1] if best is not None else None

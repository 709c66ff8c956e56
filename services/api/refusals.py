"""What the api refuses, as exceptions that the HTTP edge turns into problem details."""

from __future__ import annotations

from services.api.standing import FieldError, Problem


class Refused(Exception):
    """A request that is answered with a problem."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        errors: tuple[FieldError, ...] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
        self.problem = Problem(
            type=f"urn:cadastre:problem:{code}", title=title, status=status, detail=detail, code=code, errors=errors
        )


def not_found() -> Refused:
    """One answer for what is not there and for what the reader may not see."""
    return Refused(404, "not-found", "Not found", "nothing of this id is in your scope")


def faulty(where: str, message: str) -> Refused:
    """A parameter that can be read and means nothing."""
    return Refused(
        400, "invalid-request", "The request cannot be read", message, (FieldError(where, "invalid", message),)
    )

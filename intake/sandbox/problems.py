"""The sandbox's errors, as the contract words them. They never repeat what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from amaan.access import CheckedRoute
from amaan.errors import AmaanError
from intake.contract.models import Problem, ProblemCode

MEDIA_TYPE = "application/problem+json"
_MOST_FIELDS = 20


class UnfitError(AmaanError):
    """The body is no complaint of the contract."""

    code = ProblemCode.INVALID
    http_status = 422

    def __init__(self, fields: Sequence[str] = ()) -> None:
        super().__init__()
        self.fields = list(fields)


def problem(
    status: int,
    code: ProblemCode,
    *,
    retry_after: int | None = None,
    fields: Sequence[str] = (),
) -> Response:
    """An answer that is an error (RFC 9457)."""
    body = Problem(
        type=f"urn:amaan:intake:{code.value}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        retry_after=retry_after,
        fields=list(fields),
    )
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        body.model_dump(mode="json", exclude_none=True), status, headers, media_type=MEDIA_TYPE
    )


def unfit_fields(error: ValidationError) -> list[str]:
    """Names of the contract's own fields that were not fit; never a name that was sent."""
    places = []
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        unknown = one["type"] in {"extra_forbidden", "json_invalid"}
        place = one["loc"][:-1] if unknown else one["loc"]
        places.append(".".join(str(part) for part in place) or "body")
    return sorted(set(places))[:_MOST_FIELDS]


class ProblemRoute(CheckedRoute):
    """A closed route whose errors are the contract's."""

    def answer_to(self, error: AmaanError) -> Response:
        """The problem of `error`."""
        try:
            code = ProblemCode(error.code)
        except ValueError:
            code = ProblemCode.TROUBLE
        fields = error.fields if isinstance(error, UnfitError) else ()
        return problem(error.http_status, code, fields=fields)

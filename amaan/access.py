"""Routes are closed unless a named check opens them.

A route that forgets its check is refused when the application is built, not
found by whoever tries it first. `checks_by_route` lists what guards what.
"""

# No postponed annotations: FastAPI reads those of `Check.__call__` as they stand.

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from amaan.errors import AmaanError, ConfigurationError, InputError


class BadRequestError(InputError):
    """The request cannot be read as what it claims to be."""

    code = "bad_request"
    http_status = 400


class TooLargeError(InputError):
    """The request's body is larger than this route takes."""

    code = "too_large"
    http_status = 413


class Check(ABC):
    """One condition under which a route opens, used as a FastAPI dependency."""

    name: str
    """Stands in the list of routes and checks."""

    @abstractmethod
    async def __call__(self, request: Request) -> Any:
        """Returns what the handler may use. Raises `AmaanError` to keep the route closed."""


async def bounded_body(request: Request, most: int) -> bytes:
    """The request's body. Raises `TooLargeError` past `most` bytes and reads no further."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise TooLargeError
    return bytes(body)


class CheckedRoute(APIRoute):
    """A route that names at least one `Check`, and answers our errors as ``{"error": code}``."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if not self.checks:
            raise ConfigurationError(f"the route {path} names no check")

    @property
    def checks(self) -> list[str]:
        """Names of the checks that stand before the handler."""
        return [call.name for call in _calls(self.dependant) if isinstance(call, Check)]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with errors translated here, so that no route depends on its application."""
        handle = super().get_route_handler()

        async def translated(request: Request) -> Response:
            try:
                return await handle(request)
            except AmaanError as error:
                return self.answer_to(error)

        return translated

    def answer_to(self, error: AmaanError) -> Response:
        """What the caller gets instead of the handler's answer."""
        return JSONResponse({"error": error.code}, error.http_status)


def checks_by_route(routes: Iterable[BaseRoute]) -> dict[str, list[str]]:
    """For each route its checks; an empty list marks one that nothing guards."""
    found: dict[str, list[str]] = {}
    for route in routes:
        # FastAPI keeps an included router whole (all of ours are included without a prefix).
        inner = getattr(route, "original_router", None)
        if inner is not None:
            found |= checks_by_route(inner.routes)
            continue
        path = str(getattr(route, "path", route))
        for method in sorted(getattr(route, "methods", None) or ["*"]):
            found[f"{method} {path}"] = route.checks if isinstance(route, CheckedRoute) else []
    return found


def _calls(dependant: Dependant) -> list[Any]:
    calls: list[Any] = []
    for inner in dependant.dependencies:
        calls += [inner.call, *_calls(inner)]
    return calls

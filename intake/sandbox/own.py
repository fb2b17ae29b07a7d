"""The sandbox's own routes, which the real intake will not have: faults, states, the book."""

# No postponed annotations: FastAPI resolves those of the nested handlers as they stand.

import asyncio
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.responses import JSONResponse, Response

from amaan.access import bounded_body
from intake.contract.models import NUMBER_PATTERN
from intake.contract.values import State
from intake.sandbox.book import Book, Filed
from intake.sandbox.callbacks import Callbacks
from intake.sandbox.checks import SandboxSecret
from intake.sandbox.faults import Fault, Faults
from intake.sandbox.problems import ProblemRoute, UnfitError

_MAX_BYTES = 4096
Model = TypeVar("Model", bound=BaseModel)
_FILED = TypeAdapter(list[Filed])


class NewState(BaseModel):
    """What becomes of a complaint."""

    model_config = ConfigDict(extra="forbid")

    state: State


def own_router(
    book: Book, faults: Faults, callbacks: Callbacks, secret: SandboxSecret
) -> APIRouter:
    """Routes under ``/sandbox``, for who knows the sandbox's secret:

    - ``POST /sandbox/faults`` orders what goes wrong next (`Fault`), ``DELETE`` forgets it
    - ``GET /sandbox/complaints`` lists what was taken
    - ``POST /sandbox/complaints/{number}/state`` changes a state: ``{"state"}``
    """
    router = APIRouter(
        prefix="/sandbox",
        route_class=ProblemRoute,
        dependencies=[Depends(secret)],
        include_in_schema=False,
    )

    @router.post("/faults")
    async def order(request: Request) -> Response:
        return JSONResponse({"waiting": faults.order(await _read(request, Fault))})

    @router.delete("/faults")
    async def clear() -> Response:
        faults.clear()
        return Response(status_code=204)

    @router.get("/complaints")
    async def filed() -> Response:
        everything: list[dict[str, Any]] = _FILED.dump_python(
            await asyncio.to_thread(book.all), mode="json"
        )
        return JSONResponse(everything)

    @router.post("/complaints/{number}/state")
    async def change(
        number: Annotated[str, Path(pattern=NUMBER_PATTERN)], request: Request
    ) -> Response:
        wanted = await _read(request, NewState)
        changed = await asyncio.to_thread(book.change, number, wanted.state)
        callbacks.wake()
        return JSONResponse(changed.acknowledged().model_dump(mode="json"))

    return router


async def _read(request: Request, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(await bounded_body(request, _MAX_BYTES))
    except ValidationError:
        raise UnfitError from None

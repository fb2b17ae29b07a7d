"""What goes wrong with the sandbox on demand, and how it looks to the caller."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from intake.contract.models import ProblemCode
from intake.sandbox.problems import problem

FaultKind = Literal[
    "timeout_before",
    "timeout_after",
    "closed_before",
    "closed_after",
    "500",
    "500_after",
    "502",
    "503",
    "504",
    "429",
    "401",
    "slow",
    "unknown_field",
    "other_enum",
    "garbled",
]
"""``_after``: the complaint is taken and the answer is lost; ``_before``: it is not."""
Place = Literal["file", "find", "state", "token"]
KINDS: tuple[str, ...] = get_args(FaultKind)
_BEFORE = {
    "500": ProblemCode.TROUBLE,
    "502": ProblemCode.TROUBLE,
    "503": ProblemCode.UNAVAILABLE,
    "504": ProblemCode.TROUBLE,
    "429": ProblemCode.BUSY,
    "401": ProblemCode.TOKEN,
}


class Fault(BaseModel):
    """An order: what goes wrong with the next `times` requests of one kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    on: Place = "file"
    times: Annotated[int, Field(ge=1, le=10_000)] = 1
    seconds: Annotated[float, Field(ge=0, le=600)] = 60.0
    """How long a ``timeout_*`` keeps silent, and how late ``slow`` answers."""
    retry_after: Annotated[int, Field(ge=0, le=86_400)] | None = None
    """Seconds named by ``429`` and ``503``."""


class Faults:
    """The orders that wait, in memory: a restart clears them."""

    def __init__(self) -> None:
        self._waiting: dict[Place, deque[Fault]] = {place: deque() for place in get_args(Place)}

    def order(self, fault: Fault) -> int:
        """Notes an order; returns how many requests will go wrong at its place."""
        self._waiting[fault.on].extend([fault] * fault.times)
        return len(self._waiting[fault.on])

    def clear(self) -> None:
        """Forgets all orders."""
        for waiting in self._waiting.values():
            waiting.clear()

    async def under(self, place: Place, act: Callable[[], Awaitable[Response]]) -> Response:
        """The answer of `act`, or what the next order at `place` makes of it."""
        fault = self._waiting[place].popleft() if self._waiting[place] else None
        if fault is None:
            return await act()
        if fault.kind in _BEFORE:
            return problem(int(fault.kind), _BEFORE[fault.kind], retry_after=fault.retry_after)
        if fault.kind in {"timeout_before", "slow"}:
            await asyncio.sleep(fault.seconds)
        if fault.kind == "timeout_before":
            return problem(504, ProblemCode.TROUBLE)
        if fault.kind == "closed_before":
            return CutOff()
        return await _after(fault, await act())


async def _after(fault: Fault, answer: Response) -> Response:
    if fault.kind == "timeout_after":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "closed_after":
        return CutOff()
    if fault.kind == "500_after":
        return problem(500, ProblemCode.TROUBLE)
    if fault.kind == "garbled":
        return Response(b'{"number": "SAND', answer.status_code, media_type="application/json")
    if fault.kind not in {"unknown_field", "other_enum"}:
        return answer
    value: dict[str, Any] = json.loads(bytes(answer.body))
    changed = {"fir": "none"} if fault.kind == "unknown_field" else {"state": "archived"}
    return JSONResponse(value | changed, answer.status_code)


class CutOff(Response):
    """An answer that ends before its body: the server then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begins an answer and leaves."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

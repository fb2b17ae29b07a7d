"""Listening to a voice note: streamed from the provider through this process to one browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from amaan.errors import NotFoundError
from amaan.ports import Recording
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.permissions import Permission

router = APIRouter(route_class=ClosedRoute)


@router.get("/cases/{escalation_id}/voice/{message_id}")
@opened_by(permitted(Permission.CASE_READ))
async def hear(
    escalation_id: UUID, message_id: UUID, office: InOffice, me: Me, at: int = 0
) -> Response:
    """A voice note, for who holds the chat or reads along. Nothing of it is kept."""
    if office.recordings is None:
        raise NotFoundError
    sid = await office.voices.listen(me, escalation_id, message_id, at)
    fetching = AsyncExitStack()
    recording = await fetching.enter_async_context(office.recordings.open(sid))
    return StreamingResponse(
        _passed_on(recording, fetching),
        media_type=recording.content_type,
        headers={"cache-control": "no-store", "accept-ranges": "none"},
    )


async def _passed_on(recording: Recording, fetching: AsyncExitStack) -> AsyncIterator[bytes]:
    async with fetching:
        async for piece in recording.pieces:
            yield piece

"""The complaint as the page carries it beside the chat: a sheet to take along, and proof."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from amaan.ports import OnPaper
from amaan.storage import Transaction
from amaan.storage.models import Conversation

FILE_NAME = "notes.pdf"
"""Stays among the downloads of her phone, and says nothing there."""


class NoPapers:
    """The port of a house that takes no complaints."""

    async def of(self, tx: Transaction, conversation_id: UUID) -> OnPaper:
        """See `Papers.of`."""
        return OnPaper()

    async def add_fingerprint(
        self, tx: Transaction, conversation: Conversation, sha256: str | None, kind: str, about: str
    ) -> bool:
        """See `Papers.add_fingerprint`."""
        return False

    async def sheet(self, conversation_id: UUID) -> bytes | None:
        """See `Papers.sheet`."""
        return None


def sheet_answer(sheet: bytes) -> Response:
    """The sheet as a file to keep; the headers of every answer keep it from any cache."""
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
    return Response(sheet, media_type="application/pdf", headers=headers)

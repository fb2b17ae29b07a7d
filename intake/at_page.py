"""What the web page does for a complaint beside the chat: proof by its fingerprint, and a sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select

from amaan.core import Core
from amaan.ports import OnPaper
from amaan.storage import Transaction
from amaan.storage.models import Complaint, Conversation
from amaan.words import variant_for
from intake.complaints import Complaints
from intake.contents import read_draft
from intake.events import Tag, record
from intake.never import holds_secret
from intake.paper.pdf import make_pdf
from intake.paper.sheet import Sheet, sheet_of
from intake.schema import Draft, Evidence, EvidenceKind, HashedWhere, is_minor
from intake.states import State

_QUESTION: Final = "evidence"
_AFTER_READING: Final = frozenset({"consent", "declare"})


class AtPage:
    """Keeps the port `amaan.ports.Papers`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._complaints = Complaints(core)

    async def of(self, tx: Transaction, conversation_id: UUID) -> OnPaper:
        """See `Papers.of`."""
        row = await self._newest(tx, conversation_id)
        if row is None or row.state != State.DRAFT:
            return OnPaper(sheet=row is not None)
        draft = await read_draft(self._core, tx, row)
        return OnPaper(sheet=True, proof=draft is not None and not is_minor(draft))

    async def add_fingerprint(
        self, tx: Transaction, conversation: Conversation, sha256: str | None, kind: str, about: str
    ) -> bool:
        """See `Papers.add_fingerprint`. The same piece is kept once.

        What she has read over already is shown to her again before it can leave.
        """
        found = await self._complaints.open_draft(tx, conversation.id)
        about = about.strip()
        if found is None or is_minor(found[1]) or not about or holds_secret(about):
            return False
        row, draft = found
        if any((one.sha256, one.description) == (sha256, about) for one in draft.evidence):
            return True
        try:
            piece = _piece(sha256, kind, about)
            draft.evidence = [*draft.evidence, piece]
        except ValidationError:
            return False
        draft.skipped = [name for name in draft.skipped if name != _QUESTION]
        if draft.asked in _AFTER_READING:
            draft.asked = "preview"
        await self._complaints.save(tx, row, draft)
        clock = self._core.clock
        tag = Tag.EVIDENCE_DESCRIBED
        await record(tx, clock, row.id, "person", tag, subject=piece.evidence_id)
        return True

    async def sheet(self, conversation_id: UUID) -> bytes | None:
        """See `Papers.sheet`."""
        async with self._core.database.transaction() as tx:
            row = await self._newest(tx, conversation_id)
            draft = None if row is None else await read_draft(self._core, tx, row)
            if row is None or draft is None:
                return None
            sheet = _sheet(draft, row, self._core)
        # Some seconds: no connection of the database is held meanwhile.
        return await make_pdf(sheet)

    async def _newest(self, tx: Transaction, conversation_id: UUID) -> Complaint | None:
        """The open draft of a conversation, else what it last sent; None without a text."""
        found: Complaint | None = await tx.session.scalar(
            select(Complaint)
            .where(
                Complaint.conversation_id == conversation_id,
                Complaint.sealed.is_not(None),
                Complaint.keep_until > self._core.clock.now(),
            )
            .order_by((Complaint.state == State.DRAFT.value).desc(), Complaint.created_at.desc())
            .limit(1)
        )
        return found


def _piece(sha256: str | None, kind: str, about: str) -> Evidence:
    known = EvidenceKind(kind) if kind in set(EvidenceKind) else EvidenceKind.STATEMENT
    return Evidence(
        kind=known,
        description=about,
        sha256=sha256,
        hashed_where=None if sha256 is None else HashedWhere.SURVIVOR_DEVICE,
        contains_intimate=sha256 is None,
    )


def _sheet(draft: Draft, row: Complaint, core: Core) -> Sheet:
    variant = variant_for(row.language, row.script)
    words: Callable[[str], str] = lambda key: core.catalogues.text(key, variant, "web")  # noqa: E731
    return sheet_of(draft, row, words)

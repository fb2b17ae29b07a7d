"""What supervisors tell each other about a case. She never sees it; it goes with her chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from amaan.core import Core
from amaan.errors import InputError
from amaan.storage import Transaction
from amaan.storage.models import CaseNote, Escalation, Staff
from amaan.storage.vault import seal_json, unseal_json
from amaan.text import is_blank
from handoff.audit import Tag, record
from handoff.cases import Change, announce, locked_case
from handoff.permissions import Permission
from handoff.viewer import Viewer

NOTE = "note"
HAND_OVER = "hand_over"
TIER = "tier"
MAX_NOTE_CHARACTERS = 4_000
"""Longest note: a page, so that whoever comes next can read it before she writes."""


@dataclass(frozen=True)
class NoteView:
    """One note, opened."""

    id: UUID
    kind: str
    """`NOTE`, `HAND_OVER` or `TIER`."""
    by: UUID
    by_name: str
    at: datetime
    text: str


class Notes:
    """Writing and reading notes of open cases."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def write(self, viewer: Viewer, escalation_id: UUID, text: str) -> UUID:
        """Adds a note to an open case and returns its id; audited without the text.

        For anybody who may read the case, holder or not. Raises `InputError` (codes
        ``empty``, ``too_long``) and what `locked_case` raises.
        """
        text = checked_note(text)
        async with locked_case(self._core, viewer, escalation_id, Permission.CASE_READ) as found:
            now = self._core.clock.now()
            key = await self._core.vault.open_key(found.tx, found.conversation.id)
            note = await add_note(found.tx, key, found.case, viewer.staff_id, NOTE, text, now)
            await announce(found.tx, found.case, Change.NOTED)
            return note

    @staticmethod
    async def of(tx: Transaction, key: bytes, case: Escalation) -> tuple[NoteView, ...]:
        """The notes of a case, the oldest first, opened with its conversation's `key`.

        The caller has checked that the viewer may read the conversation.
        """
        rows = await tx.session.execute(
            select(CaseNote, Staff.sign_in_name)
            .join(Staff, Staff.id == CaseNote.staff_id)
            .where(CaseNote.escalation_id == case.id)
            .order_by(CaseNote.created_at, CaseNote.id)
        )
        return tuple(
            NoteView(
                id=note.id,
                kind=note.kind,
                by=note.staff_id,
                by_name=name,
                at=note.created_at,
                text=unseal_json(key, note.sealed, "case_note.sealed", note.id)["text"],
            )
            for note, name in rows
        )


async def add_note(
    tx: Transaction,
    key: bytes,
    case: Escalation,
    staff_id: UUID,
    kind: str,
    text: str,
    at: datetime,
) -> UUID:
    """Stores one checked note of a **locked** case, sealed under its conversation's `key`."""
    assert case.conversation_id is not None
    note_id = uuid4()
    tx.session.add(
        CaseNote(
            id=note_id,
            escalation_id=case.id,
            conversation_id=case.conversation_id,
            staff_id=staff_id,
            kind=kind,
            sealed=seal_json(key, {"text": text}, "case_note.sealed", note_id),
            created_at=at,
        )
    )
    await tx.session.flush()
    await record(tx, Tag.NOTE_WRITTEN, at=at, actor=staff_id, subject=case.id, kind=kind)
    return note_id


def checked_note(text: str, *, may_be_blank: bool = False) -> str:
    """`text` as it is stored. Raises `InputError` (codes ``empty``, ``too_long``)."""
    text = text.encode("utf-8", "replace").decode()
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if is_blank(text):
        if may_be_blank:
            return ""
        raise InputError("the note is empty", code="empty")
    if len(text) > MAX_NOTE_CHARACTERS:
        raise InputError("the note is too long", code="too_long")
    return text

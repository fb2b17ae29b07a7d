"""Her complaints: begun, kept by a code, consented to, taken back, erased.

Every method works in the caller's transaction. A conversation is locked before its
complaints, everywhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from amaan.errors import ConflictError, StorageError
from amaan.storage import Transaction
from amaan.storage.models import Complaint, Conversation
from intake.codes import codes_in, new_code, new_key, new_reference, plain
from intake.contents import destroy, erase, may_have_arrived, read_draft, remove, write_draft
from intake.events import Tag
from intake.leaving import Leaving, require_draft
from intake.schema import Draft
from intake.states import WITHDRAWABLE, State, move
from intake.wrong_codes import count_wrong, may_try

# References alike are one in 10^12; a third try would be a broken source of chance.
_TRIES = 3


class Complaints(Leaving):
    """What a person, and a supervisor in a review (`Leaving`), do with complaints."""

    async def begin(self, tx: Transaction, conversation: Conversation) -> tuple[Complaint, Draft]:
        """The open draft of a **locked** conversation, begun when there is none.

        It has a data key of its own and is deleted after `Settings.draft_days`.
        """
        found = await self.open_draft(tx, conversation.id)
        if found is not None:
            return found
        await self._drop_expired(tx, conversation.id)
        now = self._core.clock.now()
        row = Complaint(
            id=uuid4(),
            conversation_id=conversation.id,
            reference=await self._free_reference(tx, now),
            state=State.DRAFT.value,
            door=conversation.door,
            language=conversation.language,
            script=conversation.script,
            tier="standard",
            tier_codes=[],
            key=new_key(),
            tries=0,
            remind=False,
            keep_until=now + timedelta(days=self._core.settings.draft_days),
            created_at=now,
            updated_at=now,
        )
        tx.session.add(row)
        await tx.session.flush()
        await self._core.vault.create_key(tx, row.id)
        draft = Draft.model_validate(_about(conversation))
        await write_draft(self._core, tx, row, draft)
        await self._note(tx, row, "person", Tag.DRAFT_BEGUN)
        return row, draft

    async def open_draft(
        self, tx: Transaction, conversation_id: UUID
    ) -> tuple[Complaint, Draft] | None:
        """The draft of a conversation with its row locked; None without one."""
        row = await tx.session.scalar(
            select(Complaint)
            .where(
                Complaint.conversation_id == conversation_id,
                Complaint.state == State.DRAFT.value,
                Complaint.keep_until > self._core.clock.now(),
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        draft = None if row is None else await read_draft(self._core, tx, row)
        return None if row is None or draft is None else (row, draft)

    async def latest(self, tx: Transaction, conversation_id: UUID) -> Complaint | None:
        """The complaint that a conversation began last, in whatever state; None without one."""
        found: Complaint | None = await tx.session.scalar(
            select(Complaint)
            .where(Complaint.conversation_id == conversation_id)
            .order_by(Complaint.created_at.desc())
            .limit(1)
            .execution_options(populate_existing=True)
        )
        return found

    async def latest_consented(self, tx: Transaction, conversation_id: UUID) -> Complaint | None:
        """The complaint that she agreed to last in a conversation: never a draft."""
        found: Complaint | None = await tx.session.scalar(
            select(Complaint)
            .where(
                Complaint.conversation_id == conversation_id, Complaint.consented_at.is_not(None)
            )
            .order_by(Complaint.consented_at.desc())
            .limit(1)
            .execution_options(populate_existing=True)
        )
        return found

    async def read(self, tx: Transaction, row: Complaint) -> Draft | None:
        """What a complaint says; None when its text is gone. Raises `StorageError`."""
        return await read_draft(self._core, tx, row)

    async def save(self, tx: Transaction, row: Complaint, draft: Draft) -> None:
        """Stores a changed draft. Raises `ConflictError` (code ``not_draft``) after consent."""
        row = await self._locked(tx, row)
        require_draft(row)
        await write_draft(self._core, tx, row, draft)
        row.updated_at = self._core.clock.now()
        await tx.session.flush()

    async def keep(self, tx: Transaction, row: Complaint) -> str:
        """A new code for a complaint, told once: kept is its keyed hash. An older one is void."""
        row = await self._locked(tx, row)
        if row.sealed is None:
            raise ConflictError("there is nothing to come back to", code="too_late")
        code = new_code()
        row.code_lookup = self._lookup(plain(code))
        await self._note(tx, row, "person", Tag.DRAFT_KEPT)
        return code

    async def by_code(
        self, tx: Transaction, conversation: Conversation, text: str
    ) -> Complaint | None:
        """The complaint whose code stands in what she typed in a **locked** conversation.

        A draft goes with her to this conversation. Raises `ConflictError` (code
        ``draft_open``) when another draft is open here: an erase finds only what belongs to a
        conversation. None for a wrong code, and after five within an hour for any.
        """
        codes = codes_in(text)
        if not codes or not await may_try(self._core, tx, conversation.id):
            return None
        row = await tx.session.scalar(
            select(Complaint)
            .where(Complaint.code_lookup.in_([self._lookup(code) for code in codes]))
            .limit(1)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if row is None or (row.state == State.DRAFT and row.keep_until <= self._core.clock.now()):
            await count_wrong(self._core, tx, conversation.id)
            return None
        if row.state == State.DRAFT and row.conversation_id != conversation.id:
            await self._bring_here(tx, row, conversation)
        return row

    async def withdraw(self, tx: Transaction, row: Complaint) -> None:
        """Takes back what was not sent: its text and key are gone, and no job sends it.

        Raises `ConflictError` (code ``too_late``) when it was filed, or when nobody knows
        whether the intake has it.
        """
        row = await self._locked(tx, row)
        if State(row.state) not in WITHDRAWABLE or await may_have_arrived(tx, row):
            raise ConflictError("it was sent already", code="too_late")
        await destroy(self._core, tx, row)
        row.state = move(row.state, State.WITHDRAWN)
        await self._note(tx, row, "person", Tag.WITHDRAWN)
        await self._tell(tx, row)

    async def delete(self, tx: Transaction, row: Complaint) -> None:
        """Deletes a draft, or what is left of one taken back. Raises `ConflictError`."""
        row = await self._locked(tx, row)
        if State(row.state) not in (State.DRAFT, State.WITHDRAWN):
            raise ConflictError("only a draft can be deleted", code="not_draft")
        await remove(self._core, tx, row)

    async def erase_of(self, tx: Transaction, conversation_id: UUID) -> None:
        """Erases every complaint of a **locked** conversation that is being erased.

        What the intake has, or may have, stays as a record without content; all else goes.
        """
        rows = await tx.session.scalars(
            select(Complaint)
            .where(Complaint.conversation_id == conversation_id)
            .order_by(Complaint.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        for row in rows.all():
            await self._note(tx, row, "person", Tag.ERASED)
            await erase(self._core, tx, row)
            await self._tell(tx, row)
        await tx.session.flush()

    async def _bring_here(
        self, tx: Transaction, row: Complaint, conversation: Conversation
    ) -> None:
        if await self.open_draft(tx, conversation.id) is not None:
            raise ConflictError("another draft is open here", code="draft_open")
        await self._drop_expired(tx, conversation.id)
        row.conversation_id, row.door = conversation.id, conversation.door
        await self._note(tx, row, "person", Tag.DRAFT_MOVED)

    async def _drop_expired(self, tx: Transaction, conversation_id: UUID) -> None:
        """Deletes a draft whose day has come before the next round of `Retention` does."""
        row = await tx.session.scalar(
            select(Complaint)
            .where(
                Complaint.conversation_id == conversation_id,
                Complaint.state == State.DRAFT.value,
                Complaint.keep_until <= self._core.clock.now(),
            )
            .with_for_update()
        )
        if row is not None:
            await remove(self._core, tx, row)

    async def _free_reference(self, tx: Transaction, now: datetime) -> str:
        for _ in range(_TRIES):
            reference = new_reference(now)
            taken = select(Complaint.id).where(Complaint.reference == reference)
            if await tx.session.scalar(taken) is None:
                return reference
        raise StorageError("no reference could be made")

    def _lookup(self, code: str) -> bytes:
        return self._core.pseudonymiser.lookup("complaint_code", code)


def _about(conversation: Conversation) -> dict[str, Any]:
    """What a draft knows before the first question."""
    return {
        "language": conversation.language,
        "script": conversation.script,
        "channel": conversation.door,
    }

"""What a complaint holds, sealed under a key of its own: written, read, and destroyed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from amaan.conversation.erase import SCRUB_TASK
from amaan.core import Core
from amaan.storage import Transaction
from amaan.storage.models import Complaint, FilingAttempt
from amaan.storage.vault import seal_json, unseal_json
from intake.schema import Draft
from intake.states import State

_DRAFT, _FILED = "complaint.sealed", "complaint.filed_sealed"
MAY_HAVE_ARRIVED = ("unknown", "filed")
"""Outcomes of an attempt after which the intake may have the complaint."""


@dataclass(frozen=True)
class Filed:
    """What is kept of a complaint that was sent, for proof."""

    number: str
    """The agency's."""
    at: datetime
    """When it was acknowledged."""
    sent: str
    """The signed body as it was sent; empty when its answer was lost and it was found by its
    key afterwards."""
    complaint: dict[str, Any]
    """The complaint as JSON (`intake.schema.Complaint`)."""


async def write_draft(core: Core, tx: Transaction, row: Complaint, draft: Draft) -> None:
    """Seals a draft in its row. Raises `ErasedError` when the key is gone."""
    key = await core.vault.open_key(tx, row.id)
    row.sealed = seal_json(key, draft.model_dump(mode="json"), _DRAFT, row.id)


async def read_draft(core: Core, tx: Transaction, row: Complaint) -> Draft | None:
    """The draft; None when its text is gone. Raises `StorageError` when it does not open."""
    if row.sealed is None:
        return None
    key = await core.vault.open_key(tx, row.id)
    return Draft.model_validate(unseal_json(key, row.sealed, _DRAFT, row.id))


async def write_filed(core: Core, tx: Transaction, row: Complaint, filed: Filed) -> None:
    """Seals what was sent in its row."""
    key = await core.vault.open_key(tx, row.id)
    value = {**asdict(filed), "at": filed.at.isoformat()}
    row.filed_sealed = seal_json(key, value, _FILED, row.id)


async def read_filed(core: Core, tx: Transaction, row: Complaint) -> Filed | None:
    """What was sent; None when nothing was, or when it is gone. Raises `StorageError`."""
    if row.filed_sealed is None:
        return None
    key = await core.vault.open_key(tx, row.id)
    value = unseal_json(key, row.filed_sealed, _FILED, row.id)
    return Filed(**{**value, "at": datetime.fromisoformat(value["at"])})


async def lock_complaint(tx: Transaction, complaint_id: object) -> Complaint | None:
    """The complaint with its row locked, or None. Lock its conversation before, never after."""
    return await tx.session.get(
        Complaint, complaint_id, with_for_update=True, populate_existing=True
    )


async def may_have_arrived(tx: Transaction, row: Complaint) -> bool:
    """Whether an attempt to hand it over may have reached the intake."""
    found = await tx.session.scalar(
        select(FilingAttempt.id)
        .where(FilingAttempt.complaint_id == row.id, FilingAttempt.outcome.in_(MAY_HAVE_ARRIVED))
        .limit(1)
    )
    return found is not None


async def destroy(core: Core, tx: Transaction, row: Complaint) -> None:
    """Destroys the text of a **locked** complaint with its key, and whatever leads to it.

    What stays is a record: times, state, urgency, door, language.
    """
    await core.vault.destroy_key(tx, row.id)
    # A deleted key stays in the table's file until it is vacuumed.
    await tx.defer(SCRUB_TASK, lock=SCRUB_TASK)
    row.sealed = row.filed_sealed = None
    row.code_lookup = row.number_lookup = None
    row.last_message_id = row.review_until = None
    row.tier_codes = []
    row.remind = False
    row.updated_at = core.clock.now()
    await tx.session.flush()


async def remove(core: Core, tx: Transaction, row: Complaint) -> None:
    """Deletes a **locked** complaint and all that hangs on it. Never one that may be filed."""
    await destroy(core, tx, row)
    await tx.session.execute(delete(Complaint).where(Complaint.id == row.id))
    tx.session.expunge(row)


async def erase(core: Core, tx: Transaction, row: Complaint) -> None:
    """Does to a **locked** complaint what an erase of its conversation asks for.

    What the intake may have stays as a record without content; all else is deleted.
    """
    if State(row.state) is State.FILED or await may_have_arrived(tx, row):
        await destroy(core, tx, row)
        row.state = State.ERASED
        row.conversation_id = None
    else:
        await remove(core, tx, row)

"""A filed complaint as a document for the local police, when she allowed it."""

from __future__ import annotations

from uuid import UUID

from amaan.core import Core
from amaan.errors import NotFoundError
from amaan.words import variant_for
from handoff.audit import Tag, record
from handoff.permissions import Permission
from handoff.viewer import Viewer
from intake import events
from intake.contents import lock_complaint, read_filed
from intake.paper import Sheet, handover
from intake.schema import Complaint


async def police_sheet(core: Core, viewer: Viewer, complaint_id: UUID) -> Sheet:
    """The hand-over document of what was sent, with the custody log, which notes this too.

    Raises `NotAllowedError` (code ``no_consent``) unless she allowed it, `NotFoundError` when
    nothing was filed or its text is gone, `StorageError` when the log was tampered with.
    """
    viewer.require(Permission.COMPLAINT_REVIEW)
    async with core.database.transaction() as tx:
        row = await lock_complaint(tx, complaint_id)
        filed = None if row is None else await read_filed(core, tx, row)
        if row is None or filed is None:
            raise NotFoundError("there is nothing to hand over")
        complaint = Complaint.model_validate(filed.complaint)
        variant = variant_for(row.language, row.script)

        def words(key: str) -> str:
            return core.catalogues.text(key, variant, "web")

        entries = await events.read_events(tx, row.id)
        sheet = handover(complaint, row, entries, words)
        await events.record(
            tx, core.clock, row.id, "staff", events.Tag.EXPORTED,
            subject="police", staff_id=viewer.staff_id,
        )  # fmt: skip
        now = core.clock.now()
        await record(
            tx, Tag.COMPLAINT_EXPORTED, at=now, actor=viewer.staff_id, subject=row.id, to="police"
        )
    return sheet

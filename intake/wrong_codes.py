"""Wrong codes: a conversation has five an hour, then none is looked at for a while.

Counted in the database, because she may be answered by any process; without the codes, and
without the conversation's id: kept are keyed hashes of its five places and when each was
used last. They stand with the claims of inbound messages, which the upkeep forgets.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from amaan.core import Core
from amaan.storage import Transaction
from amaan.storage.models import InboundClaim

MOST = 5
WITHIN = timedelta(hours=1)


async def may_try(core: Core, tx: Transaction, conversation_id: UUID) -> bool:
    """Whether this conversation, which must be locked, has a try left."""
    return bool(await _free_places(core, tx, conversation_id))


async def count_wrong(core: Core, tx: Transaction, conversation_id: UUID) -> None:
    """Counts one wrong code of a **locked** conversation."""
    free = await _free_places(core, tx, conversation_id)
    if not free:
        return
    now = core.clock.now()
    statement = insert(InboundClaim).values(lookup=free[0], claimed_at=now)
    await tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=[InboundClaim.lookup], set_={"claimed_at": now}
        )
    )


async def _free_places(core: Core, tx: Transaction, conversation_id: UUID) -> list[bytes]:
    """The places that were not used within the hour."""
    places = [
        core.pseudonymiser.lookup("complaint_code_try", f"{conversation_id}|{place}")
        for place in range(MOST)
    ]
    rows = await tx.session.execute(
        select(InboundClaim.lookup, InboundClaim.claimed_at).where(InboundClaim.lookup.in_(places))
    )
    now = core.clock.now()
    used = {lookup for lookup, at in rows if _is_fresh(at, now)}
    return [place for place in places if place not in used]


def _is_fresh(at: datetime, now: datetime) -> bool:
    # A clock that was set back must not shut anybody out for long.
    return abs(now - at) < WITHIN

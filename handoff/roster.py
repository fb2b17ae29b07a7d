"""Who is called at which step of the ladder (design.md 6.5).

The first one who reads her language, then the next person, then leads and everybody
on call, then the coordinator; after that everybody again until somebody comes.
"""

from __future__ import annotations

from sqlalchemy import or_, select

from amaan.storage import Transaction
from amaan.storage.models import Staff
from handoff.permissions import Permission, Role, roles_with


async def people_for(tx: Transaction, language: str, step: int, steps: int) -> list[Staff]:
    """The people to page at `step` of a ladder of `steps` steps; may be empty.

    With one person on call the step of the next person calls the same one again.
    Without a coordinator the last step calls everybody again.
    """
    people = await _reachable(tx, language)
    on_call = [person for person in people if person.on_call]
    last = steps - 1
    if step > last:
        return people
    if step == last:
        return [person for person in people if person.is_coordinator] or people
    if step == last - 1:
        return [p for p in people if p.on_call or p.role == Role.LEAD]
    return on_call[min(step, len(on_call) - 1) :][:1]


async def _reachable(tx: Transaction, language: str) -> list[Staff]:
    """Everybody who may claim and can be called, readers of `language` first."""
    found = await tx.session.scalars(
        select(Staff).where(
            Staff.active,
            Staff.role.in_(roles_with(Permission.CASE_CLAIM)),
            or_(Staff.on_call, Staff.is_coordinator, Staff.role == Role.LEAD),
        )
    )
    return sorted(
        found, key=lambda p: (language not in p.languages, p.on_call_order, p.sign_in_name)
    )

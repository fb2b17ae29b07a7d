"""Who looks at the console, and what she may do there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from amaan.errors import NotAllowedError
from amaan.storage.models import Staff
from handoff.permissions import Permission, may

if TYPE_CHECKING:
    from handoff.own_state import OwnState


@dataclass(frozen=True)
class ComplaintsWaiting:
    """How many complaints need a human."""

    waiting: int
    """In review, held or refused."""
    overdue: int
    """Filed, and past the agency's window."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.waiting + self.overdue


@dataclass(frozen=True)
class Viewer:
    """Who looks at the console."""

    staff_id: UUID
    name: str
    role: str
    languages: tuple[str, ...]
    must_set_password: bool = False
    """She signed in with a one-time word; until a password is set, routes open only that page."""
    has_factor: bool = False
    """Whether she has set up a second factor."""
    must_set_factor: bool = False
    """The house asks for a second factor and she has none: only her account pages open."""
    proved_at: datetime | None = None
    """When she last proved who she is in this session."""
    interface: str = "en"
    """Language of her console."""
    warns: bool = True
    """Whether a warning stands before a conversation is opened."""
    most_cases: int = 4
    """More than this many held chats are not laid on her by the house."""
    own: OwnState | None = None
    """How she stands now; filled in only where a whole page of the console is made."""
    complaints: ComplaintsWaiting | None = None
    """How many wait; filled in where the navigation is made, for those who may see them."""

    def may(self, permission: Permission) -> bool:
        """Whether the role has `permission`; closed by default, and before she is fully in."""
        if self.must_set_password or self.must_set_factor:
            return False
        return may(self.role, permission)

    def require(self, permission: Permission) -> None:
        """Raises `NotAllowedError` when the role lacks `permission`."""
        if not self.may(permission):
            raise NotAllowedError("the role lacks this permission", code="not_permitted")


def viewer_of(
    person: Staff, *, proved_at: datetime | None = None, factor_required: bool = False
) -> Viewer:
    """The viewer that a member of staff is."""
    has_factor = person.totp_sealed is not None
    return Viewer(
        staff_id=person.id,
        name=person.sign_in_name,
        role=person.role,
        languages=tuple(person.languages),
        must_set_password=person.password_hash is None,
        has_factor=has_factor,
        must_set_factor=factor_required and not has_factor,
        proved_at=proved_at,
        interface=person.interface or "en",
        warns=person.warns,
        most_cases=person.most_cases,
    )

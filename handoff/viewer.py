"""Who looks at the console, and what she may do there."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from amaan.errors import NotAllowedError
from amaan.storage.models import Staff
from handoff.permissions import Permission, may


@dataclass(frozen=True)
class Viewer:
    """Who looks at the console."""

    staff_id: UUID
    name: str
    role: str
    languages: tuple[str, ...]
    must_set_password: bool = False
    """She signed in with a one-time word; until a password is set, routes open only that page."""

    def may(self, permission: Permission) -> bool:
        """Whether the role has `permission`; closed by default, and before a password is set."""
        return not self.must_set_password and may(self.role, permission)

    def require(self, permission: Permission) -> None:
        """Raises `NotAllowedError` when the role lacks `permission`."""
        if not self.may(permission):
            raise NotAllowedError("the role lacks this permission", code="not_permitted")


def viewer_of(person: Staff) -> Viewer:
    """The viewer that a member of staff is."""
    return Viewer(
        staff_id=person.id,
        name=person.sign_in_name,
        role=person.role,
        languages=tuple(person.languages),
        must_set_password=person.password_hash is None,
    )

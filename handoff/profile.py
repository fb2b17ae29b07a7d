"""What everybody sets for herself: her console's language, her time, her quiet hours."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import time
from zoneinfo import available_timezones

from amaan.core import Core
from amaan.errors import InputError
from amaan.storage.models import Staff
from handoff.audit import Tag, record
from handoff.own_hours import own_row
from handoff.viewer import Viewer

INTERFACES = ("en", "ur")
"""Languages of the console."""
MOST_CASES = 20


@dataclass(frozen=True)
class Profile:
    """One's own settings. What she reads and her role are for a lead to change."""

    interface: str
    time_zone: str
    quiet_from: time | None
    quiet_until: time | None
    warns: bool
    most_cases: int

    def check(self) -> None:
        """Raises `InputError` with the code of what cannot be: ``interface``, ``time_zone``,
        ``quiet_hours``, ``most_cases``."""
        if self.interface not in INTERFACES:
            raise InputError("unknown language of the console", code="interface")
        if self.time_zone not in available_timezones():
            raise InputError("unknown time zone", code="time_zone")
        half = (self.quiet_from is None) != (self.quiet_until is None)
        if half or (self.quiet_from is not None and self.quiet_from == self.quiet_until):
            raise InputError("quiet hours have a beginning and an end", code="quiet_hours")
        if not 1 <= self.most_cases <= MOST_CASES:
            raise InputError("1 to 20 chats at once", code="most_cases")


class Profiles:
    """One's own settings, whatever the role. Each method is one transaction."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def mine(self, viewer: Viewer) -> Profile:
        """The viewer's settings."""
        async with self._core.database.transaction() as tx:
            return _profile(await tx.session.get_one(Staff, viewer.staff_id))

    async def change(self, viewer: Viewer, wanted: Profile) -> None:
        """Sets them; recorded with the names of what changed. Raises what `Profile.check` does."""
        wanted = replace(
            wanted,
            quiet_from=wanted.quiet_from and wanted.quiet_from.replace(tzinfo=None),
            quiet_until=wanted.quiet_until and wanted.quiet_until.replace(tzinfo=None),
        )
        wanted.check()
        async with self._core.database.transaction() as tx:
            person = await own_row(tx, viewer.staff_id)
            before = asdict(_profile(person))
            changed = [name for name, value in asdict(wanted).items() if before[name] != value]
            if not changed:
                return
            for name in changed:
                setattr(person, name, getattr(wanted, name))
            await record(
                tx,
                Tag.STAFF_CHANGED,
                at=self._core.clock.now(),
                actor=viewer.staff_id,
                subject=viewer.staff_id,
                changed=" ".join(changed),
            )


def _profile(person: Staff) -> Profile:
    return Profile(
        interface=person.interface,
        time_zone=person.time_zone,
        quiet_from=person.quiet_from,
        quiet_until=person.quiet_until,
        warns=person.warns,
        most_cases=person.most_cases,
    )

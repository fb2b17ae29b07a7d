"""What the console's routes work with: the services of one process."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from amaan.core import Core
from amaan.ports import Recordings
from handoff.claims import Claims
from handoff.console.pages import Pages
from handoff.console.reviews import Reviews
from handoff.desk import Desk
from handoff.feedback import Feedbacks
from handoff.lapse import Presence
from handoff.listening import Listening
from handoff.notes import Notes
from handoff.reading import Reading
from handoff.staff import StaffAccounts
from handoff.tiers import Tiers
from handoff.transfer import Transfers
from handoff.voice import VoiceNotes


@dataclass(frozen=True)
class Office:
    """The services behind the console's routes."""

    core: Core
    staff: StaffAccounts
    reading: Reading
    claims: Claims
    transfers: Transfers
    tiers: Tiers
    notes: Notes
    listening: Listening
    feedbacks: Feedbacks
    presence: Presence
    pages: Pages
    voices: VoiceNotes
    reviews: Reviews
    recordings: Recordings | None
    """Where voice notes are; None where no door brings any."""

    @classmethod
    def on(
        cls,
        core: Core,
        claims: Claims,
        staff: StaffAccounts,
        transfers: Transfers,
        recordings: Recordings | None = None,
    ) -> Office:
        """Those given, and those that need nothing but `core`."""
        return cls(
            core=core,
            staff=staff,
            reading=Reading(core),
            claims=claims,
            transfers=transfers,
            tiers=Tiers(core, Desk(core.settings, core.clock)),
            notes=Notes(core),
            listening=Listening(core),
            feedbacks=Feedbacks(core),
            presence=Presence(core),
            pages=Pages(core.settings, core.clock),
            voices=VoiceNotes(core),
            reviews=Reviews(core),
            recordings=recordings,
        )


def office_of(request: Request) -> Office:
    """The office of the app that serves `request`."""
    office: Office = request.app.state.office
    return office

"""What the pages of complaints are given to show: plain values, no rows and no keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from intake.states import State

STOPPED = frozenset({State.HELD, State.REFUSED})
"""It does not leave without a human."""


@dataclass(frozen=True)
class ComplaintLine:
    """One complaint in a list: nothing of what it says."""

    complaint_id: UUID
    reference: str
    state: State
    door: str
    language: str
    script: str
    reads_language: bool
    """Whether the viewer reads this language."""
    tier: str
    tier_by_name: str | None
    """Who confirmed or changed the tier; None while it is only the machine's."""
    tier_at: datetime | None
    codes: tuple[str, ...]
    """Reason codes of the tier."""
    waiting_since: datetime
    """Since when it waits for a human, or for the agency."""
    review_until: datetime | None
    """When it leaves by itself."""
    due_at: datetime | None
    """End of the agency's window."""
    agency_state: str | None
    agency_state_at: datetime | None
    is_overdue: bool
    """Filed, and the agency's window is over without an end."""
    has_text: bool
    """Whether its text is still kept."""

    @property
    def honour(self) -> bool:
        """Danger in the name of honour: nobody contacts her home."""
        return "T4" in self.codes

    @property
    def needs_human(self) -> bool:
        """Whether somebody has to look at it; only then may its text be read."""
        return self.state is State.REVIEW or self.state in STOPPED or self.is_overdue


@dataclass(frozen=True)
class ComplaintBoard:
    """The lists of complaints that need a human."""

    review: tuple[ComplaintLine, ...]
    """The one that leaves first stands first."""
    stopped: tuple[ComplaintLine, ...]
    """Held and refused ones, the oldest first."""
    overdue: tuple[ComplaintLine, ...]
    """Filed ones past the agency's window, the longest overdue first."""


@dataclass(frozen=True)
class EventLine:
    """One entry of the custody log."""

    at: datetime
    actor: str
    by_name: str | None
    tag: str
    subject: str | None


@dataclass(frozen=True)
class TextLine:
    """One line of a complaint: what stands under a label, in her language."""

    name: str
    label: str
    text: str
    lang: str | None
    """BCP 47 tag of `text`; None when its letters are not those of her language."""


@dataclass(frozen=True)
class ComplaintView:
    """One complaint. Without its text until that was opened, which is recorded."""

    line: ComplaintLine
    events: tuple[EventLine, ...]
    chain_holds: bool
    """Whether no entry of the custody log was changed or removed from within."""
    case_id: UUID | None
    """Her case of this conversation that is not closed, if there is one."""
    opened: bool = False
    lines: tuple[TextLine, ...] = ()
    """As she read them when she agreed."""
    html_lang: str = ""
    """BCP 47 tag of the labels in `lines`."""
    provisions: tuple[tuple[str, str], ...] = ()
    """Law and title of provisions that may apply, for review."""
    unreadable: bool = False
    """Its text does not open any more: nobody can read it, and it cannot be sent."""

    @property
    def may_open(self) -> bool:
        """Whether its text may be opened now."""
        return self.line.needs_human and self.line.has_text

    @property
    def shape(self) -> str:
        """Changes whenever the page must be drawn anew; an open page compares it.

        Before the first dot it says what can be done, after it how long the custody log is.
        """
        line = self.line
        set_at = int(line.tier_at.timestamp()) if line.tier_at else 0
        can = f"{line.state.value}-{line.tier}-{set_at}-{int(self.may_open)}"
        return f"{can}.{len(self.events)}"

"""What the console is given to show: plain values, no rows and no keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from handoff.listening import Listener
from handoff.states import State
from handoff.wishes import WishesView


@dataclass(frozen=True)
class CaseLine:
    """One line of the queue."""

    escalation_id: UUID
    reference: str
    """Short name of the case, as in a page: four letters and digits."""
    level: str
    """``critical``, ``elevated`` or ``requested``."""
    kind: str | None
    who: str
    """``self`` or ``other`` (a bystander writes)."""
    reasons: tuple[str, ...]
    state: State
    door: str
    language: str
    script: str
    opened_at: datetime
    waiting_since: datetime | None
    """Since when she waits for a human; None when somebody holds the chat or it was released."""
    last_alarm_at: datetime
    claimed_by: UUID | None
    claimed_by_name: str | None
    claimed_at: datetime | None
    reads_language: bool
    """Whether the viewer reads this language."""
    erased_by_person: bool
    outcome: str | None
    tier: str
    """``critical``, ``high``, ``medium``, ``standard``: how soon its matter must be dealt with."""
    tier_by_name: str | None
    """Who confirmed or overrode the tier; None while it is only the machine's."""
    tier_at: datetime | None
    due_at: datetime | None
    """End of the tier's window."""
    rules: tuple[str, ...]
    """Codes of the rules that matched (`handoff.tiers.CODES`); never words of hers."""
    honour: bool
    """Danger in the name of honour: nobody contacts her home."""
    attention_due_at: datetime | None
    """By when a human must have looked after an honour case; None when one has."""
    offered_to: UUID | None
    offered_to_name: str | None
    offered_language: str | None
    offered_to_me: bool
    """Whether the holder offers the chat to the viewer: by name, or as a reader of a language."""
    handed_over_at: datetime | None
    listening: int
    """How many read along besides the holder."""
    judged: str | None
    """What a supervisor said of the alarm: ``right``, ``not_a_risk`` or ``missed_earlier``."""

    @property
    def about_child(self) -> bool:
        """Whether a child may be in it: then nobody advises to save or forward pictures."""
        return bool({"T5", "under_18"}.intersection(self.rules))

    @property
    def lives_at_stake(self) -> bool:
        """Whether it stands with the worst: the machine, or a person, says that lives do."""
        set_by_person = self.tier == "critical" and self.tier_by_name is not None
        return self.level == "critical" or set_by_person


@dataclass(frozen=True)
class MessageView:
    """One message of a conversation."""

    id: UUID
    seq: int
    author: str
    """``person``, ``bot``, ``supervisor`` or ``system``."""
    text: str
    menu: tuple[str, ...]
    """Labels of the numbered menu, in order."""
    notes: tuple[str, ...]
    """``media`` (something attached that is never opened), ``too_long``."""
    lang: str | None
    """BCP 47 tag for ``lang=``; None when it is not known."""
    direction: str
    """``rtl`` or ``ltr``, by the letters of the text."""
    at: datetime
    level: str | None
    """Risk in effect; None when it was not screened (ours, or not yet)."""
    kind: str | None
    why: tuple[str, ...]
    """What rang: rule ids, scores, phrases. For supervisors only."""
    highlights: tuple[str, ...]
    """Pieces of `text`, spelled as there, that rang; longest first."""
    delivery: str
    reviewed: bool | None
    """For our own words: whether a native speaker reviewed them; None for human words."""
    voices: int = 0
    """How many voice notes lie at the provider for whoever may listen."""
    missed: bool = False
    """A supervisor said that the alarm should have rung at this message."""
    withheld: str | None = None
    """Code of why a message of ours did not leave by her wish: ``stopped``, ``wish_hours``, ..."""


@dataclass(frozen=True)
class CaseView:
    """One case with its conversation."""

    line: CaseLine
    conversation_id: UUID | None
    """For live notices on the conversation channel; None when she erased it."""
    is_mine: bool
    stopped: bool
    """She asked not to be written to."""
    messages: tuple[MessageView, ...]
    """Empty when erased, or when closed and the viewer may not read closed transcripts."""
    transcript_closed: bool
    """True when the messages were withheld because the case is closed."""
    opened: bool = False
    """Whether its texts were read for this view, which is recorded; else `messages` is empty."""
    listeners: tuple[Listener, ...] = ()
    """Who reads along."""
    city: str | None = None
    """The last city that she named, as in the word lists; it may be somebody else's."""
    province: str | None = None
    wishes: WishesView | None = None
    """What she asked us to keep in mind; None when there is no conversation."""


@dataclass(frozen=True)
class AlarmLine:
    """One operator alarm."""

    kind: str
    count: int
    first_at: datetime
    last_at: datetime

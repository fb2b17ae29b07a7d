"""What is known of one message on its way through the house."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from amaan.conversation.guard import Step
from amaan.conversation.store import Content
from amaan.conversation.wishes import Wishes
from amaan.ports import Option, Parse, Reply, Risk, Turn


@dataclass(frozen=True)
class Read:
    """One message as read in the first transaction."""

    message_id: UUID
    conversation_id: UUID
    content: Content
    before: tuple[str, ...]
    menu: tuple[Option, ...]
    more: tuple[Reply, ...]
    """What is left of a long SMS, when this message asks for it."""
    language: str
    script: str
    first: bool
    screened: Parse | None


@dataclass(frozen=True)
class Rung:
    """What the second transaction decided."""

    turn: Turn
    seam: int
    held: bool
    question_denied: bool
    quiet: bool
    """She wants no more of the lines that are said while she waits."""
    near: bool
    """Somebody came who must read nothing."""
    step: Step
    """What the guard makes of the message."""
    wishes: Wishes
    asked: str | None
    """Our own question that it may answer."""
    owed: Risk
    """The worst that she wrote while the guard alone answered, when that is over."""

    @property
    def is_guarded(self) -> bool:
        """Whether the guard alone answers.

        Not when she writes of danger and no cover was called for: a life weighs more than
        a hidden screen.
        """
        danger = self.turn.parse.risk.level == "critical"
        return self.step.answer is not None and not (danger and self.step.may_yield)


@dataclass(frozen=True)
class Said:
    """What is said to one message, and what is kept of it with the answer."""

    replies: list[Reply | str] = field(default_factory=list)
    """Rendered replies, or keys of our own words."""
    asked: str | None = None
    """Our own question that her next message may answer."""
    wishes: Wishes | None = None
    """Her wishes from now on; None when they are as before."""
    secret: bool = False
    """The message was one of her words, and is not kept."""

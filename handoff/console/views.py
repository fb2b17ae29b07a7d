"""What templates are given: the queue in its parts, clocks, texts cut at what rang."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from handoff.reading import CaseLine
from handoff.states import HELD, WAITING, State


@dataclass(frozen=True)
class Piece:
    """A stretch of a message; `rang` when it is what rang the alarm."""

    text: str
    rang: bool = False


def pieces(text: str, highlights: Sequence[str]) -> list[Piece]:
    """`text` cut at its `highlights`, in order and complete: joined again it is `text`."""
    wanted = sorted({one for one in highlights if one}, key=len, reverse=True)
    if not wanted:
        return [Piece(text)]
    pattern = re.compile("(" + "|".join(re.escape(one) for one in wanted) + ")")
    found = pattern.split(text)
    return [Piece(part, rang=index % 2 == 1) for index, part in enumerate(found) if part]


@dataclass(frozen=True)
class Board:
    """The queue as one supervisor sees it."""

    offered: list[CaseLine]
    """Chats that their holders offer to this supervisor; they stay held until she takes them."""
    waiting: list[CaseLine]
    mine: list[CaseLine]
    others: list[CaseLine]
    given_back: list[CaseLine]

    @classmethod
    def of(cls, lines: Sequence[CaseLine], staff_id: UUID) -> Board:
        """Parts the queue; each part keeps its order (danger, then waiting time)."""
        held = [line for line in lines if line.state in HELD]
        return cls(
            offered=[line for line in held if line.offered_to_me],
            waiting=[line for line in lines if line.state in WAITING],
            mine=[line for line in held if line.claimed_by == staff_id],
            others=[
                line for line in held if line.claimed_by != staff_id and not line.offered_to_me
            ],
            given_back=[line for line in lines if line.state is State.RELEASED],
        )

    @property
    def critical(self) -> int:
        """How many wait in critical danger."""
        return sum(line.lives_at_stake for line in self.waiting)

    @property
    def calls(self) -> int:
        """How many wait for her to come: those who wait for anybody, and chats offered to her."""
        return len(self.waiting) + len(self.offered)

    @property
    def rings(self) -> str:
        """What an open page compares: it sounds for each word here it has not heard yet.

        A word changes when the level rises or the clock starts anew, so that both
        ring again; further messages of the same danger do not.
        """
        words = [ring_word(line) for line in self.waiting]
        return " ".join([*words, *(offer_word(line) for line in self.offered)])


def ring_word(line: CaseLine) -> str:
    """Level, case and running clock of a waiting case, in one word."""
    since = line.waiting_since or line.opened_at
    level = "critical" if line.lives_at_stake else line.level
    return f"{level}:{line.escalation_id}:{int(since.timestamp())}"


def offer_word(line: CaseLine) -> str:
    """A chat that is offered, in one word; it sounds once, for somebody still has her."""
    since = line.handed_over_at or line.opened_at
    return f"offered:{line.escalation_id}:{int(since.timestamp())}"


def clock(since: datetime, now: datetime) -> str:
    """Time since then as ``m:ss`` or ``h:mm:ss``; never negative."""
    seconds = max(0, int((now - since) / timedelta(seconds=1)))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

"""The states of a case and the moves between them, so that nothing that rang is forgotten.

A case leaves `open` and `paged` only because a person took it, closed it, or she erased.
While it is handed over it is held and called for at once: nobody lets go of her before
somebody else has her.
"""

from __future__ import annotations

from enum import StrEnum

from amaan.errors import ConflictError


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    """It rang; nobody was paged yet, or a claim was given back before a human word."""
    PAGED = "paged"
    """Somebody was paged; nobody has taken it."""
    CLAIMED = "claimed"
    """A supervisor holds the chat and has not written yet."""
    ENGAGED = "engaged"
    """The supervisor who holds the chat has written to her."""
    HANDED_OVER = "handed_over"
    """The holder offers the chat to others and keeps it until one of them takes it."""
    RELEASED = "released"
    """A human was there and gave the chat back to the assistant; the next alarm calls anew."""
    CLOSED = "closed"
    """Ended with an outcome, or erased by her. Never left again: a new alarm is a new case."""


MOVES: dict[State, frozenset[State]] = {
    State.OPEN: frozenset({State.PAGED, State.CLAIMED, State.CLOSED}),
    State.PAGED: frozenset({State.OPEN, State.CLAIMED, State.CLOSED}),
    State.CLAIMED: frozenset({State.OPEN, State.ENGAGED, State.HANDED_OVER, State.CLOSED}),
    State.ENGAGED: frozenset({State.OPEN, State.RELEASED, State.HANDED_OVER, State.CLOSED}),
    State.HANDED_OVER: frozenset({State.OPEN, State.CLAIMED, State.ENGAGED, State.CLOSED}),
    State.RELEASED: frozenset({State.OPEN, State.CLAIMED, State.CLOSED}),
    State.CLOSED: frozenset(),
}
"""From each state the states it may go to; staying is always allowed but in `closed`."""

WAITING = frozenset({State.OPEN, State.PAGED})
"""States in which she waits for a human and nobody holds the chat."""
HELD = frozenset({State.CLAIMED, State.ENGAGED, State.HANDED_OVER})
"""States in which a supervisor holds the chat: the assistant is silent."""
CALLING = WAITING | {State.HANDED_OVER}
"""States in which somebody is called: the ladder runs."""
COMING = WAITING | HELD
"""States in which a person was called, or is there."""


class Outcome(StrEnum):
    """How a case ended, as a supervisor says it; `erased` is set by an erase only."""

    SAFE_NOW = "safe_now"
    """She says that she is safe for now."""
    REFERRED = "referred"
    """A line, shelter, hospital or the police took over."""
    INFORMED = "informed"
    """She has the information she came for."""
    NO_ANSWER = "no_answer"
    """She did not write back."""
    NOT_A_RISK = "not_a_risk"
    """The alarm was false; trainers learn from it."""
    OTHER = "other"
    """Something else."""
    ERASED = "erased"
    """She had her conversation erased; nobody may choose this."""


CHOOSABLE = tuple(outcome for outcome in Outcome if outcome is not Outcome.ERASED)
"""Outcomes that a supervisor can close with."""


def move(current: State | str, to: State) -> State:
    """The new state. Raises `ConflictError` (code ``illegal_move``) for a move not in `MOVES`."""
    if to not in MOVES[State(current)]:
        raise ConflictError(f"a case cannot go from {current} to {to}", code="illegal_move")
    return to

"""The states of a complaint and the moves between them: nothing leaves without her consent.

The way out is `queued` alone, and into it lead only her consent and, where a supervisor
looks first, the end of that look or of its time.
"""

from __future__ import annotations

from enum import StrEnum

from amaan.errors import ConflictError


class State(StrEnum):
    """Where a complaint stands."""

    DRAFT = "draft"
    """She writes it; nobody else sees it."""
    REVIEW = "review"
    """She consented; a supervisor may look at its urgency before it leaves, for some hours."""
    QUEUED = "queued"
    """It leaves as soon as the intake takes it."""
    FILED = "filed"
    """The intake took it and gave it a number."""
    REFUSED = "refused"
    """The intake read it and does not take it; a human looks at why."""
    HELD = "held"
    """It could not be handed over in the time there is; a human looks at why."""
    WITHDRAWN = "withdrawn"
    """She took it back before it was sent; its text is gone."""
    ERASED = "erased"
    """Its text is gone because she erased her conversation; what was filed, was filed."""


MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.REVIEW, State.QUEUED, State.WITHDRAWN, State.ERASED}),
    State.REVIEW: frozenset({State.QUEUED, State.WITHDRAWN, State.ERASED}),
    State.QUEUED: frozenset(
        {State.FILED, State.REFUSED, State.HELD, State.WITHDRAWN, State.ERASED}
    ),
    # The agency itself may tell of one that we gave up, and a human may try again.
    State.HELD: frozenset({State.QUEUED, State.FILED, State.WITHDRAWN, State.ERASED}),
    State.REFUSED: frozenset({State.QUEUED, State.WITHDRAWN, State.ERASED}),
    State.FILED: frozenset({State.ERASED}),
    State.WITHDRAWN: frozenset({State.ERASED}),
    State.ERASED: frozenset(),
}
"""From each state the states that it may go to."""

WITHDRAWABLE = frozenset(
    {State.DRAFT, State.REVIEW, State.QUEUED, State.HELD, State.REFUSED},
)
"""States in which she can take it back, as long as no attempt may have reached the intake."""


def move(current: State | str, to: State) -> State:
    """The new state. Raises `ConflictError` (code ``illegal_move``) for a move not in `MOVES`."""
    if to not in MOVES[State(current)]:
        raise ConflictError(f"a complaint cannot go from {current} to {to}", code="illegal_move")
    return to

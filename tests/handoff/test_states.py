"""No illegal move: the table of moves, and random shifts on a real database."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amaan.clock import SetClock
from amaan.errors import AmaanError, ConflictError
from amaan.storage.models import Escalation
from handoff.desk import LEVELS
from handoff.states import CALLING, CHOOSABLE, COMING, HELD, MOVES, WAITING, Outcome, State, move
from handoff.tiers import TIERS
from handoff.viewer import Viewer
from tests.handoff.parts import Handoff


@given(st.sampled_from(State), st.sampled_from(State))
def test_a_move_is_made_or_refused(current: State, to: State) -> None:
    if to in MOVES[current]:
        assert move(current, to) is to
        assert move(current.value, to) is to
    else:
        with pytest.raises(ConflictError) as refused:
            move(current, to)
        assert refused.value.code == "illegal_move"


def test_every_state_has_its_moves_and_can_be_closed() -> None:
    assert set(MOVES) == set(State)
    assert not MOVES[State.CLOSED]
    assert all(State.CLOSED in MOVES[state] for state in State if state is not State.CLOSED)
    assert WAITING | HELD == COMING
    assert not WAITING & HELD
    assert WAITING | {State.HANDED_OVER} == CALLING
    # Whoever holds a chat may be gone from one moment to the next.
    assert all(State.OPEN in MOVES[state] for state in HELD)


def test_nobody_can_choose_erased() -> None:
    assert Outcome.ERASED not in CHOOSABLE


DEEDS = (
    "alarm", "claim", "claim", "send", "release", "close", "page", "page",
    "offer", "withdraw", "give", "lapse", "seen",
)  # fmt: skip


async def do(
    handoff: Handoff, deed: str, who: Viewer, case: Escalation, chance: random.Random
) -> None:
    """One of `DEEDS`. Raises what the deed raises."""
    claims, transfers = handoff.claims, handoff.transfers
    assert case.conversation_id is not None
    deeds: dict[str, Callable[[], Awaitable[object]]] = {
        "alarm": lambda: handoff.alarm(case.conversation_id or UUID(int=0), chance.choice(LEVELS)),
        "claim": lambda: claims.claim(who, case.id),
        "send": lambda: claims.send(who, case.id, "words"),
        "release": lambda: claims.release(who, case.id),
        "close": lambda: claims.close(who, case.id, Outcome.OTHER),
        "offer": lambda: transfers.offer(who, case.id),
        "withdraw": lambda: transfers.withdraw(who, case.id),
        "give": lambda: transfers.give_all(who, leave=chance.random() < 0.5),
        "lapse": handoff.lapses.take_back,
        "seen": lambda: handoff.presence.seen(who.staff_id),
        "page": lambda: handoff.ladder.page(case.id, case.ladder, chance.randrange(5)),
    }
    if deed != "close" or chance.random() < 0.3:
        await deeds[deed]()


@pytest.mark.parametrize("seed", range(8))
async def test_random_shifts_keep_every_case_legal(
    handoff: Handoff, clock: SetClock, seed: int
) -> None:
    chance = random.Random(seed)
    staff = [await handoff.staff("one"), await handoff.staff("two")]
    conversation_id = await handoff.person()
    await handoff.alarm(conversation_id, chance.choice(LEVELS))
    case = await handoff.case_of(conversation_id)
    refusals: set[str] = set()
    for _ in range(40):
        before = await handoff.case_of(conversation_id)
        clock.move(timedelta(seconds=chance.choice([1, 60, 1000])))
        deed = chance.choice(DEEDS)
        try:
            await do(handoff, deed, chance.choice(staff), before, chance)
        except AmaanError as error:
            refusals.add(error.code)
        after = await handoff.case_of(conversation_id)
        conversation = await handoff.conversation(conversation_id)
        assert (conversation.holder_id is not None) == (after.state in HELD)
        assert conversation.holder_id == after.claimed_by or after.state == State.CLOSED
        assert (after.handed_over_at is not None) == (after.state == State.HANDED_OVER)
        if after.id == before.id:
            path = {State(before.state)} | MOVES[State(before.state)]
            assert State(after.state) in path, deed
            assert LEVELS.index(after.level) >= LEVELS.index(before.level)
            assert TIERS.index(after.tier) >= TIERS.index(before.tier)
        else:
            assert before.state == State.CLOSED
    assert refusals <= {"already_claimed", "not_holder", "closed"}
    assert await handoff.bench.eraser.erase(conversation_id)
    erased = await handoff.case(case.id)
    assert (erased.state, erased.erased_by_person) == (State.CLOSED, True)

"""No illegal move: the table of moves, and random shifts on a real database."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amaan.clock import SetClock
from amaan.errors import AmaanError, ConflictError
from handoff.desk import TIERS
from handoff.states import CHOOSABLE, COMING, HELD, MOVES, WAITING, Outcome, State, move
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


def test_nobody_can_choose_erased() -> None:
    assert Outcome.ERASED not in CHOOSABLE


@pytest.mark.parametrize("seed", range(6))
async def test_random_shifts_keep_every_case_legal(
    handoff: Handoff, clock: SetClock, seed: int
) -> None:
    chance = random.Random(seed)
    staff = [await handoff.staff("one"), await handoff.staff("two")]
    conversation_id = await handoff.person()
    await handoff.alarm(conversation_id, chance.choice(TIERS))
    case = await handoff.case_of(conversation_id)
    refusals: set[str] = set()
    for _ in range(40):
        before = await handoff.case_of(conversation_id)
        clock.move(timedelta(seconds=chance.choice([1, 60, 1000])))
        who = chance.choice(staff)
        deed = chance.choice(["alarm", "claim", "send", "release", "close", "page", "page"])
        try:
            if deed == "alarm":
                await handoff.alarm(conversation_id, chance.choice(TIERS))
            elif deed == "claim":
                await handoff.claims.claim(who, before.id)
            elif deed == "send":
                await handoff.claims.send(who, before.id, "words")
            elif deed == "release":
                await handoff.claims.release(who, before.id)
            elif deed == "close" and chance.random() < 0.3:
                await handoff.claims.close(who, before.id, Outcome.OTHER)
            elif deed == "page":
                await handoff.ladder.page(before.id, before.ladder, chance.randrange(5))
        except AmaanError as error:
            refusals.add(error.code)
        after = await handoff.case_of(conversation_id)
        conversation = await handoff.conversation(conversation_id)
        assert (conversation.holder_id is not None) == (after.state in HELD)
        assert conversation.holder_id == after.claimed_by or after.state == State.CLOSED
        if after.id == before.id:
            path = {State(before.state)} | MOVES[State(before.state)]
            assert State(after.state) in path, deed
            assert TIERS.index(after.level) >= TIERS.index(before.level)
        else:
            assert before.state == State.CLOSED
    assert refusals <= {"already_claimed", "not_holder", "closed"}
    assert await handoff.bench.eraser.erase(conversation_id)
    erased = await handoff.case(case.id)
    assert (erased.state, erased.erased_by_person) == (State.CLOSED, True)

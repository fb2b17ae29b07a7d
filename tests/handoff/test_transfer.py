"""Handing over: she is held until somebody else has her, and told who is there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from amaan.clock import SetClock
from amaan.errors import ConflictError, InputError, NotAllowedError
from amaan.storage.models import Escalation, Staff
from handoff.audit import Tag
from handoff.cases import NotHolderError
from handoff.claims import AlreadyClaimedError
from handoff.notes import HAND_OVER, Notes
from handoff.states import COMING, Outcome, State
from handoff.summary import hand_over_summary
from handoff.viewer import Viewer
from tests.handoff.parts import Handoff, keys


async def held(handoff: Handoff, *, word: bool = True) -> tuple[Escalation, Viewer, Viewer]:
    """A case that `one` holds, and `two`."""
    case = await handoff.rung()
    one, two = await handoff.staff("one"), await handoff.staff("two")
    await handoff.claims.claim(one, case.id)
    if word:
        await handoff.claims.send(one, case.id, "I am here")
    return case, one, two


async def holder(handoff: Handoff, case: Escalation) -> object:
    """Who holds the conversation of a case."""
    assert case.conversation_id is not None
    return (await handoff.conversation(case.conversation_id)).holder_id


async def test_an_offer_keeps_her_held_until_the_other_takes_it(
    handoff: Handoff, clock: SetClock
) -> None:
    case, one, two = await held(handoff)
    clock.move(timedelta(minutes=5))
    await handoff.transfers.offer(one, case.id, to=two.staff_id, note="She waits for her sister.")
    offered = await handoff.case(case.id)
    assert (offered.state, offered.offered_to) == (State.HANDED_OVER, two.staff_id)
    assert (offered.claimed_by, offered.handed_over_at) == (one.staff_id, clock.now())
    assert (offered.ladder, offered.clock_started_at) == (2, clock.now())
    assert await holder(handoff, case) == one.staff_id
    assert State.HANDED_OVER in COMING
    # The giver may still write, and nobody else.
    await handoff.claims.send(one, case.id, "A colleague comes now")
    with pytest.raises(NotHolderError):
        await handoff.claims.send(two, case.id, "too early")
    await handoff.claims.claim(two, case.id)
    taken = await handoff.case(case.id)
    assert (taken.state, taken.claimed_by) == (State.CLAIMED, two.staff_id)
    assert (taken.offered_to, taken.offered_language, taken.handed_over_at) == (None, None, None)
    assert await holder(handoff, case) == two.staff_id
    assert case.conversation_id is not None
    assert keys(await handoff.said(case.conversation_id)) == ["human.joined", "human.changed"]
    assert (await handoff.conversation(case.conversation_id)).seam == 2
    with pytest.raises(NotHolderError):
        await handoff.claims.send(one, case.id, "too late")


async def test_the_note_is_sealed_and_for_the_next_one(handoff: Handoff) -> None:
    case, one, two = await held(handoff)
    await handoff.transfers.offer(one, case.id, to=two.staff_id, note="  She waits. ")
    assert case.conversation_id is not None
    async with handoff.core.database.transaction() as tx:
        key = await handoff.core.vault.open_key(tx, case.conversation_id)
        (note,) = await Notes.of(tx, key, await tx.session.get_one(Escalation, case.id))
    assert (note.kind, note.text, note.by_name) == (HAND_OVER, "She waits.", "one")
    assert "waits" not in str([e.detail for e in await handoff.audit()])


async def test_an_offer_by_language_calls_its_readers(handoff: Handoff) -> None:
    case, one, _ = await held(handoff)
    await handoff.transfers.offer(one, case.id, language="ps")
    offered = await handoff.case(case.id)
    assert (offered.offered_to, offered.offered_language) == (None, "ps")
    # Anew, to whoever reads her own.
    await handoff.transfers.offer(one, case.id)
    again = await handoff.case(case.id)
    assert (again.offered_language, again.ladder) == (again.language, 3)


async def test_the_ladder_runs_while_it_is_handed_over(handoff: Handoff) -> None:
    case, one, _ = await held(handoff)
    await handoff.staff("three", on_call=True)
    await handoff.transfers.offer(one, case.id)
    await handoff.ladder.page(case.id, 2, 0)
    assert handoff.pager.pages
    assert (await handoff.case(case.id)).state == State.HANDED_OVER
    # To the last step: a human is there, so she is not told that nobody came.
    await handoff.ladder.page(case.id, 2, 3)
    assert case.conversation_id is not None
    assert "human.nobody" not in keys(await handoff.said(case.conversation_id))


@pytest.mark.parametrize("word", [True, False])
@pytest.mark.parametrize("how", ["claim", "withdraw"])
async def test_the_giver_takes_it_back(handoff: Handoff, how: str, word: bool) -> None:
    case, one, two = await held(handoff, word=word)
    await handoff.transfers.offer(one, case.id, to=two.staff_id)
    deed = handoff.claims.claim if how == "claim" else handoff.transfers.withdraw
    await deed(one, case.id)
    await deed(one, case.id)
    back = await handoff.case(case.id)
    assert back.state == (State.ENGAGED if word else State.CLAIMED)
    assert (back.claimed_by, back.offered_to) == (one.staff_id, None)
    with pytest.raises(AlreadyClaimedError):
        await handoff.claims.claim(two, case.id)
    await handoff.ladder.page(case.id, back.ladder, 0)
    assert handoff.pager.pages == []
    assert case.conversation_id is not None
    assert keys(await handoff.said(case.conversation_id)) == ["human.joined"]


async def test_a_first_word_while_it_is_offered_counts(handoff: Handoff) -> None:
    case, one, two = await held(handoff, word=False)
    await handoff.transfers.offer(one, case.id, to=two.staff_id)
    await handoff.claims.send(one, case.id, "I am here")
    spoken = await handoff.case(case.id)
    assert (spoken.state, spoken.engaged_at is None) == (State.HANDED_OVER, False)
    await handoff.transfers.withdraw(one, case.id)
    assert (await handoff.case(case.id)).state == State.ENGAGED


async def test_the_giver_leaves_before_anybody_came(handoff: Handoff) -> None:
    case, one, two = await held(handoff)
    await handoff.transfers.offer(one, case.id, to=two.staff_id)
    await handoff.claims.release(one, case.id)
    left = await handoff.case(case.id)
    # The ladder goes on where it is: nobody is called later because she left.
    assert (left.state, left.claimed_by, left.ladder) == (State.OPEN, None, 2)
    assert await holder(handoff, case) is None
    assert case.conversation_id is not None
    assert keys(await handoff.said(case.conversation_id))[-1] == "human.lost"
    await handoff.staff("three", on_call=True)
    await handoff.ladder.page(case.id, 2, 0)
    assert handoff.pager.pages


async def test_a_ladder_that_has_ended_begins_again_when_the_giver_leaves(
    handoff: Handoff,
) -> None:
    case, one, _ = await held(handoff)
    await handoff.transfers.offer(one, case.id)
    await handoff.ladder.page(case.id, 2, 3)
    await handoff.claims.release(one, case.id)
    assert (await handoff.case(case.id)).ladder == 3


async def test_to_whom_it_cannot_be_offered(handoff: Handoff) -> None:
    case, one, two = await held(handoff)
    trainer = await handoff.staff("trainer", role="trainer")
    gone = await handoff.staff("gone")
    async with handoff.core.database.transaction() as tx:
        (await tx.session.get_one(Staff, gone.staff_id)).active = False
    for to in (one.staff_id, trainer.staff_id, gone.staff_id, uuid4()):
        with pytest.raises(InputError) as refused:
            await handoff.transfers.offer(one, case.id, to=to)
        assert refused.value.code == "target"
    for more in ({"language": "xx"}, {"note": "x" * 4001}):
        with pytest.raises(InputError):
            await handoff.transfers.offer(one, case.id, **more)  # type: ignore[arg-type]
    for deed in (handoff.transfers.offer, handoff.transfers.withdraw):
        with pytest.raises(NotHolderError):
            await deed(two, case.id)
        with pytest.raises(NotAllowedError):
            await deed(trainer, case.id)
    await handoff.claims.close(one, case.id, Outcome.OTHER)
    with pytest.raises(ConflictError):
        await handoff.transfers.offer(one, case.id)


async def test_of_many_who_take_it_one_gets_it(handoff: Handoff) -> None:
    case, one, two = await held(handoff)
    others = [two, *[await handoff.staff(f"more{n}") for n in range(3)]]
    await handoff.transfers.offer(one, case.id)
    results = await asyncio.gather(
        *(handoff.claims.claim(viewer, case.id) for viewer in others), return_exceptions=True
    )
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, AlreadyClaimedError) for result in results) == 3
    assert case.conversation_id is not None
    assert keys(await handoff.said(case.conversation_id)) == ["human.joined", "human.changed"]


async def test_the_giver_may_close_what_nobody_took(handoff: Handoff) -> None:
    case, one, two = await held(handoff)
    await handoff.transfers.offer(one, case.id, to=two.staff_id)
    with pytest.raises(NotHolderError):
        await handoff.claims.close(two, case.id, Outcome.SAFE_NOW)
    with pytest.raises(InputError):
        await handoff.claims.close(one, case.id, Outcome.SAFE_NOW, gender="other")
    await handoff.claims.close(one, case.id, Outcome.SAFE_NOW)
    closed = await handoff.case(case.id)
    assert (closed.state, closed.offered_to, closed.handed_over_at) == (State.CLOSED, None, None)
    await handoff.ladder.page(case.id, 2, 0)
    assert handoff.pager.pages == []


@pytest.mark.parametrize("leave", [False, True])
async def test_a_pause_gives_every_chat(handoff: Handoff, leave: bool) -> None:
    one = await handoff.staff("one")
    numbers = [f"+92300000000{n}" for n in range(1, 4)]
    cases = [await handoff.rung(number=number) for number in numbers]
    for case in cases:
        await handoff.claims.claim(one, case.id)
    await handoff.claims.send(one, cases[0].id, "I am here")
    await handoff.claims.close(one, cases[2].id, Outcome.OTHER)
    assert await handoff.transfers.give_all(one, leave=leave) == 2
    for case in cases[:2]:
        given = await handoff.case(case.id)
        assert given.state == (State.OPEN if leave else State.HANDED_OVER)
        assert given.claimed_by == (None if leave else one.staff_id)
        assert given.ladder == 2
        assert Tag.ESCALATION_HANDED_OVER in await handoff.tags(case.id)
        assert case.conversation_id is not None
        said = keys(await handoff.said(case.conversation_id))
        assert ("human.lost" in said) is leave
    assert await handoff.transfers.give_all(one, leave=leave) == (0 if leave else 2)
    assert (await handoff.case(cases[0].id)).ladder == 2


async def test_the_summary_says_what_passed(handoff: Handoff, clock: SetClock) -> None:
    case, one, two = await held(handoff)
    await handoff.tiers.set_tier(one, case.id, "high", ["T10"])
    await handoff.notes.write(one, case.id, "Lives with her aunt.")
    await handoff.listening.begin(two, case.id)
    clock.move(timedelta(seconds=5))
    await handoff.transfers.offer(one, case.id, to=two.staff_id, note="Please go on.")
    await handoff.claims.claim(two, case.id)
    found = await hand_over_summary(handoff.core, two, case.id)
    assert (found.state, found.tier, found.tier_by_name) == (State.CLAIMED, "high", "one")
    assert (found.rules, found.held_by_name, found.holders) == (("T10",), "two", ("one", "two"))
    assert [note.text for note in found.notes] == ["Lives with her aunt.", "Please go on."]
    assert [listener.name for listener in found.listeners] == ["two"]
    assert [(step.tag, step.by_name) for step in found.passed] == [
        (Tag.ESCALATION_OPENED, None),
        (Tag.ESCALATION_CLAIMED, "one"),
        (Tag.ESCALATION_ENGAGED, "one"),
        (Tag.TIER_SET, "one"),
        (Tag.ESCALATION_HANDED_OVER, "one"),
        (Tag.ESCALATION_CLAIMED, "two"),
    ]
    await handoff.claims.close(two, case.id, Outcome.OTHER)
    with pytest.raises(NotAllowedError):
        await hand_over_summary(handoff.core, two, case.id)
    lead = await handoff.staff("lead", role="lead")
    assert (await hand_over_summary(handoff.core, lead, case.id)).listeners == ()

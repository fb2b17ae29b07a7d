"""The seam between the assistant and a human: one holder, and no stray reply."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from amaan.clock import SetClock
from amaan.conversation.store import Content, append_message, lock_conversation
from amaan.core import Core
from amaan.errors import ConflictError, ErasedError, InputError, NotAllowedError, NotFoundError
from amaan.ports import Inbound, Option
from handoff.claims import AlreadyClaimedError, NotHolderError, StoppedError
from handoff.states import Outcome, State
from tests.fakes import FakeScreener, parse
from tests.handoff.parts import Handoff, SlowDialogue, keys


async def test_of_many_claims_at_once_one_wins(handoff: Handoff) -> None:
    case = await handoff.rung()
    viewers = [await handoff.staff(f"staff{n}") for n in range(4)]
    results = await asyncio.gather(
        *(handoff.claims.claim(viewer, case.id) for viewer in viewers), return_exceptions=True
    )
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, AlreadyClaimedError) for result in results) == 3
    claimed = await handoff.case(case.id)
    assert claimed.claimed_by == viewers[results.index(None)].staff_id
    assert case.conversation_id is not None
    conversation = await handoff.conversation(case.conversation_id)
    assert (conversation.holder_id, conversation.seam) == (claimed.claimed_by, 1)
    assert keys(await handoff.said(case.conversation_id)) == ["human.joined"]
    assert (await handoff.tags(case.id)).count("escalation:claimed") == 1


async def test_claiming_ones_own_case_again_is_harmless(handoff: Handoff) -> None:
    case = await handoff.rung()
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    await handoff.claims.claim(viewer, case.id)
    assert case.conversation_id is not None
    assert keys(await handoff.said(case.conversation_id)) == ["human.joined"]


async def test_claim_talk_release_close(handoff: Handoff, clock: SetClock) -> None:
    case = await handoff.rung()
    viewer = await handoff.staff("one")
    assert case.conversation_id is not None
    await handoff.claims.claim(viewer, case.id)
    clock.move(timedelta(seconds=20))
    await handoff.claims.send(viewer, case.id, "  I am with you.\r\nAre you safe?  ")
    engaged = await handoff.case(case.id)
    assert (engaged.state, engaged.engaged_at) == (State.ENGAGED, clock.now())
    await handoff.claims.release(viewer, case.id)
    released = await handoff.case(case.id)
    assert (released.state, released.claimed_by, released.ladder) == (State.RELEASED, None, 1)
    await handoff.claims.close(viewer, case.id, Outcome.SAFE_NOW)
    closed = await handoff.case(case.id)
    assert (closed.state, closed.outcome, closed.closed_at) == ("closed", "safe_now", clock.now())
    said = await handoff.said(case.conversation_id)
    assert [author for author, _, _ in said] == ["person", "system", "supervisor", "system"]
    assert said[2][2] == "I am with you.\nAre you safe?"
    assert keys(said) == ["human.joined", "human.released"]
    assert len(handoff.courier.scheduled) == 3
    conversation = await handoff.conversation(case.conversation_id)
    assert (conversation.holder_id, conversation.seam) == (None, 2)
    assert await handoff.tags(case.id) == [
        "escalation:opened", "escalation:claimed", "message:sent_by_supervisor",
        "escalation:engaged", "escalation:released", "escalation:closed",
    ]  # fmt: skip


async def test_closing_what_one_holds_tells_her(handoff: Handoff) -> None:
    case = await handoff.rung()
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    await handoff.claims.close(viewer, case.id, Outcome.REFERRED)
    assert case.conversation_id is not None
    assert keys(await handoff.said(case.conversation_id)) == ["human.joined", "human.closed"]
    assert (await handoff.conversation(case.conversation_id)).holder_id is None


async def test_giving_back_without_a_word_calls_again(handoff: Handoff, clock: SetClock) -> None:
    await handoff.staff("other")
    case = await handoff.rung("elevated")
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    clock.move(timedelta(seconds=50))
    await handoff.claims.release(viewer, case.id)
    waiting = await handoff.case(case.id)
    assert (waiting.state, waiting.ladder, waiting.step_done) == (State.OPEN, 2, -1)
    assert waiting.clock_started_at == clock.now()
    await handoff.ladder.page(case.id, 1, 0)
    assert handoff.pager.pages == []
    await handoff.ladder.page(case.id, 2, 0)
    assert len(handoff.pager.pages) == 1


async def test_the_same_form_twice_is_sent_once(handoff: Handoff) -> None:
    case = await handoff.rung()
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    form = uuid4()
    sent = await asyncio.gather(
        *(handoff.claims.send(viewer, case.id, "once", message_id=form) for _ in range(3))
    )
    assert set(sent) == {form}
    assert case.conversation_id is not None
    said = await handoff.said(case.conversation_id)
    assert [text for author, _, text in said if author == "supervisor"] == ["once"]
    other = await handoff.person(number="+923000000002")
    await handoff.alarm(other)
    elsewhere = await handoff.case_of(other)
    await handoff.claims.claim(viewer, elsewhere.id)
    with pytest.raises(InputError):
        await handoff.claims.send(viewer, elsewhere.id, "once", message_id=form)


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200f", "\x00", "x" * 2001])
async def test_unusable_words_are_refused(handoff: Handoff, text: str) -> None:
    case = await handoff.rung()
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    with pytest.raises(InputError) as refused:
        await handoff.claims.send(viewer, case.id, text)
    assert refused.value.code in {"empty", "too_long"}


async def test_only_the_holder_may_write_release_and_close(handoff: Handoff) -> None:
    case = await handoff.rung()
    one, two = await handoff.staff("one"), await handoff.staff("two")
    for viewer in (one, two):
        with pytest.raises(NotHolderError):
            await handoff.claims.close(viewer, case.id, Outcome.OTHER)
    await handoff.claims.claim(one, case.id)
    with pytest.raises(NotHolderError):
        await handoff.claims.send(two, case.id, "words")
    with pytest.raises(NotHolderError):
        await handoff.claims.release(two, case.id)
    with pytest.raises(NotHolderError):
        await handoff.claims.close(two, case.id, Outcome.OTHER)


async def test_who_lacks_the_right_can_do_nothing(handoff: Handoff) -> None:
    case = await handoff.rung()
    for role in ("trainer", "administrator"):
        with pytest.raises(NotAllowedError):
            await handoff.claims.claim(await handoff.staff(role, role=role), case.id)


async def test_what_is_not_there(handoff: Handoff) -> None:
    viewer = await handoff.staff("one")
    with pytest.raises(NotFoundError):
        await handoff.claims.claim(viewer, uuid4())
    case = await handoff.rung()
    await handoff.claims.claim(viewer, case.id)
    with pytest.raises(InputError):
        await handoff.claims.close(viewer, case.id, Outcome.ERASED)
    await handoff.claims.close(viewer, case.id, Outcome.OTHER)
    with pytest.raises(ConflictError) as refused:
        await handoff.claims.send(viewer, case.id, "late")
    assert refused.value.code == "closed"


async def test_an_erase_ends_the_live_conversation(handoff: Handoff) -> None:
    case = await handoff.rung()
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    assert case.conversation_id is not None
    results = await asyncio.gather(
        handoff.bench.eraser.erase(case.conversation_id),
        *(handoff.claims.send(viewer, case.id, f"words {n}") for n in range(4)),
        return_exceptions=True,
    )
    assert results[0] is True
    assert all(not isinstance(r, Exception) or isinstance(r, ErasedError) for r in results[1:])
    with pytest.raises(ErasedError):
        await handoff.claims.send(viewer, case.id, "late")
    assert (await handoff.case(case.id)).outcome == "erased"


async def test_who_asked_for_silence_is_left_in_silence(handoff: Handoff) -> None:
    case = await handoff.rung()
    viewer = await handoff.staff("one")
    assert case.conversation_id is not None
    async with handoff.core.database.transaction() as tx:
        conversation = await lock_conversation(tx, case.conversation_id)
        assert conversation is not None
        conversation.stopped = True
    await handoff.claims.claim(viewer, case.id)
    with pytest.raises(StoppedError):
        await handoff.claims.send(viewer, case.id, "words")
    assert handoff.courier.scheduled == []


async def test_no_bot_reply_appears_after_a_claim(core: Core) -> None:
    dialogue = SlowDialogue()
    handoff = Handoff(core, dialogue=dialogue)
    accepted = await handoff.bench.acceptor.accept(
        Inbound("sms", "+923000000001", "I need somebody", "SM1")
    )
    assert accepted.conversation_id is not None
    assert accepted.message_id is not None
    await handoff.alarm(accepted.conversation_id)
    case = await handoff.case_of(accepted.conversation_id)
    composing = asyncio.create_task(handoff.bench.processor.process(accepted.message_id))
    await dialogue.asked.wait()
    await handoff.claims.claim(await handoff.staff("one"), case.id)
    dialogue.finish.set()
    await composing
    said = await handoff.said(accepted.conversation_id)
    assert [author for author, _, _ in said] == ["person", "system"]


async def test_no_bot_reply_appears_after_claim_and_release(core: Core) -> None:
    dialogue = SlowDialogue()
    handoff = Handoff(core, dialogue=dialogue)
    accepted = await handoff.bench.acceptor.accept(
        Inbound("sms", "+923000000001", "I need somebody", "SM1")
    )
    assert accepted.conversation_id is not None
    assert accepted.message_id is not None
    await handoff.alarm(accepted.conversation_id)
    case = await handoff.case_of(accepted.conversation_id)
    composing = asyncio.create_task(handoff.bench.processor.process(accepted.message_id))
    await dialogue.asked.wait()
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    await handoff.claims.release(viewer, case.id)
    dialogue.finish.set()
    await composing
    assert "bot" not in [author for author, _, _ in await handoff.said(accepted.conversation_id)]


async def test_her_words_are_screened_while_a_human_holds(core: Core) -> None:
    screener = FakeScreener(lambda _t: parse("suicide_risk", level="critical", kind="suicide"))
    handoff = Handoff(core, screener=screener)
    case = await handoff.rung("requested")
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    accepted = await handoff.bench.acceptor.accept(
        Inbound("sms", "+923000000001", "I cannot go on", "SM2")
    )
    assert accepted.message_id is not None
    await handoff.bench.processor.process(accepted.message_id)
    risen = await handoff.case(case.id)
    assert (risen.level, risen.state) == ("critical", State.CLAIMED)
    assert case.conversation_id is not None
    assert "bot" not in [author for author, _, _ in await handoff.said(case.conversation_id)]


async def test_a_number_told_to_a_human_chooses_nothing_from_an_old_menu(
    handoff: Handoff,
) -> None:
    case = await handoff.rung()
    assert case.conversation_id is not None
    async with handoff.core.database.transaction() as tx:
        conversation = await lock_conversation(tx, case.conversation_id)
        assert conversation is not None
        key = await handoff.core.vault.open_key(tx, conversation.id)
        menu = (Option("Erase", "erase_conversation", "confirmed"),)
        content = Content("choose", menu=menu)
        now = handoff.core.clock.now()
        await append_message(tx, key, conversation, "bot", content, now)
    await handoff.claims.claim(await handoff.staff("one"), case.id)
    accepted = await handoff.bench.acceptor.accept(Inbound("sms", "+923000000001", "1", "SM2"))
    assert accepted.message_id is not None
    await handoff.bench.processor.process(accepted.message_id)
    assert (await handoff.said(case.conversation_id))[-1][2] == "1"

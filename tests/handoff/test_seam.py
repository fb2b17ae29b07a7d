"""The seam raced: assistant, holders and her, all at once, with the real processor."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from amaan.clock import SetClock
from amaan.core import Core
from amaan.ports import Inbound
from amaan.settings import Settings
from amaan.storage.models import Escalation
from handoff.cases import NotHolderError
from handoff.states import HELD, State
from handoff.viewer import Viewer
from telephony.courier import SEND_TASK, PostCourier
from telephony.twilio.outbound import TwilioSender
from tests.fakes import FakeScreener, parse
from tests.handoff.parts import Handoff, SlowDialogue, keys

LAPSED = timedelta(minutes=3, seconds=1)
NUMBER = "+923000000001"


async def writes(handoff: Handoff, text: str, provider_id: str) -> UUID:
    """She writes; the id of her message, which nobody has processed yet."""
    accepted = await handoff.bench.acceptor.accept(Inbound("sms", NUMBER, text, provider_id))
    assert accepted.message_id is not None
    return accepted.message_id


async def authors(handoff: Handoff, case: Escalation) -> list[str]:
    """Who wrote what, in order: authors, and keys of what the house said."""
    assert case.conversation_id is not None
    return [key or author for author, key, _ in await handoff.said(case.conversation_id)]


async def is_whole(handoff: Handoff, case: Escalation) -> None:
    """Case and conversation agree on who holds the chat."""
    assert case.conversation_id is not None
    now, conversation = (
        await handoff.case(case.id),
        await handoff.conversation(case.conversation_id),
    )
    assert conversation.holder_id == now.claimed_by
    assert (now.claimed_by is not None) == (State(now.state) in HELD)


async def two(handoff: Handoff) -> tuple[Viewer, Viewer]:
    """Two supervisors."""
    return await handoff.staff("one"), await handoff.staff("two")


async def test_a_human_answers_while_the_assistant_composes(core: Core) -> None:
    dialogue = SlowDialogue()
    handoff = Handoff(core, dialogue=dialogue)
    case = await handoff.rung()
    message = await writes(handoff, "what now", "SM2")
    composing = asyncio.create_task(handoff.bench.processor.process(message))
    await dialogue.asked.wait()
    one, _ = await two(handoff)
    await handoff.claims.claim(one, case.id)
    await handoff.claims.send(one, case.id, "I am here")
    dialogue.finish.set()
    await composing
    assert await authors(handoff, case) == ["person", "person", "human.joined", "supervisor"]
    await handoff.bench.processor.process(message)
    assert "bot" not in await authors(handoff, case)


async def test_a_holder_who_lapsed_meanwhile_does_not_let_an_old_reply_out(
    core: Core, clock: SetClock
) -> None:
    dialogue = SlowDialogue()
    handoff = Handoff(core, dialogue=dialogue)
    case = await handoff.rung()
    message = await writes(handoff, "what now", "SM2")
    composing = asyncio.create_task(handoff.bench.processor.process(message))
    await dialogue.asked.wait()
    one, _ = await two(handoff)
    await handoff.claims.claim(one, case.id)
    clock.move(LAPSED)
    assert await handoff.lapses.take_back() == 1
    dialogue.finish.set()
    await composing
    assert await authors(handoff, case) == ["person", "person", "human.joined", "human.lost"]
    # From now on the assistant answers again.
    later = await writes(handoff, "are you there", "SM3")
    await handoff.bench.processor.process(later)
    assert (await authors(handoff, case))[-1] == "greet"


async def test_a_message_that_is_processed_late_finds_the_human(handoff: Handoff) -> None:
    case = await handoff.rung()
    early = await writes(handoff, "before the human", "SM2")
    one, _ = await two(handoff)
    await handoff.claims.claim(one, case.id)
    await handoff.claims.send(one, case.id, "I am here")
    for _ in range(2):
        await handoff.bench.processor.process(early)
    assert "bot" not in await authors(handoff, case)
    assert handoff.bench.dialogue.turns == []  # type: ignore[attr-defined]


async def test_what_goes_out_late_goes_out_in_order(core: Core, settings: Settings) -> None:
    # A reply stored before the claim is delivered after it, and still before the word that
    # a human is there: one lock a conversation, jobs in order of the commits.
    handoff = Handoff(core)
    courier = PostCourier(TwilioSender(settings))
    handoff.bench = type(handoff.bench)(core, desk=handoff.desk, courier=courier)
    handoff.claims = type(handoff.claims)(core, handoff.desk, courier)
    case = await handoff.rung()
    await handoff.bench.processor.process(await writes(handoff, "hello", "SM2"))
    one, _ = await two(handoff)
    await handoff.claims.claim(one, case.id)
    await handoff.claims.send(one, case.id, "I am here")
    jobs = [args["message_id"] for _, args in await handoff.timers(SEND_TASK)]
    assert case.conversation_id is not None
    assert [await author_of(handoff, job) for job in jobs] == ["bot", "system", "supervisor"]


async def author_of(handoff: Handoff, message_id: str) -> str:
    """Who wrote a message."""
    from amaan.storage.models import Message

    async with handoff.core.database.transaction() as tx:
        return (await tx.session.get_one(Message, UUID(message_id))).author


@pytest.mark.parametrize("turn", range(4))
async def test_the_other_takes_it_while_the_giver_writes(handoff: Handoff, turn: int) -> None:
    case = await handoff.rung()
    one, other = await two(handoff)
    await handoff.claims.claim(one, case.id)
    await handoff.transfers.offer(one, case.id, to=other.staff_id)
    deeds = [
        handoff.claims.claim(other, case.id),
        handoff.claims.send(one, case.id, "one more word"),
    ]
    order = deeds if turn % 2 else deeds[::-1]
    results = await asyncio.gather(*order, return_exceptions=True)
    failed = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(error, NotHolderError) for error in failed)
    seen = await authors(handoff, case)
    # Her word came before the change, or it was refused; never after it.
    assert seen in (
        ["person", "human.joined", "supervisor", "human.changed"],
        ["person", "human.joined", "human.changed"],
    )
    assert ("supervisor" in seen) == (not failed)
    assert (await handoff.case(case.id)).claimed_by == other.staff_id
    await is_whole(handoff, case)


@pytest.mark.parametrize("turn", range(4))
async def test_the_giver_takes_it_back_while_the_other_takes_it(
    handoff: Handoff, turn: int
) -> None:
    case = await handoff.rung()
    one, other = await two(handoff)
    await handoff.claims.claim(one, case.id)
    await handoff.transfers.offer(one, case.id, to=other.staff_id)
    deeds = [handoff.claims.claim(other, case.id), handoff.transfers.withdraw(one, case.id)]
    results = await asyncio.gather(*(deeds if turn % 2 else deeds[::-1]), return_exceptions=True)
    assert sum(isinstance(result, BaseException) for result in results) == 1
    await is_whole(handoff, case)
    assert (await handoff.case(case.id)).state == State.CLAIMED


@pytest.mark.parametrize("turn", range(4))
async def test_a_claim_lapses_while_the_holder_writes(
    handoff: Handoff, clock: SetClock, turn: int
) -> None:
    case = await handoff.rung()
    one, _ = await two(handoff)
    await handoff.claims.claim(one, case.id)
    clock.move(LAPSED)
    deeds = [handoff.lapses.take_back(), handoff.claims.send(one, case.id, "I am here")]
    results = await asyncio.gather(*(deeds if turn % 2 else deeds[::-1]), return_exceptions=True)
    seen = await authors(handoff, case)
    if "supervisor" in seen:
        assert seen == ["person", "human.joined", "supervisor"]
        assert (await handoff.case(case.id)).state == State.ENGAGED
    else:
        assert seen == ["person", "human.joined", "human.lost"]
        assert any(isinstance(result, NotHolderError) for result in results)
    await is_whole(handoff, case)


async def test_a_claim_lapses_while_another_takes_it(handoff: Handoff, clock: SetClock) -> None:
    case = await handoff.rung()
    one, other = await two(handoff)
    await handoff.claims.claim(one, case.id)
    await handoff.transfers.offer(one, case.id)
    clock.move(LAPSED)
    await handoff.presence.seen(other.staff_id)
    await asyncio.gather(handoff.lapses.take_back(), handoff.claims.claim(other, case.id))
    assert (await handoff.case(case.id)).claimed_by == other.staff_id
    await is_whole(handoff, case)
    assert keys(await handoff.said(case.conversation_id or UUID(int=0)))[-1] in (
        "human.changed",
        "human.joined",
    )


@pytest.mark.parametrize("state", [State.CLAIMED, State.ENGAGED, State.HANDED_OVER])
async def test_her_words_raise_the_tier_while_a_human_holds(core: Core, state: State) -> None:
    risky = parse("imminent_harm", level="critical", kind="harm")
    handoff = Handoff(core, screener=FakeScreener(lambda _t: risky))
    case = await handoff.rung("requested")
    assert case.tier == "standard"
    one, _ = await two(handoff)
    await handoff.claims.claim(one, case.id)
    if state != State.CLAIMED:
        await handoff.claims.send(one, case.id, "I am here")
    if state == State.HANDED_OVER:
        await handoff.transfers.offer(one, case.id)
    before = (await handoff.case(case.id)).ladder
    await handoff.bench.processor.process(await writes(handoff, "he is at the door", "SM2"))
    risen = await handoff.case(case.id)
    assert (risen.state, risen.level, risen.tier, risen.ladder) == (
        state, "critical", "critical", before,
    )  # fmt: skip
    assert "bot" not in await authors(handoff, case)


async def test_she_erases_while_it_is_handed_over(handoff: Handoff) -> None:
    case = await handoff.rung()
    one, other = await two(handoff)
    await handoff.claims.claim(one, case.id)
    await handoff.transfers.offer(one, case.id, to=other.staff_id, note="a note")
    assert case.conversation_id is not None
    results = await asyncio.gather(
        handoff.bench.eraser.erase(case.conversation_id),
        handoff.claims.claim(other, case.id),
        handoff.lapses.take_back(),
        return_exceptions=True,
    )
    assert results[0] is True
    gone = await handoff.case(case.id)
    assert (gone.state, gone.offered_to, gone.conversation_id) == (State.CLOSED, None, None)
    await handoff.ladder.page(case.id, gone.ladder, 0)
    assert handoff.pager.pages == []

"""Answers to pages by text: taken once, passed on, never a survivor's message lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from amaan.clock import SetClock
from amaan.core import Core
from amaan.errors import OutsideServiceError, UnknownOutcomeError
from amaan.ports import Inbound
from amaan.storage.models import InboundClaim, Staff
from handoff.answers import AWAY_BY_TEXT, Answer, PageAnswers, Verb, read_answer
from handoff.pager import reference
from handoff.replies import Said, say_back
from handoff.states import State
from handoff.viewer import Viewer
from tests.conftest import START
from tests.handoff.parts import Handoff
from tests.handoff.test_pager import FakeSender

NUMBER = "+923000000009"
OTHER = "+923000000008"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("1", Answer(Verb.TAKE)),
        (" Yes! ", Answer(Verb.TAKE)),
        ("OK.", Answer(Verb.TAKE)),
        ("ji", Answer(Verb.TAKE)),
        ("Haan", Answer(Verb.TAKE)),
        ("جی", Answer(Verb.TAKE)),
        ("۱", Answer(Verb.TAKE)),
        ("0", Answer(Verb.DECLINE)),
        ("No", Answer(Verb.DECLINE)),
        ("نہیں", Answer(Verb.DECLINE)),
        ("AWAY", Answer(Verb.AWAY)),
        ("back", Answer(Verb.BACK)),
        ("ab12", Answer(None, "AB12")),
        ("Ref AB12", Answer(None, "AB12")),
        ("1 ab12", Answer(Verb.TAKE, "AB12")),
        ("no, Ref 0042", Answer(Verb.DECLINE, "0042")),
        ("yes no", None),
        ("ab12 cd34", None),
        ("yes he hit me", None),
        ("ok and then he came", None),
        ("help", None),
        ("10", None),
        ("ref", None),
        ("", None),
        ("…", None),
        ("👍", None),
    ],
)
def test_what_is_an_answer(said: str, answer: Answer | None) -> None:
    assert read_answer(said) == answer


class Office:
    """The handoff with somebody who is paged by SMS."""

    def __init__(self, handoff: Handoff, viewer: Viewer) -> None:
        self.handoff, self.viewer = handoff, viewer
        self.answers = PageAnswers(handoff.core, handoff.claims)

    async def text(
        self, said: str, *, number: str = NUMBER, sid: str | None = None, door: Any = "sms"
    ) -> bool:
        """She sends a text."""
        return await self.answers.take(door, number, said, sid or f"SM{uuid4().hex}")

    async def paged(self, level: str = "critical") -> UUID:
        """A case whose first step was carried out."""
        conversation_id = await self.handoff.person(number=f"+92300{uuid4().int % 10**7:07}")
        await self.handoff.alarm(conversation_id, level)
        case = await self.handoff.case_of(conversation_id)
        await self.handoff.ladder.page(case.id, case.ladder, 0)
        return case.id

    async def said(self) -> list[dict[str, Any]]:
        """Arguments of every reply that waits to be sent."""
        return await jobs(self.handoff.core, "answers:say")

    async def me(self) -> Staff:
        """Her row."""
        async with self.handoff.core.database.transaction() as tx:
            return await tx.session.get_one(Staff, self.viewer.staff_id)


async def jobs(core: Core, task: str) -> list[dict[str, Any]]:
    """Arguments of every job of a task, in order."""
    async with core.database.transaction() as tx:
        rows = await tx.session.execute(
            text("SELECT args FROM procrastinate_jobs WHERE task_name = :task ORDER BY id"),
            {"task": task},
        )
        return [args for (args,) in rows]


@pytest.fixture
async def office(handoff: Handoff) -> Office:
    """One supervisor who is paged by SMS, first in order, and a second."""
    viewer = await handoff.staff("first", means="sms", number=NUMBER, on_call_order=1)
    await handoff.staff("second", means="whatsapp", number=OTHER, on_call_order=2)
    return Office(handoff, viewer)


async def test_one_takes_the_case(office: Office) -> None:
    case_id = await office.paged()
    assert await office.text("1")
    case = await office.handoff.case(case_id)
    assert (case.state, case.claimed_by) == (State.CLAIMED, office.viewer.staff_id)
    (said,) = await office.said()
    assert (said["said"], said["door"], said["escalation_id"]) == ("taken", "sms", str(case_id))
    assert set(said) == {"staff_id", "door", "said", "escalation_id", "asked_at"}
    # No conversation of hers was made.
    assert case.conversation_id is not None
    conversation = await office.handoff.conversation(case.conversation_id)
    assert conversation.holder_id == office.viewer.staff_id


async def test_a_repeated_delivery_is_dealt_with_once(office: Office) -> None:
    await office.paged()
    assert await office.text("1", sid="SMone")
    assert await office.text("1", sid="SMone")
    assert len(await office.said()) == 1
    async with office.handoff.core.database.transaction() as tx:
        # Hers, and the one of the survivor's message.
        assert await tx.session.scalar(select(func.count()).select_from(InboundClaim)) == 2


async def test_deliveries_at_once_are_dealt_with_once(office: Office) -> None:
    case_id = await office.paged()
    assert await asyncio.gather(*(office.text("1", sid="SMone") for _ in range(4))) == [True] * 4
    assert len(await office.said()) == 1
    assert (await office.handoff.tags(case_id)).count("escalation:claimed") == 1


async def test_a_process_that_died_after_the_claim_is_asked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = await office.paged()

    async def dies(*_: Any) -> None:
        raise OutsideServiceError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(office.answers, "_say_later", dies)
        with pytest.raises(OutsideServiceError):
            await office.text("1", sid="SMone")
    assert (await office.handoff.case(case_id)).state == State.CLAIMED
    assert await office.text("1", sid="SMone")
    assert [said["said"] for said in await office.said()] == ["taken"]


async def test_two_who_answer_at_once(office: Office) -> None:
    case_id = await office.paged()
    case = await office.handoff.case(case_id)
    await office.handoff.ladder.page(case_id, case.ladder, 1)
    await asyncio.gather(office.text("yes"), office.text("haan", number=OTHER, door="whatsapp"))
    assert sorted(said["said"] for said in await office.said()) == ["already", "taken"]


async def test_who_is_later_than_a_colleague_hears_so(office: Office) -> None:
    case_id = await office.paged()
    other = await office.handoff.staff("desk", on_call=False)
    await office.handoff.claims.claim(other, case_id)
    assert await office.text("1")
    assert [said["said"] for said in await office.said()] == ["already"]
    # A page of yesterday is answered by nobody any more.
    office.handoff.core.clock.move(timedelta(hours=2))  # type: ignore[attr-defined]
    assert not await office.text("1")


async def test_saying_it_twice_is_harmless(office: Office) -> None:
    await office.paged()
    assert await office.text("1")
    assert await office.text("1")
    assert [said["said"] for said in await office.said()] == ["taken", "taken"]


async def test_the_reference_chooses_among_cases(office: Office, clock: SetClock) -> None:
    first = await office.paged()
    clock.move(timedelta(seconds=5))
    second = await office.paged()
    # Whoever has an unanswered call is not called first for the next case.
    await office.handoff.ladder.page(second, 1, 1)
    assert await office.text(f"ref {reference(first)}")
    assert (await office.handoff.case(first)).state == State.CLAIMED
    assert (await office.handoff.case(second)).state == State.PAGED
    assert await office.text("1")
    assert (await office.handoff.case(second)).state == State.CLAIMED


async def test_a_word_that_only_looks_like_a_reference_is_hers(office: Office) -> None:
    case_id = await office.paged()
    word = "dead" if reference(case_id) != "DEAD" else "face"
    assert not await office.text(word)
    assert (await office.handoff.case(case_id)).state == State.PAGED


@pytest.mark.parametrize("said", ["1", "yes", "no", "away", "back"])
async def test_without_an_open_page_it_is_an_ordinary_message(office: Office, said: str) -> None:
    assert not await office.text(said, sid="SMone")
    # Her id is free for the conversation.
    inbound = Inbound("sms", NUMBER, said, "SMone")
    assert not (await office.handoff.bench.acceptor.accept(inbound)).duplicate
    assert await office.said() == []


async def test_everything_else_is_an_ordinary_message(office: Office) -> None:
    await office.paged()
    assert not await office.text("he hit me, help")
    assert not await office.text("1", number="+923000000007")
    assert (await office.me()).away_until is None


async def test_who_may_not_claim_does_not(office: Office) -> None:
    case_id = await office.paged()
    async with office.handoff.core.database.transaction() as tx:
        (await tx.session.get_one(Staff, office.viewer.staff_id)).password_hash = None
    assert await office.text("1")
    assert [said["said"] for said in await office.said()] == ["refused"]
    assert (await office.handoff.case(case_id)).state == State.PAGED


async def test_somebody_inactive_is_nobody(office: Office) -> None:
    await office.paged()
    await office.handoff.accounts.deactivate(office.viewer.staff_id)
    assert not await office.text("1")


async def test_no_calls_the_next_people_at_once(office: Office) -> None:
    case_id = await office.paged()
    assert await office.text("0")
    early = [job for job in await jobs(office.handoff.core, "handoff:page") if job.get("early")]
    assert [(job["step"], job["ladder"]) for job in early] == [(1, 1)]
    await office.handoff.ladder.page(case_id, 1, 1, early=True)
    assert office.handoff.pager.names == ["first", "second"]
    assert "page:declined" in await office.handoff.tags(case_id)
    # Others were called since: a second "no" of hers calls nobody.
    assert await office.text("no")
    early = [job for job in await jobs(office.handoff.core, "handoff:page") if job.get("early")]
    assert len(early) == 1


async def test_no_at_the_last_step_calls_nobody_again(office: Office) -> None:
    case_id = await office.paged()
    for step in (1, 2, 3):
        await office.handoff.ladder.page(case_id, 1, step)
    assert await office.text("no")
    assert [
        job for job in await jobs(office.handoff.core, "handoff:page") if job.get("early")
    ] == []


async def test_a_step_taken_early_does_not_tell_her_that_nobody_came(office: Office) -> None:
    case_id = await office.paged()
    for step in (1, 2):
        await office.handoff.ladder.page(case_id, 1, step)
    await office.handoff.ladder.page(case_id, 1, 3, early=True)
    assert "escalation:person_told_nobody_came" not in await office.handoff.tags(case_id)
    await office.handoff.ladder.page(case_id, 1, 3)
    assert "escalation:person_told_nobody_came" in await office.handoff.tags(case_id)


async def test_away_and_back(office: Office, clock: SetClock) -> None:
    await office.paged()
    assert await office.text("away")
    assert (await office.me()).away_until == START + AWAY_BY_TEXT
    early = [job for job in await jobs(office.handoff.core, "handoff:page") if job.get("early")]
    assert len(early) == 1
    clock.move(timedelta(hours=3))
    assert await office.text("back")
    assert (await office.me()).away_until is None
    assert [said["said"] for said in await office.said()] == ["away", "back"]
    tags = await office.handoff.tags(office.viewer.staff_id)
    assert tags[-2:] == ["staff:away", "staff:back"]


# What is said back


@pytest.mark.parametrize("said", list(Said))
async def test_what_is_said_goes_once_to_the_true_number(
    core: Core, office: Office, said: Said
) -> None:
    sender, case_id = FakeSender(core), UUID(int=2**127)
    if said is Said.AWAY:
        async with core.database.transaction() as tx:
            person = await tx.session.get_one(Staff, office.viewer.staff_id)
            person.away_until = START + timedelta(hours=1)
    for _ in range(2):
        await say_back(core, sender, office.viewer.staff_id, "sms", said, case_id, START)
    ((door, number, words, _),) = sender.sent
    assert (door, number) == ("sms", NUMBER)
    assert len(words) <= 160
    assert words.isascii()
    assert words.startswith("Amaan: ")
    if said is Said.AWAY:
        assert "02:00" in words


class FailingSender(FakeSender):
    """Cannot send."""

    error: OutsideServiceError

    async def send(self, door: Any, address: str, text: str) -> str:
        """See `PageSender.send`."""
        raise self.error


async def test_what_cannot_be_said_is_tried_again_only_when_it_surely_failed(
    core: Core, office: Office
) -> None:
    sender = FailingSender(core)
    sender.error = OutsideServiceError()
    with pytest.raises(OutsideServiceError):
        await say_back(core, sender, office.viewer.staff_id, "sms", Said.TAKEN, None, START)
    sender.error = UnknownOutcomeError()
    await say_back(core, sender, office.viewer.staff_id, "sms", Said.TAKEN, None, START)
    await say_back(core, sender, uuid4(), "sms", Said.TAKEN, None, START)

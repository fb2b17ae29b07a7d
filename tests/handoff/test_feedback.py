"""Feedback on the machine's judgement: for trainers, without her words."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.core import Core
from amaan.errors import ErasedError, InputError, NotAllowedError, NotFoundError
from amaan.ports import Inbound
from amaan.storage.models import Feedback
from handoff.feedback import MAX_LINE_CHARACTERS
from handoff.states import Outcome
from tests.fakes import FakeScreener, parse
from tests.handoff.parts import Handoff

WORDS = "my exam will kill me"


async def screened(core: Core) -> tuple[Handoff, Inbound]:
    """A house whose screening finds danger in everything."""
    screener = FakeScreener(
        lambda _t: parse("suicide_risk", level="critical", kind="suicide", language="en",
                         script="Latn")
    )  # fmt: skip
    return Handoff(core, screener=screener), Inbound("sms", "+923000000001", WORDS, "SM1")


async def test_a_false_alarm_goes_to_the_trainers_without_her_words(
    core: Core, clock: SetClock
) -> None:
    handoff, inbound = await screened(core)
    accepted = await handoff.bench.acceptor.accept(inbound)
    assert accepted.message_id is not None
    assert accepted.conversation_id is not None
    await handoff.bench.processor.process(accepted.message_id)
    case = await handoff.case_of(accepted.conversation_id)
    one, trainer = await handoff.staff("one"), await handoff.staff("trainer", role="trainer")
    given = await handoff.feedbacks.give(
        one, case.id, "not_a_risk", accepted.message_id, " the test kills me, friend "
    )
    assert (await handoff.case(case.id)).judged == "not_a_risk"
    (line,) = await handoff.feedbacks.queue(trainer)
    assert (line.id, line.verdict, line.at) == (given, "not_a_risk", clock.now())
    assert (line.language, line.script) == ("en", "Latn")
    assert (line.level, line.kind) == ("critical", "suicide")
    assert line.line == "the test kills me, friend"
    assert WORDS not in str(line)
    assert str(case.id) not in str(line)
    async with core.database.transaction() as tx:
        row = (await tx.session.scalars(select(Feedback))).one()
        assert row.sealed is not None
        assert b"friend" not in row.sealed
    assert "friend" not in str([event.detail for event in await handoff.audit()])


async def test_the_same_verdict_again_replaces_the_one_before(handoff: Handoff) -> None:
    case = await handoff.rung()
    one, trainer = await handoff.staff("one"), await handoff.staff("trainer", role="trainer")
    first = await handoff.feedbacks.give(one, case.id, "missed_earlier", line="first")
    again = await handoff.feedbacks.give(one, case.id, "missed_earlier", line="better")
    assert first == again
    (line,) = await handoff.feedbacks.queue(trainer)
    assert (line.line, line.level, line.kind) == ("better", None, None)
    await handoff.feedbacks.give(one, case.id, "not_a_risk")
    assert len(await handoff.feedbacks.queue(trainer)) == 2
    assert (await handoff.case(case.id)).judged == "not_a_risk"


async def test_a_right_alarm_is_only_noted(handoff: Handoff) -> None:
    case = await handoff.rung()
    one, trainer = await handoff.staff("one"), await handoff.staff("trainer", role="trainer")
    assert await handoff.feedbacks.give(one, case.id, "right") is None
    assert (await handoff.case(case.id)).judged == "right"
    assert await handoff.feedbacks.queue(trainer) == []
    assert (await handoff.tags(case.id))[-1] == "escalation:judged"


async def test_a_trainer_deals_with_it_once(handoff: Handoff, clock: SetClock) -> None:
    case = await handoff.rung()
    one, trainer = await handoff.staff("one"), await handoff.staff("trainer", role="trainer")
    given = await handoff.feedbacks.give(one, case.id, "not_a_risk", line="a line")
    assert given is not None
    for _ in range(2):
        await handoff.feedbacks.done(trainer, given)
    assert await handoff.feedbacks.queue(trainer) == []
    assert await handoff.tags(given) == ["feedback:done"]
    with pytest.raises(NotFoundError):
        await handoff.feedbacks.done(trainer, uuid4())
    # What comes after that is news again.
    assert await handoff.feedbacks.give(one, case.id, "not_a_risk") != given


async def test_who_may_do_what(handoff: Handoff) -> None:
    case = await handoff.rung()
    one, trainer = await handoff.staff("one"), await handoff.staff("trainer", role="trainer")
    with pytest.raises(NotAllowedError):
        await handoff.feedbacks.give(trainer, case.id, "right")
    with pytest.raises(NotAllowedError):
        await handoff.feedbacks.queue(one)
    with pytest.raises(NotAllowedError):
        await handoff.feedbacks.done(one, uuid4())


async def test_what_cannot_be_given(handoff: Handoff) -> None:
    case, other = await handoff.rung(), await handoff.rung(number="+923000000002")
    one = await handoff.staff("one")
    await handoff.claims.claim(one, case.id)
    ours = await handoff.claims.send(one, case.id, "I am here")
    await handoff.claims.claim(one, other.id)
    theirs = await handoff.claims.send(one, other.id, "I am here")
    for message_id in (uuid4(), ours, theirs):
        with pytest.raises(InputError):
            await handoff.feedbacks.give(one, case.id, "not_a_risk", message_id)
    with pytest.raises(InputError):
        await handoff.feedbacks.give(one, case.id, "wrong")
    with pytest.raises(InputError):
        await handoff.feedbacks.give(one, case.id, "right", line="x" * (MAX_LINE_CHARACTERS + 1))
    assert (await handoff.case(case.id)).judged is None


async def test_closing_as_no_risk_judges_and_a_closed_case_can_be_judged(
    handoff: Handoff,
) -> None:
    case = await handoff.rung()
    one, trainer = await handoff.staff("one"), await handoff.staff("trainer", role="trainer")
    await handoff.claims.claim(one, case.id)
    await handoff.claims.close(one, case.id, Outcome.NOT_A_RISK, gender="woman")
    closed = await handoff.case(case.id)
    assert (closed.judged, closed.gender) == ("not_a_risk", "woman")
    await handoff.feedbacks.give(one, case.id, "missed_earlier", line="a line")
    assert (await handoff.case(case.id)).judged == "missed_earlier"
    assert case.conversation_id is not None
    await handoff.bench.eraser.erase(case.conversation_id)
    assert await handoff.feedbacks.queue(trainer) == []
    with pytest.raises(ErasedError):
        await handoff.feedbacks.give(one, case.id, "right")

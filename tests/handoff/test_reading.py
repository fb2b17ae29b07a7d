"""What supervisors see: the queue's order, messages with language and reasons, closed doors."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from amaan.clock import SetClock
from amaan.core import Core
from amaan.errors import NotAllowedError, NotFoundError
from amaan.ports import Inbound, Parse, Risk
from amaan.storage import Transaction
from handoff.highlights import highlights
from handoff.reading import Reading
from handoff.states import Outcome, State
from tests.fakes import FakeScreener
from tests.handoff.parts import Handoff

TEXT = "میں اب جینا نہیں چاہتی۔"


def understood(text: str) -> Parse:
    """What the model says of the one dangerous text, and of any other."""
    if text == TEXT:
        why = ("ur-wish: " + "جینا نہیں چاہتی", "score 0.97")
        return Parse("ur", "Arab", "suicide_risk", 0.9, Risk("critical", "suicide", 0.97, why=why))
    return Parse("en", "Latn", "greet", 0.9, Risk())


async def told(handoff: Handoff, text: str, number: str = "+923000000001") -> None:
    """A message goes the whole way."""
    accepted = await handoff.bench.acceptor.accept(Inbound("sms", number, text, uuid4().hex))
    assert accepted.message_id is not None
    await handoff.bench.processor.process(accepted.message_id)


async def test_a_case_shows_language_reasons_and_review_state(core: Core) -> None:
    handoff = Handoff(core, screener=FakeScreener(understood))
    viewer = await handoff.staff("one")
    await told(handoff, TEXT)
    await told(handoff, "hello")
    (line,) = await handoff.reading.queue(viewer)
    assert (line.level, line.kind, line.reasons) == ("critical", "suicide", ("screened",))
    assert line.reference == line.escalation_id.hex[:4].upper()
    assert line.reads_language
    shown = await handoff.reading.case(viewer, line.escalation_id)
    first = shown.messages[0]
    assert (first.text, first.lang, first.direction) == (TEXT, "ur", "rtl")
    assert (first.level, first.kind) == ("critical", "suicide")
    assert first.why == ("ur-wish: جینا نہیں چاہتی", "score 0.97")
    assert first.highlights == ("جینا نہیں چاہتی",)
    assert first.reviewed is None
    bots = [message for message in shown.messages if message.author == "bot"]
    assert all(message.reviewed is False for message in bots)
    hello = next(m for m in shown.messages if m.text == "hello")
    assert (hello.lang, hello.direction, hello.level) == ("en", "ltr", "none")
    assert not shown.is_mine


async def test_reading_is_audited_once_for_an_open_page(handoff: Handoff) -> None:
    viewer = await handoff.staff("one")
    case = await handoff.rung()
    await handoff.reading.case(viewer, case.id)
    await handoff.reading.case(viewer, case.id, opened=False)
    assert (await handoff.tags(case.id)).count("conversation:read") == 1


async def test_a_glance_opens_nothing_and_is_not_audited(core: Core, clock: SetClock) -> None:
    handoff = Handoff(core, screener=FakeScreener(understood))
    viewer = await handoff.staff("one")
    await told(handoff, TEXT)
    (line,) = await handoff.reading.queue(viewer)
    shown = await handoff.reading.glance(viewer, line.escalation_id)
    assert (shown.messages, shown.opened, shown.line) == ((), False, line)
    assert shown.conversation_id is not None
    assert line.rules == ("T3",)
    assert "conversation:read" not in await handoff.tags(line.escalation_id)


async def test_texts_read_again_are_audited_when_nobody_knows_of_the_first_time(
    handoff: Handoff, clock: SetClock
) -> None:
    """Another process, a restart, or a page that was never opened."""
    viewer, other = await handoff.staff("one"), await handoff.staff("two")
    case = await handoff.rung()
    await handoff.reading.case(viewer, case.id)
    await handoff.reading.case(other, case.id, opened=False)
    await Reading(handoff.core).case(viewer, case.id, opened=False)
    assert (await handoff.tags(case.id)).count("conversation:read") == 3
    clock.move(handoff.core.settings.staff_session_length + timedelta(seconds=1))
    await handoff.reading.case(viewer, case.id, opened=False)
    assert (await handoff.tags(case.id)).count("conversation:read") == 4


async def test_the_readers_that_are_remembered_are_not_without_end(
    handoff: Handoff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.reading._REMEMBERED", 1)
    one, two = await handoff.staff("one"), await handoff.staff("two")
    case = await handoff.rung()
    for viewer in (one, two, one):
        await handoff.reading.case(viewer, case.id, opened=False)
    assert (await handoff.tags(case.id)).count("conversation:read") == 3


async def test_what_she_told_of_places_stands_beside_her_words(core: Core) -> None:
    def with_places(text: str) -> Parse:
        places = (("city", text),) if text != "hello" else (("province", "Sindh"),)
        return Parse("en", "Latn", "greet", 0.9, Risk(), named=places)

    handoff = Handoff(core, screener=FakeScreener(with_places))
    viewer = await handoff.staff("one")
    for text in ("Sukkur", "hello", "Karachi"):
        await told(handoff, text)
    conversation_id = await handoff.person(text="Karachi")
    await handoff.alarm(conversation_id)
    case = await handoff.case_of(conversation_id)
    shown = await handoff.reading.case(viewer, case.id)
    assert (shown.city, shown.province) == ("Karachi", "Sindh")
    assert (await handoff.reading.glance(viewer, case.id)).city is None


async def test_a_person_s_word_lifts_a_case_to_the_first(handoff: Handoff, clock: SetClock) -> None:
    viewer = await handoff.staff("one")
    waits = await handoff.rung("critical")
    clock.move(timedelta(seconds=10))
    lifted = await handoff.rung("elevated", number="+923000000002")
    clock.move(timedelta(seconds=10))
    elevated = await handoff.rung("elevated", number="+923000000003", kind="harm")
    queue = await handoff.reading.queue(viewer)
    assert [line.escalation_id for line in queue] == [waits.id, lifted.id, elevated.id]
    await handoff.tiers.set_tier(viewer, elevated.id, "critical", ["T1"])
    queue = await handoff.reading.queue(viewer)
    assert [line.escalation_id for line in queue] == [waits.id, elevated.id, lifted.id]
    assert [line.lives_at_stake for line in queue] == [True, True, False]
    assert (queue[1].tier, queue[1].tier_by_name, queue[1].rules) == ("critical", "one", ("T1",))


async def test_an_offered_chat_is_shown_to_whom_it_is_offered(handoff: Handoff) -> None:
    giver, reader = await handoff.staff("one"), await handoff.staff("two", languages=["sd"])
    other = await handoff.staff("three")
    case = await handoff.rung()
    await handoff.claims.claim(giver, case.id)
    await handoff.transfers.offer(giver, case.id, language="sd")
    seen = [
        (await handoff.reading.queue(viewer))[0].offered_to_me for viewer in (giver, reader, other)
    ]
    assert seen == [False, True, False]
    await handoff.transfers.offer(giver, case.id, to=other.staff_id)
    line = (await handoff.reading.queue(other))[0]
    assert (line.offered_to_me, line.offered_to_name) == (True, "three")
    assert not (await handoff.reading.queue(reader))[0].offered_to_me
    await handoff.listening.begin(reader, case.id)
    line = (await handoff.reading.queue(other))[0]
    assert line.listening == 1
    shown = await handoff.reading.glance(giver, case.id)
    assert [one.name for one in shown.listeners] == ["two"]


async def test_the_queue_is_ordered_by_danger_and_waiting_time(
    handoff: Handoff, clock: SetClock
) -> None:
    viewer = await handoff.staff("one", languages=["sd"])
    names = {}
    for number, level in enumerate(["requested", "elevated", "critical", "critical", "critical"]):
        conversation_id = await handoff.person(number=f"+92300000000{number}")
        await handoff.alarm(conversation_id, level)
        names[(await handoff.case_of(conversation_id)).id] = f"{level} {number}"
        clock.move(timedelta(seconds=10))
    by_name = {name: case_id for case_id, name in names.items()}
    await handoff.claims.claim(viewer, by_name["critical 2"])
    queue = await handoff.reading.queue(viewer)
    assert [names[line.escalation_id] for line in queue] == [
        "critical 3", "critical 4", "elevated 1", "requested 0", "critical 2",
    ]  # fmt: skip
    assert (queue[-1].claimed_by_name, queue[-1].waiting_since) == ("one", None)
    assert queue[2].waiting_since == queue[2].opened_at
    assert not queue[0].reads_language


async def test_a_closed_transcript_is_a_right_of_its_own(handoff: Handoff) -> None:
    viewer, lead = await handoff.staff("one"), await handoff.staff("two", role="lead")
    case = await handoff.rung()
    await handoff.claims.claim(viewer, case.id)
    await handoff.claims.close(viewer, case.id, Outcome.SAFE_NOW)
    assert await handoff.reading.queue(viewer) == []
    (line,) = await handoff.reading.closed(viewer)
    assert (line.state, line.outcome) == (State.CLOSED, "safe_now")
    shown = await handoff.reading.case(viewer, case.id)
    assert shown.transcript_closed
    assert shown.messages == ()
    opened = await handoff.reading.case(lead, case.id)
    assert len(opened.messages) == 3
    reads = [e for e in await handoff.audit(case.id) if e.tag == "conversation:read"]
    assert [event.actor for event in reads] == [str(lead.staff_id)]


@pytest.mark.parametrize("how", ["case", "glance"])
async def test_a_chat_erased_while_it_is_read_shows_what_is_left(
    handoff: Handoff, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    case = await handoff.rung()
    viewer = await handoff.staff("one")
    open_key = handoff.core.vault.open_key

    async def too_late(tx: Transaction, conversation_id: UUID) -> bytes:
        monkeypatch.undo()
        await handoff.bench.eraser.erase(conversation_id)
        return await open_key(tx, conversation_id)

    monkeypatch.setattr(handoff.core.vault, "open_key", too_late)
    shown = await getattr(handoff.reading, how)(viewer, case.id)
    assert (shown.conversation_id, shown.messages) == (None, ())
    assert shown.line.erased_by_person


async def test_an_erased_case_shows_nothing_of_her(handoff: Handoff) -> None:
    lead = await handoff.staff("two", role="lead")
    case = await handoff.rung()
    assert case.conversation_id is not None
    await handoff.bench.eraser.erase(case.conversation_id)
    shown = await handoff.reading.case(lead, case.id)
    assert shown.line.erased_by_person
    assert (shown.conversation_id, shown.messages, shown.line.kind) == (None, (), None)


async def test_who_lacks_the_right_sees_nothing(handoff: Handoff) -> None:
    case = await handoff.rung()
    for role in ("trainer", "administrator"):
        viewer = await handoff.staff(role, role=role)
        with pytest.raises(NotAllowedError):
            await handoff.reading.queue(viewer)
        with pytest.raises(NotAllowedError):
            await handoff.reading.case(viewer, case.id)
    with pytest.raises(NotFoundError):
        await handoff.reading.case(await handoff.staff("one"), uuid4())


async def test_operator_alarms_are_seen_and_cleared_by_leads(handoff: Handoff) -> None:
    viewer, lead = await handoff.staff("one"), await handoff.staff("two", role="lead")
    await handoff.core.operator_alarms.raise_alarm("nobody_on_call")
    await handoff.core.operator_alarms.raise_alarm("nobody_on_call")
    assert await handoff.reading.operator_alarms(viewer) == []
    (alarm,) = await handoff.reading.operator_alarms(lead)
    assert (alarm.kind, alarm.count) == ("nobody_on_call", 2)
    with pytest.raises(NotAllowedError):
        await handoff.reading.clear_operator_alarm(viewer, "nobody_on_call")
    await handoff.reading.clear_operator_alarm(lead, "nobody_on_call")
    await handoff.reading.clear_operator_alarm(lead, "nobody_on_call")
    assert await handoff.reading.operator_alarms(lead) == []


@pytest.mark.parametrize(
    ("text", "why", "found"),
    [
        ("I will KILL myself!", ["en-1: kill myself"], ("KILL myself",)),
        ("main marr  jaungi, sach", ["ur-2: mar jaungi"], ("marr  jaungi",)),
        ("nothing here", ["score 0.9", "en-1: other words", "x: "], ()),
        ("die die die", ["a: die"], ("die",)),
        ("", ["a: die"], ()),
    ],
)
def test_highlights_are_spelled_as_she_did(
    text: str, why: list[str], found: tuple[str, ...]
) -> None:
    assert highlights(text, why) == found

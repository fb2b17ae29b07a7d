"""Tiers: by the rules of the domain facts, raised by the machine, set by a person; honour."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.conversation.risk import alarms, rules_of
from amaan.errors import ConflictError, InputError, NotAllowedError
from amaan.ports import Alarm, Parse, Risk
from amaan.storage.models import OperatorAlarm
from amaan.text import screen
from handoff.honour import HONOUR_OVERDUE, HONOUR_TASK
from handoff.states import Outcome, State
from handoff.tiers import CODES, RAISED_AFTER_PERSON, TIERS, WINDOWS, machine_tier
from tests.conftest import START
from tests.handoff.parts import Handoff


def alarm(level: str, kind: str | None, *rules: str, honour: bool = False) -> Alarm:
    """An alarm as screening makes it."""
    return Alarm(level, kind, "self", "screened", rules, honour)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rung", "tier", "codes"),
    [
        (alarm("critical", "harm", "en.harm.critical.18", "en.means.01"), "critical", ("T1",)),
        (alarm("critical", "suicide", "ur.suicide.critical.01", "ur.time.01"), "critical", ("T2",)),
        (alarm("critical", "suicide", "ur.suicide.critical.01"), "critical", ("T3",)),
        (alarm("elevated", "suicide"), "high", ("T3", "unsure")),
        (alarm("critical", "harm", "ur.honour.01", honour=True), "critical", ("T4",)),
        (alarm("elevated", "harm", "ur.honour.01", honour=True), "critical", ("T4", "unsure")),
        (
            alarm("elevated", "harm", "intent.report_child_abuse"),
            "critical",
            ("T5", "T8", "unsure"),
        ),
        (alarm("critical", "harm", "intent.report_doxxing"), "critical", ("T8", "T11")),
        (alarm("requested", None, "intent.report_impersonation"), "medium", ("T14",)),
        (alarm("requested", None, "intent.report_defamation"), "standard", ("T16",)),
        (alarm("requested", None, "intent.request_human"), "standard", ()),
        (alarm("critical", "harm", "en.harm.critical.01"), "critical", ("T8",)),
    ],
)
def test_the_rules_sort_an_alarm(rung: Alarm, tier: str, codes: tuple[str, ...]) -> None:
    found = machine_tier(rung)
    assert (found.tier, found.codes) == (tier, codes)
    assert CODES.issuperset(found.codes)


@given(
    st.sampled_from(["critical", "elevated", "requested"]),
    st.sampled_from(["suicide", "harm", None]),
    st.lists(st.text(max_size=30), max_size=5),
    st.booleans(),
)
def test_every_alarm_has_a_tier(
    level: str, kind: str | None, rules: list[str], honour: bool
) -> None:
    found = machine_tier(alarm(level, kind, *rules, honour=honour))
    assert found.tier in TIERS
    assert CODES.issuperset(found.codes)
    if level == "critical" and kind is not None:
        assert found.tier == "critical"


def parsed(text: str, **more: Any) -> Parse:
    """What screening by rules and a model together make of a text."""
    found = screen(text)
    why = ("model: danger 0.97, critical 0.90", *found.why, *found.beside, "word: ghairat")
    risk = Risk(found.level, found.kind, 0.9, found.who, why)
    return Parse("en", "Latn", "imminent_harm", 0.9, risk, **more)


@pytest.mark.parametrize(
    ("text", "honour"),
    [
        ("my brother says he will kill me for the honour of the family", True),
        ("bhai ne kaha ghairat ke naam pe mujhe maar dega", True),
        ("he has a gun and says he will kill me tonight", False),
        ("i want to die, i am a shame to my family", False),
    ],
)
def test_honour_is_heard_and_no_word_of_hers_goes_on(text: str, honour: bool) -> None:
    parse = parsed(text)
    assert parse.risk.level == "critical"
    (rung,) = alarms(parse, parse.risk)
    assert rung.honour is honour
    assert "intent.imminent_harm" in rung.rules
    assert all(" " not in rule and ":" not in rule for rule in rung.rules)
    assert not {"ghairat", "brother", "family", "kill"} & set(".".join(rung.rules).split("."))


def test_an_intent_that_is_a_guess_sorts_nothing() -> None:
    risk = Risk("critical", "harm")
    assert rules_of(Parse("en", "Latn", "report_hacking", 0.3, risk), risk) == ()
    by_rules = Parse("en", "Latn", "report_hacking", 0.9, risk, source="rules")
    assert rules_of(by_rules, risk) == ()


async def test_a_case_has_its_tier_and_window(handoff: Handoff) -> None:
    case = await handoff.rung("critical")
    assert (case.tier, case.rules, case.tier_by) == ("critical", ["T3"], None)
    assert case.due_at == START + timedelta(hours=24)
    assert (case.honour, case.attention_due_at) == (False, None)


async def test_the_machine_only_raises(handoff: Handoff, clock: SetClock) -> None:
    case = await handoff.rung("requested", rules=("intent.report_hacking",))
    assert (case.tier, case.due_at) == ("medium", START + WINDOWS["medium"])
    assert case.conversation_id is not None
    clock.move(timedelta(hours=5))
    await handoff.alarm(case.conversation_id, "critical")
    risen = await handoff.case(case.id)
    assert (risen.tier, risen.rules) == ("critical", ["T15", "T3"])
    assert risen.due_at == START + timedelta(hours=29)
    clock.move(timedelta(hours=5))
    await handoff.alarm(case.conversation_id, "requested", "asked")
    after = await handoff.case(case.id)
    assert (after.tier, after.due_at) == (risen.tier, risen.due_at)


async def test_a_person_confirms_lowers_and_the_machine_may_raise_again(
    handoff: Handoff, clock: SetClock
) -> None:
    case = await handoff.rung("critical")
    viewer = await handoff.staff("one")
    clock.move(timedelta(minutes=4))
    await handoff.tiers.set_tier(viewer, case.id, "medium", ["T14"])
    lowered = await handoff.case(case.id)
    assert (lowered.tier, lowered.tier_by, lowered.rules) == ("medium", viewer.staff_id, ["T14"])
    assert (lowered.tier_at, lowered.due_at) == (clock.now(), START + WINDOWS["medium"])
    assert lowered.level == "critical"
    assert case.conversation_id is not None
    await handoff.alarm(case.conversation_id, "critical", kind="harm")
    risen = await handoff.case(case.id)
    assert (risen.tier, risen.tier_by) == ("critical", viewer.staff_id)
    assert RAISED_AFTER_PERSON in risen.rules
    await handoff.tiers.set_tier(viewer, case.id, "critical")
    confirmed = await handoff.case(case.id)
    assert RAISED_AFTER_PERSON not in confirmed.rules
    assert "T8" in confirmed.rules
    events = [e for e in await handoff.audit(case.id) if e.tag == "escalation:tier_set"]
    assert [(e.detail["before"], e.detail["tier"]) for e in events] == [
        ("critical", "medium"), ("critical", "critical"),
    ]  # fmt: skip


async def test_a_person_who_makes_it_critical_ends_the_wait(
    handoff: Handoff, clock: SetClock
) -> None:
    case = await handoff.rung("elevated")
    clock.move(timedelta(minutes=2))
    await handoff.tiers.set_tier(await handoff.staff("one"), case.id, "critical", ["T8"])
    called = await handoff.case(case.id)
    assert (called.ladder, called.clock_started_at) == (2, clock.now())


async def test_who_may_set_a_tier_and_which(handoff: Handoff) -> None:
    case = await handoff.rung()
    viewer = await handoff.staff("one")
    with pytest.raises(NotAllowedError):
        await handoff.tiers.set_tier(await handoff.staff("ttt", role="trainer"), case.id, "high")
    for tier, codes in (("urgent", []), ("high", ["her tone"])):
        with pytest.raises(InputError):
            await handoff.tiers.set_tier(viewer, case.id, tier, codes)
    await handoff.claims.claim(viewer, case.id)
    await handoff.claims.close(viewer, case.id, Outcome.OTHER)
    with pytest.raises(ConflictError):
        await handoff.tiers.set_tier(viewer, case.id, "high")


async def honour_case(handoff: Handoff) -> Any:
    """A case of danger in the name of honour."""
    return await handoff.rung("critical", kind="harm", honour=True, rules=("ur.honour.01",))


async def operator_alarms(handoff: Handoff) -> dict[str, int]:
    """Operator alarms with their counts."""
    async with handoff.core.database.transaction() as tx:
        rows = await tx.session.scalars(select(OperatorAlarm))
        return {row.kind: row.count for row in rows}


async def test_honour_has_a_clock_of_its_own(handoff: Handoff) -> None:
    case = await honour_case(handoff)
    assert (case.honour, case.tier, case.rules) == (True, "critical", ["T4"])
    assert case.attention_due_at == START + timedelta(hours=2)
    timers = await handoff.timers(HONOUR_TASK)
    assert [at - START for at, _ in timers] == [timedelta(hours=2), timedelta(hours=4)]
    assert all(set(args) == {"escalation_id", "due", "limit"} for _, args in timers)
    # A further alarm of the same kind starts no second clock.
    await handoff.alarm(case.conversation_id, "critical", kind="harm", honour=True)
    assert len(await handoff.timers(HONOUR_TASK)) == 2


async def test_nobody_looked_after_an_honour_case(handoff: Handoff, clock: SetClock) -> None:
    case = await honour_case(handoff)
    _, job = (await handoff.timers(HONOUR_TASK))[0]
    clock.move(timedelta(hours=2))
    await asyncio.gather(*(handoff.honour.look(case.id, job["due"], 1) for _ in range(2)))
    await handoff.honour.look(case.id, job["due"], 1)
    overdue = await handoff.case(case.id)
    assert (overdue.ladder, overdue.clock_started_at) == (2, clock.now())
    assert (await operator_alarms(handoff))[HONOUR_OVERDUE] == 1
    assert (await handoff.tags(case.id)).count("escalation:honour_overdue") == 1
    # At the hard limit it rings once more.
    await handoff.honour.look(case.id, job["due"], 2)
    assert (await handoff.case(case.id)).ladder == 3
    assert (await operator_alarms(handoff))[HONOUR_OVERDUE] == 2


async def test_an_honour_case_that_is_held_without_a_word_still_rings(handoff: Handoff) -> None:
    case = await honour_case(handoff)
    _, job = (await handoff.timers(HONOUR_TASK))[0]
    await handoff.claims.claim(await handoff.staff("one"), case.id)
    await handoff.honour.look(case.id, job["due"], 1)
    held = await handoff.case(case.id)
    assert (held.state, held.ladder) == (State.CLAIMED, 1)
    assert await operator_alarms(handoff) == {HONOUR_OVERDUE: 1}


@pytest.mark.parametrize("end", ["written", "released", "closed", "erased", "unflagged"])
async def test_an_honour_case_that_was_looked_after_is_quiet(handoff: Handoff, end: str) -> None:
    case = await honour_case(handoff)
    _, job = (await handoff.timers(HONOUR_TASK))[0]
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    if end in ("written", "released"):
        await handoff.claims.send(viewer, case.id, "I am here")
    if end == "released":
        await handoff.claims.release(viewer, case.id)
    if end == "closed":
        await handoff.claims.close(viewer, case.id, Outcome.SAFE_NOW)
    if end == "erased":
        await handoff.bench.eraser.erase(case.conversation_id)
    if end == "unflagged":
        await handoff.tiers.set_tier(viewer, case.id, "high", honour=False)
    await handoff.honour.look(case.id, job["due"], 1)
    assert await operator_alarms(handoff) == {}


async def test_a_person_can_flag_honour_and_an_old_clock_does_nothing(
    handoff: Handoff, clock: SetClock
) -> None:
    case = await honour_case(handoff)
    _, old = (await handoff.timers(HONOUR_TASK))[0]
    viewer = await handoff.staff("one")
    await handoff.tiers.set_tier(viewer, case.id, "critical", honour=False)
    clock.move(timedelta(minutes=30))
    await handoff.tiers.set_tier(viewer, case.id, "critical", honour=True)
    again = await handoff.case(case.id)
    assert again.attention_due_at == clock.now() + timedelta(hours=2)
    await handoff.honour.look(case.id, old["due"], 1)
    assert await operator_alarms(handoff) == {}


async def test_an_erase_takes_what_she_wrote_about(handoff: Handoff) -> None:
    case = await honour_case(handoff)
    await handoff.bench.eraser.erase(case.conversation_id)
    kept = await handoff.case(case.id)
    assert (kept.rules, kept.honour, kept.attention_due_at, kept.gender) == ([], False, None, None)
    assert kept.tier == "critical"

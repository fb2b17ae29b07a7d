"""The arithmetic of `make bench-handoff`; nothing is measured here and nothing is started."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from bench.handoff import judge
from bench.handoff.__main__ import _options
from bench.handoff.plan import draw
from bench.handoff.records import CaseRecord, Event, JobRecord, PageRecord, Sent, named
from bench.handoff.run import QUICK_STEPS, STEPS, Options
from handoff.audit import Tag

ASMA, LEAD = uuid4(), uuid4()
RULES = judge.Rules(
    steps=(0, 120, 240, 360),
    elevated_after=900,
    everybody=frozenset({ASMA, LEAD}),
    coordinators=frozenset({LEAD}),
    end=1_000,
)


def event(at: float, tag: Tag, **detail: Any) -> Event:
    return Event(at, tag.value, detail)


def case(*events: Event, level: str = "critical", state: str = "paged") -> CaseRecord:
    opened = event(500, Tag.ESCALATION_OPENED, level=level)
    return CaseRecord(uuid4(), uuid4(), level, state, (opened, *events))


def page(one: CaseRecord, step: int, staff: UUID = ASMA, **more: Any) -> PageRecord:
    values = {"ladder": 1, "means": "sms", "due": 500 + RULES.steps[step], "state": "sent", **more}
    values.setdefault("created", values["due"] + 0.1)
    values.setdefault("sent", values["due"] + 0.2)
    return PageRecord(case=one.id, step=step, staff_id=staff, **values)


def whole(one: CaseRecord) -> list[PageRecord]:
    """Every page of a ladder that nobody answered."""
    return [
        page(one, 0), page(one, 1), page(one, 2), page(one, 2, LEAD), page(one, 3, LEAD),
    ]  # fmt: skip


def test_a_plan_is_the_same_for_a_seed() -> None:
    one = draw(seed=7, seconds=300, alarms=300, consoles=40, kills=4)
    assert one == draw(seed=7, seconds=300, alarms=300, consoles=40, kills=4)
    assert one != draw(seed=8, seconds=300, alarms=300, consoles=40, kills=4)
    assert len(one.rings) == 300
    assert [ring.at for ring in one.rings] == sorted(ring.at for ring in one.rings)
    assert Counter(kill.victim for kill in one.kills) == {"worker": 4, "database": 4}
    assert all(0 < kill.at < 300 for kill in one.kills)
    deeds = [(ring.at, ring.deed) for ring in one.rings if ring.deed]
    assert 0 < len(deeds) < 300
    assert all(at + deed.claims_after < 300 for at, deed in deeds)
    assert {deed.console for _, deed in deeds} <= set(range(40))


def test_options() -> None:
    assert _options([]) == Options(1, 300, 300, 40, 4, 4, STEPS)
    assert _options(["--quick", "--seed", "3"]) == Options(3, 30, 30, 10, 2, 1, QUICK_STEPS)
    assert _options(["--consoles", "20", "--kills", "0"]).pages == 2
    assert _options(["--consoles", "20", "--pages", "20"]).pages == 20
    for wrong in (["--alarms", "0"], ["--kills", "-1"], ["--seed", "x"]):
        with pytest.raises(SystemExit):
            _options(wrong)


def test_ladders_follow_the_trail() -> None:
    one = case(
        event(600, Tag.ESCALATION_STEPPED),
        event(610, Tag.ESCALATION_CLAIMED),
        event(650, Tag.ESCALATION_RELEASED, state="open"),
        event(700, Tag.ESCALATION_CLAIMED),
        event(710, Tag.ESCALATION_RELEASED, state="released"),
        event(800, Tag.ESCALATION_RAISED, ladder=3),
        event(810, Tag.ESCALATION_RAISED, ladder=3),
    )
    assert judge.ladders(one, 900) == [
        judge.LadderRun(1, 500, 610),
        judge.LadderRun(2, 650, 700),
        judge.LadderRun(3, 800, None),
    ]


def test_an_elevated_case_waits_and_a_lapsed_claim_calls_anew() -> None:
    one = case(
        event(600, Tag.ESCALATION_CLAIMED), event(900, Tag.ESCALATION_LAPSED), level="elevated"
    )
    assert judge.ladders(one, 900) == [
        judge.LadderRun(1, 1_400, 600),
        judge.LadderRun(2, 900, None),
    ]
    assert judge.judge_pages([one], [page(one, 0, ladder=2, due=900)], RULES).late == [
        (900, pytest.approx(0.2))
    ]


def test_pages_on_time() -> None:
    one = case()
    found = judge.judge_pages([one], whole(one), RULES)
    assert [by for _, by in found.late] == pytest.approx([0.2] * 5)
    assert (found.lost, found.wrong, found.uncalled_for, found.unknown) == (0, 0, 0, 0)


def test_a_step_without_a_page_is_lost() -> None:
    one = case()
    pages = [made for made in whole(one) if made.step != 1]
    assert judge.judge_pages([one], pages, RULES).lost == 1


def test_a_page_that_never_went_out_is_late_and_lost() -> None:
    one = case()
    pages = [*whole(one)[:-1], page(one, 3, LEAD, state="queued", sent=None)]
    found = judge.judge_pages([one], pages, RULES)
    assert found.lost == 1
    assert max(by for _, by in found.late) == 1_000 - 860


def test_somebody_who_came_before_a_late_page_does_not_make_it_on_time() -> None:
    one = case(event(625, Tag.ESCALATION_CLAIMED), state="claimed")
    found = judge.judge_pages([one], [page(one, 0)], RULES)
    assert found.late[1:] == [(620, 5)]
    assert found.lost == 0


def test_pages_to_others_and_uncalled_for_are_found() -> None:
    one = case(event(800, Tag.ESCALATION_CLAIMED), state="claimed")
    pages = [page(one, 0), page(one, 0, LEAD), page(one, 1), page(one, 2, LEAD)]
    assert judge.judge_pages([one], pages, RULES).wrong == 2
    assert judge.judge_pages([one], [*pages, page(one, 3, LEAD)], RULES).uncalled_for == 1
    assert judge.judge_pages([one], [*pages, page(one, 0, ladder=2)], RULES).uncalled_for == 1
    unsure = [page(one, 0, state="unknown"), page(one, 1, state="failed", sent=None)]
    assert judge.judge_pages([one], unsure, RULES).unknown == 2


def test_what_reached_the_provider_is_counted() -> None:
    one, numbers = case(), {ASMA: "+923000001000", LEAD: "+923000001001"}
    pages = [page(one, 0), page(one, 2), page(one, 2, LEAD, means="voice")]
    pages.append(page(one, 0, means="console"))
    text = ("sms", numbers[ASMA], named(pages[0]))
    sent = Sent(Counter({text: 2}), Counter({numbers[LEAD]: 1}), Counter())
    assert judge.judge_sent(pages, numbers, sent) == judge.Counted(0, 0)
    sent.texts[text] = 3
    sent.calls[numbers[LEAD]] = 0
    assert judge.judge_sent(pages, numbers, sent) == judge.Counted(1, 1)
    # Of one that nobody is sure of, one may have gone out.
    pages.append(page(one, 1, state="unknown"))
    assert judge.judge_sent(pages, numbers, sent) == judge.Counted(1, 0)


def test_timers_and_jobs_that_are_left() -> None:
    one = case(
        event(700, Tag.ESCALATION_CLAIMED), event(900, Tag.ESCALATION_RELEASED, state="open")
    )

    def timer(step: int, ladder: int = 2, **more: Any) -> JobRecord:
        args = {"escalation_id": str(one.id), "ladder": ladder, "step": step}
        values = {"task": "handoff:page", "status": "todo", "scheduled": 900 + 120.0 * step, **more}
        return JobRecord(args=args, **values)

    timers = [timer(1), timer(2), timer(3)]
    assert judge.judge_jobs([one], timers, RULES) == (0, 0)
    assert judge.judge_jobs([one], timers[1:], RULES) == (1, 0)
    assert judge.judge_jobs([one], [*timers, timer(2)], RULES) == (1, 0)
    left = [timer(0, status="failed"), timer(0, scheduled=950.0), timer(0, status="doing")]
    assert judge.judge_jobs([one], [*timers, *left], RULES) == (0, 3)
    held = case(state="claimed")
    assert judge.judge_jobs([held], [], RULES) == (0, 0)


def test_when_a_console_saw_what() -> None:
    assert judge.delays([1.0, 2.5, 9.0], [0.5, 1.0, 3.0]) == [0.0, 0.5, math.inf]
    this, other = uuid4(), uuid4()
    pages = [(1.0, frozenset({this})), (2.0, frozenset({other})), (3.0, frozenset({this, other}))]
    assert judge.shown_after(this, 1.5, pages) == 1.5
    assert judge.shown_after(uuid4(), 0.0, pages) == math.inf


def test_whose_console_rang() -> None:
    one = case()
    pages = [page(one, 0, means="console"), page(one, 2, LEAD, means="console")]
    assert judge.unrung(pages, {ASMA: [500.15], LEAD: [600.0]}) == 1
    # Who has no console open is called by other means.
    assert judge.unrung(pages, {ASMA: [500.15]}) == 0
    assert judge.rung_wrongly(pages, {ASMA: [500.15, 700.0], LEAD: [500.15]}, 1.0) == 2


def test_what_falls_into_a_restart() -> None:
    outages = [(10.0, 12.0), (30.0, 31.0)]
    times = (9.0, 9.6, 11.0, 13.9, 14.1, 32.5)
    found = [at for at in times if judge.overlaps(at, at, outages, 0.5, 2)]
    assert found == [9.6, 11.0, 13.9, 32.5]
    # What began before and was cut off belongs to it.
    assert judge.overlaps(5.0, 10.0, outages, 0.5, 2)
    assert not judge.overlaps(15.0, 29.0, outages, 0.5, 2)

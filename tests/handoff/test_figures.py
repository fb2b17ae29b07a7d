"""Figures counted by hand, from the tables to the page's numbers and the export."""

from __future__ import annotations

import csv
import itertools
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from sqlalchemy import update

from amaan.clock import SetClock
from amaan.core import Core
from amaan.errors import InputError, NotAllowedError
from amaan.storage.models import Escalation
from handoff.figures import PERIODS, Figures
from handoff.figures.plots import PLOT, duration, percent, shares_plot, stages_plot, times_plot
from handoff.figures.ratings import make_ratings
from handoff.figures.report import (
    DIMENSIONS,
    Row,
    Spread,
    make_report,
    nearest_rank,
)
from handoff.figures.sheet import COLUMNS, HIDDEN, csv_of
from handoff.figures.times import CaseTimes, Period, WaitTimes, last_days, load_times
from handoff.states import Outcome
from tests.conftest import START
from tests.handoff.invented import case_times, put_case
from tests.handoff.parts import Handoff

PERIOD = Period(START, START + timedelta(days=7), START + timedelta(days=8))


# The report, counted by hand


def test_a_small_report_by_hand() -> None:
    worded = [20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 290.0, 300.0, 301.0, 4_000.0]
    cases = [case_times(5.0, time - 10, time, judged="right") for time in worded]
    cases += [case_times(None, None, None, steps=(4, 3), judged="right") for _ in range(5)]
    total = make_report(PERIOD, cases).total
    assert total.cases == 15
    assert total.spreads["worded"] == Spread(110.0, 301.0, 8 / 15)
    assert total.spreads["claimed"] == Spread(100.0, 291.0, 9 / 15)
    assert total.spreads["called"] == Spread(5.0, 5.0, 10 / 15)
    assert total.missed == 15 / 30
    assert set(total.judged.values()) == {None}, "15 and no other would tell of every one"


def test_judgements_by_hand() -> None:
    counts = {"right": 20, "not_a_risk": 9, "missed_earlier": 6, None: 15}
    cases = [
        case_times(judged=judged, level=level)
        for judged, count in counts.items()
        for level in ["critical"] * (count - 3) + ["elevated"] * 3
    ]
    report = make_report(PERIOD, cases)
    assert report.total.judged == {
        "right": 20, "not_a_risk": 9, "missed_earlier": 6, "not_judged": 15,
    }  # fmt: skip
    rows = {row.value: row for row in report.tables["level"]}
    assert (rows["critical"].cases, rows["elevated"].cases) == (38, 12)
    assert set(rows["elevated"].judged.values()) == {None}, "threes"
    assert set(rows["critical"].judged.values()) == {None}, "9 - 6 would tell of the threes"
    assert (rows["requested"].cases, set(rows["requested"].judged.values())) == (0, {0})


def test_who_was_taken_before_a_page_counts_as_called() -> None:
    cases = [case_times(None, 30.0, 50.0, steps=(0, 0))] * 6
    total = make_report(PERIOD, cases).total
    assert total.spreads["called"] == Spread(None, None, 1.0)
    assert total.missed is None


def test_waits_that_came_again_stand_in_a_table_of_their_own() -> None:
    again = WaitTimes("rang_again", 1.0, 2.0, 3.0)
    cases = [case_times(worded=200.0) for _ in range(6)]
    more = [replace(case, waits=(*case.waits, again, again)) for case in cases[:5]]
    rang, left = make_report(PERIOD, [*more, cases[5]]).again
    assert (rang.value, rang.cases, rang.spreads["worded"].median) == ("rang_again", 5, 3.0)
    assert (left.cases, left.spreads["worded"].within) == (0, None)
    few = make_report(PERIOD, [*more[:4], *cases[4:]])
    assert few.again[0].cases is None
    assert few.total.spreads["worded"].median == 200.0


@pytest.mark.parametrize(
    ("count", "share", "found"), [(10, 0.9, 9), (11, 0.9, 10), (5, 0.9, 5), (1, 0.5, 1)]
)
def test_nearest_rank(count: int, share: float, found: int) -> None:
    assert nearest_rank([float(one + 1) for one in range(count)], share) == found


def test_unknown_codes_stand_under_other() -> None:
    cases = [case_times(language="fr-Latn", door="fax", gender="else")] * 9
    tables = make_report(PERIOD, cases).tables
    for name, value in (("language", "other"), ("door", "other"), ("gender", "not_given")):
        assert {row.value: row.cases for row in tables[name]}[value] == 9


def test_a_single_small_part_takes_another_with_it() -> None:
    cases = [case_times(door="web")] * 20 + [case_times(door="sms")] * 9
    cases += [case_times(door="whatsapp")] * 3
    rows = {row.value: row for row in make_report(PERIOD, cases).tables["door"]}
    assert rows["whatsapp"].cases is None
    assert rows["sms"].cases is None, "32 - 20 - 9 would tell of the three"
    assert rows["web"].cases == 20
    assert rows["sms"].spreads["worded"] == Spread(None, None, None)
    assert rows["sms"].missed is None


def test_too_few_cases_show_nothing() -> None:
    report = make_report(PERIOD, [case_times()] * 4)
    assert report.total.cases is None
    rows = [report.total, *itertools.chain(*report.tables.values()), *report.again]
    for row in rows:
        assert not row.cases
        assert row.missed is None
        assert row.cases == 0 or set(row.judged.values()) == {None}
        assert set(row.spreads.values()) == {Spread(None, None, None)}
    assert make_report(PERIOD, []).total.cases == 0


# The tables of the house


async def test_a_case_from_the_real_desk_ladder_and_claims(
    handoff: Handoff, clock: SetClock
) -> None:
    asma = await handoff.staff("asma")
    case = await handoff.rung()
    await handoff.ladder.page(case.id, 1, 0)
    clock.move(timedelta(seconds=125))
    await handoff.ladder.page(case.id, 1, 1)
    clock.move(timedelta(seconds=5))
    await handoff.claims.claim(asma, case.id)
    clock.move(timedelta(seconds=30))
    await handoff.claims.send(asma, case.id, "Main yahan hoon")
    await handoff.claims.send(asma, case.id, "Aap kahan hain")
    await handoff.claims.close(asma, case.id, Outcome.NOT_A_RISK, gender="woman")
    clock.move(timedelta(hours=3))
    (found,) = await times_of(handoff.core)
    assert found.waits == (WaitTimes("first_alarm", 0.0, 130.0, 160.0),)
    assert (found.steps_due, found.steps_missed) == (2, 1)
    # 20:00 UTC is one in the morning in Pakistan.
    assert (found.hour, found.door, found.level) == (1, "sms", "critical")
    assert (found.gender, found.judged) == ("woman", "not_a_risk")


async def test_an_elevated_case_that_nobody_pages_yet_has_missed_nothing(
    handoff: Handoff, clock: SetClock
) -> None:
    await handoff.staff("asma")
    await handoff.rung("elevated")
    clock.move(timedelta(minutes=14))
    (found,) = await times_of(handoff.core)
    assert (found.steps_due, found.waits[0].called) == (0, None)
    clock.move(timedelta(minutes=2))
    (found,) = await times_of(handoff.core)
    assert (found.steps_due, found.steps_missed) == (1, 1), "nobody ran the job"


async def test_nobody_on_call_is_a_missed_step(handoff: Handoff, clock: SetClock) -> None:
    case = await handoff.rung()
    await handoff.ladder.page(case.id, 1, 0)
    clock.move(timedelta(minutes=1))
    (found,) = await times_of(handoff.core)
    assert (found.steps_due, found.steps_missed) == (1, 1)


async def test_she_waits_again_when_the_chat_is_given_back(
    handoff: Handoff, clock: SetClock
) -> None:
    asma = await handoff.staff("asma")
    case = await handoff.rung()
    assert case.conversation_id is not None
    await handoff.ladder.page(case.id, 1, 0)
    await handoff.claims.claim(asma, case.id)
    await handoff.claims.send(asma, case.id, "Main yahan hoon")
    await handoff.claims.release(asma, case.id)
    clock.move(timedelta(hours=1))
    await handoff.alarm(case.conversation_id)
    clock.move(timedelta(seconds=1))
    await handoff.ladder.page(case.id, 2, 0)
    clock.move(timedelta(seconds=19))
    await handoff.claims.claim(asma, case.id)
    (found,) = await times_of(handoff.core)
    assert found.waits[1] == WaitTimes("rang_again", 1.0, 20.0, None)
    assert (found.steps_due, found.steps_missed) == (1, 0), "the first claim came in two seconds"


async def test_an_erased_case_keeps_its_times_and_no_more(
    handoff: Handoff, clock: SetClock
) -> None:
    await handoff.staff("asma")
    case = await handoff.rung()
    assert case.conversation_id is not None
    async with handoff.core.database.transaction() as tx:
        await tx.session.execute(update(Escalation).values(gender="woman", judged="right"))
    clock.move(timedelta(seconds=40))
    async with handoff.core.database.transaction() as tx:
        await handoff.desk.erased(tx, case.conversation_id)
    clock.move(timedelta(hours=1))
    (found,) = await times_of(handoff.core)
    assert (found.gender, found.judged) == (None, None)
    assert found.waits == (WaitTimes("first_alarm", None, None, None),)
    assert (found.steps_due, found.steps_missed) == (1, 1)


async def test_a_case_without_a_trail_is_counted_by_its_row(
    handoff: Handoff, clock: SetClock
) -> None:
    async with handoff.core.database.transaction() as tx:
        tx.session.add(
            Escalation(
                door="sms",
                language="ur",
                script="Arab",
                level="critical",
                reasons=[],
                opened_at=START,
                last_alarm_at=START,
                clock_started_at=START,
                engaged_at=START + timedelta(seconds=77),
            )
        )
    (found,) = await times_of(handoff.core)
    assert found.waits[0].worded == 77.0


async def times_of(core: Core) -> list[CaseTimes]:
    period = Period(START - timedelta(days=1), START + timedelta(days=9), core.clock.now())
    async with core.database.transaction() as tx:
        return await load_times(tx, core.settings, period)


# Who sees them, and the export


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        # Midnight in Pakistan is 19:00 UTC; a day counts an hour after its end.
        ("2026-11-21T20:00", "2026-11-14T19:00", "2026-11-21T19:00"),
        ("2026-11-21T19:59", "2026-11-13T19:00", "2026-11-20T19:00"),
    ],
)
def test_a_period_is_whole_days_in_pakistan(now: str, start: str, end: str) -> None:
    def utc(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert last_days(7, utc(now)) == Period(utc(start), utc(end), utc(now))


@pytest.mark.parametrize(
    ("role", "sees", "exports"),
    [
        ("supervisor", True, False),
        ("lead", True, True),
        ("trainer", True, False),
        ("administrator", True, False),
    ],
)
async def test_who_may(handoff: Handoff, role: str, sees: bool, exports: bool) -> None:
    viewer = await handoff.staff("somebody", role, on_call=False)
    figures = Figures(handoff.core)
    assert (await figures.report(viewer, 7)).total.cases == 0
    if exports:
        assert (await figures.export(viewer, 7)).startswith("from,")
    else:
        with pytest.raises(NotAllowedError):
            await figures.export(viewer, 7)
    with pytest.raises(InputError):
        await figures.report(viewer, 8)
    tags = [(event.tag, event.actor) for event in await handoff.audit()]
    assert tags.count(("figures:exported", str(viewer.staff_id))) == int(exports)


async def test_the_export_names_nobody(handoff: Handoff, clock: SetClock) -> None:
    lead = await handoff.staff("lina", "lead")
    asma = await handoff.accounts.add("asma", "supervisor", ["ur"])
    for index in range(12):
        door = "sms" if index < 2 else "web"
        opened = START - timedelta(days=1, minutes=index)
        await put_case(handoff.core, asma, opened, claimed=50, worded=70 + index, door=door)
    text = await Figures(handoff.core).export(lead, 30)
    async with handoff.core.database.transaction() as tx:
        ids = [str(case) for case in await tx.session.scalars(Escalation.__table__.select())]
    for word in ("asma", "lina", str(asma.id), str(lead.staff_id), *ids):
        assert word not in text
    rows = list(csv.DictReader(StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    total = rows[0]
    assert (total["by"], total["value"], total["cases"]) == ("all", "all", "12")
    assert (total["worded_median_s"], total["worded_p90_s"]) == ("76", "80")
    assert total["worded_within_5_min"] == "1.00"
    assert (total["missed_steps"], total["not_judged"]) == ("0.000", HIDDEN)
    doors = {row["value"]: row["cases"] for row in rows if row["by"] == "door"}
    assert doors == {"web": HIDDEN, "sms": HIDDEN, "whatsapp": "0"}
    allowed = {HIDDEN, *(row["value"] for row in rows), *(row["by"] for row in rows)}
    for row in rows:
        for field in row.values():
            assert (
                field in allowed | {""} or field.replace(".", "").isdigit() or field.endswith("Z")
            )


def test_the_sheet_has_every_row() -> None:
    report = make_report(PERIOD, [case_times()] * 5)
    every = list(csv.DictReader(StringIO(csv_of(report, make_ratings(())))))
    rows = [row for row in every if not row["by"].startswith("rated")]
    assert len(rows) == 1 + sum(len(one.known) for one in DIMENSIONS.values()) + 2
    assert {row["by"] for row in rows} == {"all", *DIMENSIONS, "waited_again"}


def test_nothing_of_a_person_reaches_the_figures() -> None:
    """Whoever adds a field to what the figures know must think of this test."""
    assert {field.name for field in fields(CaseTimes)} == {
        "level", "tier", "language", "door", "hour", "gender", "judged",
        "waits", "steps_due", "steps_missed",
    }  # fmt: skip
    assert PERIODS == (7, 30, 90)


# Plots


def test_bars_are_as_long_as_their_numbers() -> None:
    rows = make_report(PERIOD, [case_times(0.0, 200.0, 300.0)] * 10).tables["door"]
    times = times_plot(rows)
    bar = {one.value: one for one in times.bars}
    assert (bar["web"].solid, bar["web"].outline) == (PLOT // 2, PLOT // 2)
    assert times.mark == times.ticks[2].x, "five of the ten minutes"
    shares = {one.value: one for one in shares_plot(rows).bars}
    assert (shares["web"].solid, shares["web"].outline) == (PLOT, PLOT)


def test_hidden_bars_have_no_length_and_long_ones_end_at_the_edge() -> None:
    spread = {"worded": Spread(90_000.0, 100_000.0, 0.0)}
    none = {"worded": Spread(None, None, None)}
    rows = [Row("a", 9, spread, None, {}), Row("b", None, none, None, {})]
    long, hidden = times_plot(rows).bars
    assert (long.solid, long.outline, long.beyond) == (PLOT, PLOT, True)
    assert (hidden.solid, hidden.outline, hidden.numbers) == (None, None, (None, None))
    assert shares_plot(rows).bars[1].solid is None
    assert len(stages_plot(rows[0]).bars) == 1


def test_durations_and_shares_in_words() -> None:
    assert [duration(one) for one in (0, 59.6, 61, 3_600, 86_399)] == [
        "0:00", "1:00", "1:01", "1:00:00", "23:59:59",
    ]  # fmt: skip
    assert [percent(one) for one in (0.0, 0.001, 0.5, 0.999, 1.0)] == [
        "0%", "1%", "50%", "99%", "100%",
    ]  # fmt: skip

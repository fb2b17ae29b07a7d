"""What persons answered at the end of a chat: summed, parted, hidden where few, exported."""

from __future__ import annotations

import csv
from dataclasses import fields, replace
from datetime import date, timedelta
from io import StringIO

import pytest

from amaan.clock import SetClock
from amaan.errors import NotAllowedError
from handoff.figures import Figures
from handoff.figures.ratings import ANSWERS, Rated, RatingRow, Ratings, make_ratings
from handoff.figures.report import DIMENSIONS, make_report
from handoff.figures.sheet import COLUMNS, HIDDEN, csv_of
from handoff.figures.times import Period
from tests.conftest import START
from tests.handoff.invented import put_rating
from tests.handoff.parts import Handoff

PERIOD = Period(START, START + timedelta(days=7), START + timedelta(days=8))
LAST_DAY = date(2026, 11, 21)
"""Of a period that is asked for an hour after `START`, by the clock in Pakistan."""


def rated(helped: int, a_little: int, not_helped: int, *, of: str = "ur-Arab/web") -> list[Rated]:
    language, door = of.split("/")
    counts = zip(ANSWERS, (helped, a_little, not_helped), strict=True)
    return [Rated(language, door, answer, count) for answer, count in counts]


def by_value(ratings: Ratings, by: str) -> dict[str, RatingRow]:
    return {row.value: row for row in ratings.tables[by]}


# Counted by hand


def test_totals_and_shares_by_hand() -> None:
    found = rated(20, 10, 10) + rated(15, 5, 20, of="ps-Arab/sms")
    found += rated(5, 5, 10, of="ur-Arab/sms")
    ratings = make_ratings(found)
    assert ratings.total.answers == 100
    assert ratings.total.shares == {"helped": 0.4, "a_little": 0.2, "not_helped": 0.4}
    languages = by_value(ratings, "language")
    assert languages["ur-Arab"].answers == 60
    assert languages["ur-Arab"].shares == {"helped": 25 / 60, "a_little": 0.25, "not_helped": 1 / 3}
    assert by_value(ratings, "door")["sms"].shares == {
        "helped": 20 / 60, "a_little": 10 / 60, "not_helped": 0.5,
    }  # fmt: skip


def test_every_known_part_is_a_row_and_an_unknown_code_stands_under_other() -> None:
    quiet = make_ratings(rated(9, 9, 9))
    assert {by: tuple(by_value(quiet, by)) for by in quiet.tables} == {
        by: DIMENSIONS[by].known for by in ("language", "door")
    }
    strange = make_ratings(rated(9, 9, 9, of="fr-Latn/fax"))
    for by in ("language", "door"):
        assert strange.tables[by][-1].value == "other"
        assert strange.tables[by][-1].answers == 27


def test_a_small_part_takes_another_with_it() -> None:
    found = rated(30, 30, 30) + rated(8, 8, 8, of="ur-Arab/sms")
    doors = by_value(make_ratings([*found, *rated(1, 1, 1, of="ur-Arab/whatsapp")]), "door")
    assert doors["whatsapp"].answers is None
    assert doors["sms"].answers is None, "117 - 90 would tell of the three"
    assert set(doors["sms"].shares.values()) == {None}
    assert doors["web"].answers == 90


def test_a_small_answer_takes_another_with_it() -> None:
    total = make_ratings(rated(40, 12, 3)).total
    assert total.answers == 55
    assert total.shares == {"helped": 40 / 55, "a_little": None, "not_helped": None}


def test_where_all_answered_the_same_nothing_is_said_of_them() -> None:
    total = make_ratings(rated(0, 0, 30)).total
    assert (total.answers, set(total.shares.values())) == (30, {None})


def test_too_few_answers_show_nothing() -> None:
    ratings = make_ratings(rated(2, 1, 1))
    for row in (ratings.total, *ratings.tables["language"], *ratings.tables["door"]):
        assert not row.answers
        assert set(row.shares.values()) == {None}
    assert ratings.total.answers is None


def test_an_empty_period() -> None:
    ratings = make_ratings(())
    assert ratings.total == RatingRow("all", 0, dict.fromkeys(ANSWERS))
    assert {row.answers for rows in ratings.tables.values() for row in rows} == {0}


def test_nothing_of_a_person_or_a_day_reaches_them() -> None:
    """Whoever adds a field to what is known of an answer must think of this test."""
    assert {field.name for field in fields(Rated)} == {"language", "door", "answer", "count"}


# The table of the house


async def test_only_the_days_of_the_period_are_summed(handoff: Handoff, clock: SetClock) -> None:
    viewer = await handoff.staff("asma")
    clock.move(timedelta(hours=1))
    figures = Figures(handoff.core)
    for days, count in ((0, 7), (6, 8), (7, 100), (-1, 200)):
        await put_rating(handoff.core, LAST_DAY - timedelta(days=days), 3, count)
        await put_rating(handoff.core, LAST_DAY - timedelta(days=days), 1, count, door="sms")
    week = await figures.ratings(viewer, await figures.report(viewer, 7))
    assert (week.total.answers, week.total.shares["helped"]) == (30, None)
    month = await figures.ratings(viewer, await figures.report(viewer, 30))
    assert month.total.answers == 230


async def test_scripts_of_a_language_are_rows_of_their_own(handoff: Handoff) -> None:
    viewer = await handoff.staff("asma")
    for helped in (1, 2, 3):
        await put_rating(handoff.core, date(2026, 11, 15), helped, 6)
        await put_rating(handoff.core, date(2026, 11, 16), helped, 7, script="Latn")
    figures = Figures(handoff.core)
    languages = by_value(
        await figures.ratings(viewer, await figures.report(viewer, 30)), "language"
    )
    assert (languages["ur-Arab"].answers, languages["ur-Latn"].answers) == (18, 21)


async def test_who_may_not_see_figures_sees_no_ratings(handoff: Handoff) -> None:
    viewer = await handoff.staff("asma")
    report = await Figures(handoff.core).report(viewer, 7)
    nobody = replace(viewer, role="nobody")
    with pytest.raises(NotAllowedError):
        await Figures(handoff.core).ratings(nobody, report)


# The export


async def test_the_export_has_them(handoff: Handoff) -> None:
    lead = await handoff.staff("lina", "lead")
    for helped, count in ((3, 12), (2, 6), (1, 6)):
        await put_rating(handoff.core, date(2026, 11, 10), helped, count)
    await put_rating(handoff.core, date(2026, 11, 11), 3, 2, language="ps")
    rows = list(csv.DictReader(StringIO(await Figures(handoff.core).export(lead, 30))))
    (total,) = [row for row in rows if row["by"] == "rated"]
    assert [total[column] for column in ("cases", "answers", *ANSWERS)] == [
        "", "26", "0.54", "0.23", "0.23",
    ]  # fmt: skip
    languages = {row["value"]: row["answers"] for row in rows if row["by"] == "rated_language"}
    assert (languages["ur-Arab"], languages["ps-Arab"]) == (HIDDEN, HIDDEN)
    assert {row["answers"] for row in rows if not row["by"].startswith("rated")} == {""}


def test_the_sheet_has_every_row_and_column() -> None:
    text = csv_of(make_report(PERIOD, []), make_ratings(rated(9, 9, 9)))
    lines = list(csv.reader(StringIO(text)))
    assert {len(line) for line in lines} == {len(COLUMNS)}
    bys = [line[2] for line in lines]
    assert bys.count("rated") == 1
    for by in ("language", "door"):
        assert bys.count(f"rated_{by}") == len(DIMENSIONS[by].known)

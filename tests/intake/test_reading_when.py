"""When it began: dates, months, words of the parse; never in the future."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amaan.text.lexicon import FOLDER
from intake.reading import read_when
from intake.schema import Draft
from tests.intake.properties import calm, disguised, texts

TODAY = date(2026, 11, 21)  # a Saturday


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("2026-05-12", date(2026, 5, 12), "exact"), ("12-05-2026", date(2026, 5, 12), "exact"),
        ("12/5/26", date(2026, 5, 12), "exact"), ("12.05.2026", date(2026, 5, 12), "exact"),
        ("۱۲/۰۵/۲۰۲۶", date(2026, 5, 12), "exact"), ("੧੨-੦੫-੨੦੨੬", date(2026, 5, 12), "exact"),
        ("5/25/2026", date(2026, 5, 25), "exact"), ("12/5", date(2026, 5, 12), "exact"),
        ("25/12", date(2025, 12, 25), "exact"), ("29/2", date(2024, 2, 29), "exact"),
        ("5 march 2026", date(2026, 3, 5), "exact"), ("March 5, 2026", date(2026, 3, 5), "exact"),
        ("5th March", date(2026, 3, 5), "exact"), ("march 2025", date(2025, 3, 1), "month"),
        ("in March", date(2026, 3, 1), "month"), ("december", date(2025, 12, 1), "month"),
        ("مارچ ۲۰۲۵ میں", date(2025, 3, 1), "month"), ("ਮਾਰਚ 2025", date(2025, 3, 1), "month"),
        ("05-2026", date(2026, 5, 1), "month"), ("2026/05", date(2026, 5, 1), "month"),
        ("2024", date(2024, 1, 1), "year"), ("in 2024", date(2024, 1, 1), "year"),
        ("from 01-03-2026 until 05-06-2026", date(2026, 3, 1), "exact"),
    ],
)  # fmt: skip
def test_dates_as_they_are_written(text: str, day: date, precision: str) -> None:
    assert read_when(text, (), TODAY) == (day, precision)


@pytest.mark.parametrize(
    "text",
    ["25-12-2026", "22/11/2026", "2027", "31/02/2026", "99/99/9999", "0000-00-00", "1850", "", "no",
     "it may have been him", "0300 0000001", "he is 20 years old", "1/1/0000"],
)  # fmt: skip
def test_no_date_or_one_to_come(text: str) -> None:
    assert read_when(text, (), TODAY) is None


@pytest.mark.parametrize(
    ("kind", "value", "day", "precision"),
    [
        ("time", "now", TODAY, "exact"), ("time", "today", TODAY, "exact"),
        ("time", "this_morning", TODAY, "exact"), ("time", "tonight", TODAY, "exact"),
        ("time", "yesterday", date(2026, 11, 20), "exact"),
        ("time", "last_night", date(2026, 11, 20), "exact"),
        ("time", "yesterday_or_tomorrow", date(2026, 11, 20), "exact"),
        ("time", "day_before_yesterday", date(2026, 11, 19), "exact"),
        ("time", "day_before_yesterday_or_after_tomorrow", date(2026, 11, 19), "exact"),
        ("time", "saturday", TODAY, "exact"), ("time", "monday", date(2026, 11, 16), "exact"),
        ("time", "3 days ago", date(2026, 11, 18), "exact"),
        ("time", "1 day ago", date(2026, 11, 20), "exact"),
        ("time", "40 days ago", date(2026, 10, 12), "month"),
        ("time", "5 hours ago", TODAY, "exact"), ("time", "week ago", date(2026, 11, 14), "month"),
        ("time", "2 weeks ago", date(2026, 11, 7), "month"),
        ("time", "2 months ago", date(2026, 9, 1), "month"),
        ("time", "11 months ago", date(2025, 12, 1), "month"),
        ("time", "month ago", date(2026, 10, 1), "month"),
        ("time", "2 years ago", date(2024, 1, 1), "year"),
        ("time", "last_week", date(2026, 11, 14), "month"),
        ("time", "this_week", TODAY, "month"), ("time", "this_month", date(2026, 11, 1), "month"),
        ("time", "last_month", date(2026, 10, 1), "month"),
        ("time", "this_year", date(2026, 1, 1), "year"),
        ("time", "last_year", date(2025, 1, 1), "year"),
        ("date", "2026-03-25", date(2026, 3, 25), "exact"),
        ("date", "2026-03", date(2026, 3, 1), "month"),
        ("date", "--03-25", date(2026, 3, 25), "exact"),
        ("date", "--12-25", date(2025, 12, 25), "exact"),
        ("date", "---12", date(2026, 11, 12), "exact"),
        ("date", "---31", date(2026, 10, 31), "exact"),
    ],
)  # fmt: skip
def test_what_the_parse_found(kind: str, value: str, day: date, precision: str) -> None:
    assert read_when("", ((kind, value),), TODAY) == (day, precision)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("time", "tomorrow"), ("time", "next_week"), ("time", "22:00"), ("time", "10 o'clock"),
     ("time", "evening"), ("date", "2027-01-01"), ("date", "x"), ("age", "14"), ("time", "")],
)  # fmt: skip
def test_what_says_no_day(kind: str, value: str) -> None:
    assert read_when("", ((kind, value),), TODAY) is None


def test_the_earliest_counts() -> None:
    found = read_when("since march 2026", (("time", "yesterday"), ("date", "2026-03")), TODAY)
    assert found == (date(2026, 3, 1), "month")


def test_every_word_of_the_list_is_known() -> None:
    rows = (FOLDER / "entities" / "time.tsv").read_text().splitlines()[1:]
    values = {row.split("\t")[1] for row in rows}
    unread = {value for value in values if read_when("", (("time", value),), TODAY) is None}
    assert unread == {
        *("tomorrow", "day_after_tomorrow", "tomorrow_morning", "tomorrow_night"),
        *("next_week", "next_month"),
        # A part of the day without a day.
        *("morning", "noon", "afternoon", "evening", "night", "midnight"),
    }


@calm
@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.data())
def test_a_written_day_survives_every_script(today: date, data: st.DataObject) -> None:
    day = data.draw(st.dates(date(1990, 1, 1), today))
    written = data.draw(disguised(day.strftime("%d-%m-%Y"), parted=False))
    assert read_when(written, (), today) == (day, "exact")


@calm
@given(
    texts,
    st.lists(st.tuples(st.sampled_from(["date", "time", "age"]), texts), max_size=3),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
)
def test_any_text_gives_nothing_or_the_past(
    text: str, entities: list[tuple[str, str]], today: date
) -> None:
    found = read_when(text, entities, today)
    if found is not None:
        assert date(1990, 1, 1) <= found[0] <= today
        Draft(since=found[0], since_precision=found[1])


@calm
@given(st.integers(0, 999), st.sampled_from(["minute", "hour", "day", "week", "month", "year"]))
def test_whatever_is_ago_is_past(count: int, unit: str) -> None:
    found = read_when("", (("time", f"{count} {unit}s ago"),), TODAY)
    assert found is None or found[0] <= TODAY - timedelta(days=0)

"""Nobody can be found in the figures: what is hidden, tried as somebody would who wants to know."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.figures.ratings import ANSWERS, Rated, Ratings, make_ratings
from handoff.figures.report import (
    ALL,
    DIMENSIONS,
    JUDGEMENTS,
    Report,
    make_report,
)
from handoff.figures.suppress import LEAST, Cell, Line, suppressed
from handoff.figures.times import CaseTimes, Period
from tests.conftest import START
from tests.handoff.invented import case_times

PRIME = 2**31 - 1
PERIOD = Period(START, START + timedelta(days=7), START + timedelta(days=8))


# Nobody can be found: properties


def can_differ(
    counts: Mapping[Cell, int], lines: list[Line], hidden: frozenset[Cell], *, least: int = 0
) -> bool:
    """Whether each hidden number has another value that all shown numbers allow.

    Tries every table of small numbers, as somebody who wants to know would.
    """
    cells = sorted(hidden, key=str)
    guess = dict(counts)
    options: dict[Cell, set[int]] = {cell: set() for cell in cells}
    for values in itertools.product(range(least, max(counts.values()) + 1), repeat=len(cells)):
        guess.update(zip(cells, values, strict=True))
        if all(guess[total] == sum(map(guess.__getitem__, parts)) for total, parts in lines):
            for cell, value in zip(cells, values, strict=True):
                options[cell].add(value)
            if all(len(found) > 1 for found in options.values()):
                return True
    return not cells


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 8), min_size=2, max_size=4))
def test_no_hidden_number_of_a_line_can_be_computed(parts: list[int]) -> None:
    counts: dict[Cell, int] = {index: count for index, count in enumerate(parts)}
    line: Line = ("total", tuple(range(len(parts))))
    counts["total"] = sum(parts)
    hidden = suppressed(counts, [line])
    assert {cell for cell, count in counts.items() if count < LEAST} <= hidden
    if "total" not in hidden:
        shown = {cell: count for cell, count in counts.items() if cell not in hidden}
        rest = counts["total"] - sum(shown.get(part, 0) for part in line[1])
        assert rest == 0 or rest >= LEAST
        assert can_differ(counts, [line], hidden)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 7), min_size=2, max_size=5))
def test_nor_where_zeros_are_shown(parts: list[int]) -> None:
    """Then a reader knows that nothing hidden is zero: five ones are as clear as one."""
    counts: dict[Cell, int] = {index: count for index, count in enumerate(parts)}
    line: Line = ("total", tuple(range(len(parts))))
    counts["total"] = sum(parts)
    empty = {cell for cell, count in counts.items() if count == 0}
    hidden = suppressed(counts, [line], empty=empty, never_empty=frozenset(counts))
    assert {cell for cell, count in counts.items() if 0 < count < LEAST} <= hidden
    if "total" not in hidden:
        assert can_differ(counts, [line], hidden, least=0 if hidden & empty else 1)


def test_with_one_in_each_part_not_even_zeros_are_shown() -> None:
    hours = [case_times(hour=hour) for hour in range(12)]
    report = make_report(PERIOD, hours)
    assert report.total.cases == 12
    assert {row.cases for row in report.tables["hour"]} == {None}
    assert {row.cases for row in report.tables["door"]} == {12, 0}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 7), min_size=4, max_size=4))
def test_no_hidden_number_of_a_table_can_be_computed(inner: list[int]) -> None:
    """Two rows, two columns, totals of both: several sums together tell no more than one."""
    one, two, three, four = inner
    counts: dict[Cell, int] = {"11": one, "12": two, "21": three, "22": four}
    counts |= {"1": one + two, "2": three + four, "x": one + three, "y": two + four}
    counts["all"] = sum(inner)
    lines: list[Line] = [
        ("1", ("11", "12")),
        ("2", ("21", "22")),
        ("x", ("11", "21")),
        ("y", ("12", "22")),
        ("all", ("1", "2")),
        ("all", ("x", "y")),
    ]
    hidden = suppressed(counts, lines)
    assert {cell for cell, count in counts.items() if count < LEAST} <= hidden
    inside = hidden & {"11", "12", "21", "22"}
    if hidden and hidden == inside:
        assert can_differ(counts, lines, hidden)
    assert not _solved(lines, hidden)


def _solved(lines: Iterable[Line], hidden: frozenset[Cell]) -> set[Cell]:
    """Hidden cells that the sums determine, by elimination in a prime field."""
    cells = sorted(hidden, key=str)
    rows = [
        [(int(cell in parts) - int(cell == total)) % PRIME for cell in cells]
        for total, parts in lines
    ]
    done = 0
    for column in range(len(cells)):
        pivot = next((i for i in range(done, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        inverse = pow(rows[done][column], -1, PRIME)
        rows[done] = top = [value * inverse % PRIME for value in rows[done]]
        for index, row in enumerate(rows):
            if index != done and row[column]:
                times = row[column]
                rows[index] = [(a - times * b) % PRIME for a, b in zip(row, top, strict=True)]
        done += 1
    single = [row for row in rows if sum(map(bool, row)) == 1]
    return {cells[next(i for i, value in enumerate(row) if value)] for row in single}


A_CASE = st.builds(
    case_times,
    level=st.sampled_from(["critical", "critical", "elevated", "requested"]),
    tier=st.sampled_from(["critical", "high", "medium", "standard"]),
    language=st.sampled_from(["ur-Arab", "ur-Arab", "ur-Latn", "ps-Arab", "fr-Latn"]),
    door=st.sampled_from(["web", "web", "sms", "whatsapp"]),
    hour=st.integers(0, 3),
    gender=st.sampled_from([None, None, "woman", "man", "trans"]),
    judged=st.sampled_from([None, "right", "right", "not_a_risk", "missed_earlier"]),
)


def _shown(report: Report) -> dict[Cell, int | None]:
    """Every count that a reader has, None for the hidden ones."""
    parts = [((ALL, ALL), report.total)]
    parts += [((by, row.value), row) for by, rows in report.tables.items() for row in rows]
    found: dict[Cell, int | None] = {}
    for part, row in parts:
        found[*part, ALL] = row.cases
        found |= {(*part, one): row.judged[one] for one in JUDGEMENTS}
    return found


@settings(max_examples=12, deadline=None)
@given(st.lists(A_CASE, min_size=0, max_size=120))
def test_no_hidden_number_of_a_whole_report_can_be_computed(cases: list[CaseTimes]) -> None:
    shown = _shown(make_report(PERIOD, cases))
    for (*part, _), count in shown.items():
        # A part without cases is shown as such; else nothing below five.
        assert count is None or count >= LEAST or (count == shown[*part, ALL] == 0)
    hidden = frozenset(cell for cell, count in shown.items() if count is None)
    lines: list[Line] = []
    for by, dimension in DIMENSIONS.items():
        values = dimension.values(cases)
        for value in values:
            part = (by, value)
            lines.append(((*part, ALL), tuple((*part, one) for one in JUDGEMENTS)))
        for column in (*JUDGEMENTS, ALL):
            rows = tuple((by, value, column) for value in values)
            lines.append(((ALL, ALL, column), rows))
    lines.append(((ALL, ALL, ALL), tuple((ALL, ALL, one) for one in JUDGEMENTS)))
    assert not _solved(lines, hidden)
    for total, parts in lines:
        unseen = [part for part in parts if shown[part] is None]
        if shown[total] is not None and unseen:
            rest = shown[total] - sum(shown[part] or 0 for part in parts)  # type: ignore[operator]
            assert rest >= LEAST


AN_ANSWER = st.builds(
    Rated,
    language=st.sampled_from(["ur-Arab", "ur-Arab", "ur-Latn", "ps-Arab", "fr-Latn"]),
    door=st.sampled_from(["web", "web", "sms", "whatsapp"]),
    answer=st.sampled_from(["helped", "helped", "a_little", "not_helped"]),
    count=st.integers(1, 9),
)


def _answered(ratings: Ratings, counts: Mapping[Cell, int]) -> dict[Cell, int | None]:
    """Every count that a reader has or computes from a share."""
    parts = [((ALL, ALL), ratings.total)]
    parts += [((by, row.value), row) for by, rows in ratings.tables.items() for row in rows]
    found: dict[Cell, int | None] = {}
    for part, row in parts:
        found[*part, ALL] = row.answers
        for answer, share in row.shares.items():
            if row.answers is not None and share is not None:
                found[*part, answer] = round(row.answers * share)
            else:
                found[*part, answer] = 0 if row.answers == 0 else None
    assert all(count in (None, counts.get(cell, 0)) for cell, count in found.items())
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(AN_ANSWER, min_size=0, max_size=24))
def test_no_hidden_number_of_the_answers_can_be_computed(answers: list[Rated]) -> None:
    counts = Counter[Cell]()
    for one in answers:
        other = "other" if one.language == "fr-Latn" else one.language
        for part in ((ALL, ALL), ("language", other), ("door", one.door)):
            for column in (one.answer, ALL):
                counts[*part, column] += one.count
    ratings = make_ratings(answers)
    shown = _answered(ratings, counts)
    lines: list[Line] = [((ALL, ALL, ALL), tuple((ALL, ALL, one) for one in ANSWERS))]
    for by, rows in ratings.tables.items():
        parts = [(by, row.value) for row in rows]
        lines += [((*part, ALL), tuple((*part, one) for one in ANSWERS)) for part in parts]
        lines += [
            ((ALL, ALL, column), tuple((*part, column) for part in parts))
            for column in (*ANSWERS, ALL)
        ]
    for (*part, _), count in shown.items():
        assert count is None or count >= LEAST or (count == shown[*part, ALL] == 0)
    assert not _solved(lines, frozenset(cell for cell, count in shown.items() if count is None))
    for total, cells in lines:
        whole = shown[total]
        if whole is not None and any(shown[cell] is None for cell in cells):
            assert whole - sum(shown[cell] or 0 for cell in cells) >= LEAST

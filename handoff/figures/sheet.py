"""The figures as a table for other programs: no person of either side, no case, no name.

Every field is a code of ours, a number, nothing where there was nobody or the row counts
something else, or `HIDDEN`: no program takes one for a formula, and nobody can tell a small
number from one hidden to protect it.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO

from handoff.figures.ratings import ANSWERS, RatingRow, Ratings
from handoff.figures.report import ALL, JUDGEMENTS, STAGES, Report, Row

HIDDEN = "hidden"
COLUMNS = (
    "from",
    "until",
    "by",
    "value",
    "cases",
    *(f"{stage}_{what}" for stage in STAGES for what in ("median_s", "p90_s", "within_5_min")),
    "missed_steps",
    *JUDGEMENTS,
    "answers",
    *ANSWERS,
)
AGAIN = "waited_again"
RATED = "rated"
"""Rows of what persons answered: whole, and with the dimension after it."""
_OF_CASES = COLUMNS.index("answers") - COLUMNS.index("cases")
_OF_ANSWERS = len(COLUMNS) - COLUMNS.index("answers")


def csv_of(report: Report, ratings: Ratings) -> str:
    """Cases and answers as comma-separated values with a heading; UTC, shares of one."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    period = (_moment(report.period.start), _moment(report.period.end))
    for by, rows in [(ALL, (report.total,)), *report.tables.items(), (AGAIN, report.again)]:
        writer.writerows([*period, by, *_fields(row), *[""] * _OF_ANSWERS] for row in rows)
    for by, answered in [("", (ratings.total,)), *ratings.tables.items()]:
        name = f"{RATED}_{by}" if by else RATED
        writer.writerows([*period, name, *_answers(row)] for row in answered)
    return out.getvalue()


def _fields(row: Row) -> list[str]:
    if row.cases == 0:
        return [row.value, "0", *[""] * (_OF_CASES - 1)]
    return [
        row.value,
        _number(row.cases, 0),
        *(
            field
            for stage in STAGES
            for field in (
                _number(row.spreads[stage].median, 0),
                _number(row.spreads[stage].p90, 0),
                _number(row.spreads[stage].within, 2),
            )
        ),
        _number(row.missed, 3),
        *(_number(row.judged[judgement], 0) for judgement in JUDGEMENTS),
    ]


def _answers(row: RatingRow) -> list[str]:
    before = [row.value, *[""] * _OF_CASES]
    if row.answers == 0:
        return [*before, "0", *[""] * len(ANSWERS)]
    return [*before, _number(row.answers, 0), *(_number(one, 2) for one in row.shares.values())]


def _number(value: float | None, digits: int) -> str:
    return HIDDEN if value is None else f"{value:.{digits}f}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")

"""The figures page and its export: how soon a human came and what helped, never whom."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from handoff.console import wording
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted, proved
from handoff.console.views import Board
from handoff.figures import PERIODS, Figures
from handoff.figures.plots import duration, percent, shares_plot, stages_plot, times_plot
from handoff.figures.report import NOT_GIVEN, OTHER
from handoff.figures.suppress import LEAST
from handoff.figures.times import ZONE
from handoff.hours import zone_of
from handoff.permissions import Permission

router = APIRouter(route_class=ClosedRoute)

_HOME = "/figures"
_FIRST = PERIODS[1]

BY = {
    "level": "By level of the alarm",
    "tier": "By tier",
    "language": "By language and script",
    "door": "By channel",
    "hour": "By hour of the day in Pakistan",
    "gender": "By gender, where it was given",
}
STAGES = {
    "called": "First page",
    "claimed": "Claim",
    "worded": "First human word",
}
TIERS = {"critical": "Critical", "high": "High", "medium": "Medium", "standard": "Standard"}
GENDERS = {
    "woman": "Woman",
    "man": "Man",
    "trans": "Trans",
    "unknown": "Not known",
    NOT_GIVEN: "Not given",
}
CAUSES = {
    "rang_again": "Rang again after the chat was given back",
    "holder_left": "The supervisor left, or her console was gone",
}
ANSWERS = {"helped": "it helped", "a_little": "a little", "not_helped": "it did not help"}


def name_of(by: str, value: str) -> str:
    """English name of one part of a table, to be translated; hours and codes stay as they are."""
    if value == OTHER:
        return "Other"
    if by == "language":
        return wording.language_name(*value.split("-"))
    if by == "hour":
        return f"{value}:00"
    known = {
        "level": wording.LEVELS,
        "tier": TIERS,
        "door": wording.DOORS,
        "gender": GENDERS,
        "cause": CAUSES,
        "stage": STAGES,
    }
    return known.get(by, {}).get(value, value)


@router.get(_HOME)
@opened_by(permitted(Permission.FIGURES_SEE))
async def figures(office: InOffice, me: Me, days: int = _FIRST) -> Response:
    """The figures of the last days, with plots."""
    read = Figures(office.core)
    report = await read.report(me, days)
    # Who takes cases hears the alarm on this page too.
    board = (
        Board.of(await office.reading.queue(me), me.staff_id)
        if me.may(Permission.QUEUE_SEE)
        else None
    )
    return office.pages.html(
        "figures.html",
        me=me,
        board=board,
        days=days,
        periods=PERIODS,
        least=LEAST,
        report=report,
        ratings=await read.ratings(me, report),
        first_day=report.period.start.astimezone(zone_of(ZONE)).date(),
        last_day=report.period.end.astimezone(zone_of(ZONE)).date() - timedelta(days=1),
        stages=stages_plot(report.total),
        plots={by: (times_plot(rows), shares_plot(rows)) for by, rows in report.tables.items()},
        by_words=BY,
        stage_words=STAGES,
        answer_words=ANSWERS,
        name_of=name_of,
        duration=duration,
        percent=percent,
    )


@router.get("/figures.csv")
@opened_by(proved(Permission.FIGURES_EXPORT, back=_HOME))
async def export(office: InOffice, me: Me, days: int = _FIRST) -> Response:
    """The same for other programs; audited."""
    content = await Figures(office.core).export(me, days)
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="amaan-figures-{days}-days.csv"'},
    )

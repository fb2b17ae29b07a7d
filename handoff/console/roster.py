"""The roster page: who is there when, where nobody is, and the forms that change it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from amaan.errors import AmaanError, InputError, NotFoundError
from handoff.console.duty import board_of
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.console.office import Office
from handoff.console.wall import Wall, read_date, read_time
from handoff.duty import Duties
from handoff.load import loads
from handoff.permissions import Permission
from handoff.profile import Profiles
from handoff.roster_page import roster_page
from handoff.viewer import Viewer

router = APIRouter(route_class=ClosedRoute)

_HOME = "/roster"
_MINUTES_A_DAY = 24 * 60
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FORMS = ("pattern", "shift", "absence", "holiday")
FIELDS = {"period": "ends", "holiday_known": "day", "not_found": "person", "minutes": "ends"}
"""Which field of a form a code of the service speaks of, where the names differ."""
PROBLEMS = {
    "person": "Choose a person who takes cases.",
    "not_found": "This person takes no cases.",
    "weekday": "Choose a day of the week.",
    "starts": "Give the time at which it begins.",
    "ends": "Give the time at which it ends.",
    "period": "It must end after it begins. A single shift lasts at most two days.",
    "minutes": "Weekly hours last at most a day.",
    "time_zone": "There is no such time zone. One is called Asia/Karachi.",
    "valid_from": "Give the first day, or leave it as it was.",
    "valid_until": "Give a last day that is not before the first, or none.",
    "stand_in": "Nobody stands in for herself.",
    "day": "Give a day.",
    "name": "Give a name of at most 60 letters.",
    "holiday_known": "This day is a holiday already.",
}

Typed = dict[str, str]


@router.get(_HOME)
@opened_by(permitted(Permission.ROSTER_SEE))
async def roster(office: InOffice, me: Me) -> Response:
    """The roster of the next seven days."""
    return await _page(office, me)


@router.post(_HOME)
@opened_by(permitted(Permission.ROSTER_EDIT))
async def add(
    request: Request, office: InOffice, me: Me, what: Annotated[str, Form(max_length=16)] = ""
) -> Response:
    """Adds weekly hours, a shift, an absence or a holiday."""
    form = await request.form()
    typed = {name: str(value).strip()[:80] for name, value in form.items()}
    adds = _ADDS.get(what)
    if adds is None:
        raise NotFoundError
    zone = (await Profiles(office.core).mine(me)).time_zone
    try:
        await adds(
            Duties(office.core), me, typed, Wall(zone, me.interface, office.core.clock.now())
        )
    except AmaanError as error:
        code = _code(what, error)
        if code not in PROBLEMS:
            raise
        return await _page(office, me, wrong=(what, code), typed=typed, status=error.http_status)
    return RedirectResponse(f"{_HOME}#h-{what}", status_code=303)


@router.post("/roster/remove")
@opened_by(permitted(Permission.ROSTER_EDIT))
async def remove(
    office: InOffice,
    me: Me,
    what: Annotated[str, Form(max_length=16)] = "",
    which: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Takes one entry away; harmless when somebody else just did."""
    duties = Duties(office.core)
    by_id = {
        "pattern": duties.remove_pattern,
        "shift": duties.remove_shift,
        "absence": duties.remove_absence,
    }
    try:
        if what == "holiday":
            await duties.remove_holiday(me, read_date(which, "day"))
        elif what in by_id:
            await by_id[what](me, _id(which, "input"))
    except NotFoundError:
        pass
    return RedirectResponse(f"{_HOME}#h-{what}" if what in FORMS else _HOME, status_code=303)


def _code(what: str, error: AmaanError) -> str:
    # Of weekly hours only the last day can lie before the first.
    return "valid_until" if (what, error.code) == ("pattern", "period") else error.code


def _id(typed: str, code: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise InputError("this is no id", code=code) from None


async def _add_pattern(duties: Duties, me: Viewer, typed: Typed, wall: Wall) -> None:
    staff_id = _id(typed.get("person", ""), "person")
    weekday = typed.get("weekday", "")
    if weekday not in {str(day) for day in range(7)}:
        raise InputError("a weekday is 0 to 6", code="weekday")
    starts = read_time(typed.get("starts", ""), "starts")
    ends = read_time(typed.get("ends", ""), "ends")
    minutes = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
    first, last = typed.get("valid_from", ""), typed.get("valid_until", "")
    await duties.add_pattern(
        me,
        staff_id,
        weekday=int(weekday),
        starts=starts,
        # Over midnight; the same time twice is a whole day.
        minutes=minutes if minutes > 0 else minutes + _MINUTES_A_DAY,
        time_zone=typed.get("time_zone", "") or wall.zone,
        on_holidays="on_holidays" in typed,
        valid_from=read_date(first, "valid_from") if first else wall.today,
        valid_until=read_date(last, "valid_until") if last else None,
    )


async def _add_shift(duties: Duties, me: Viewer, typed: Typed, wall: Wall) -> None:
    staff_id = _id(typed.get("person", ""), "person")
    await duties.add_shift(me, staff_id, *_period(typed, wall))


async def _add_absence(duties: Duties, me: Viewer, typed: Typed, wall: Wall) -> None:
    staff_id = _id(typed.get("person", ""), "person")
    other = typed.get("stand_in", "")
    stand_in = _id(other, "stand_in") if other else None
    starts, ends = _period(typed, wall)
    await duties.add_absence(me, staff_id, starts, ends, stand_in)


async def _add_holiday(duties: Duties, me: Viewer, typed: Typed, _wall: Wall) -> None:
    await duties.add_holiday(me, read_date(typed.get("day", ""), "day"), typed.get("name", ""))


_ADDS: dict[str, Callable[[Duties, Viewer, Typed, Wall], Awaitable[None]]] = {
    "pattern": _add_pattern,
    "shift": _add_shift,
    "absence": _add_absence,
    "holiday": _add_holiday,
}


def _period(typed: Typed, wall: Wall) -> tuple[datetime, datetime]:
    starts = wall.read(typed.get("starts", ""), "starts")
    return starts, wall.read(typed.get("ends", ""), "ends", is_end=True)


async def _page(
    office: Office,
    me: Viewer,
    *,
    wrong: tuple[str, str] | None = None,
    typed: Typed | None = None,
    status: int = 200,
) -> Response:
    page = await roster_page(office.core, me)
    edits = me.may(Permission.ROSTER_EDIT)
    w = Wall(page.time_zone, me.interface, page.now)
    values: dict[str, Any] = {
        "page": page,
        "w": w,
        "days": w.days(7),
        "edits": edits,
        "loads": await loads(office.core, me) if edits else [],
        "weekdays": WEEKDAYS,
        "ends_of": _ends_of,
        "wrong": wrong,
        "fields": FIELDS,
        "problems": PROBLEMS,
        "typed": {wrong[0]: typed or {}} if wrong else {},
    }
    board = await board_of(office, me)
    return office.pages.html("roster.html", status=status, me=me, board=board, **values)


def _ends_of(starts: Any, minutes: int) -> str:
    """The clock's time at which weekly hours end: ``06:00``."""
    return f"{datetime.combine(date(2000, 1, 1), starts) + timedelta(minutes=minutes):%H:%M}"

"""One's own settings, and one's own day: hours and hard cases, shown to nobody else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from amaan.errors import InputError
from handoff.console.duty import board_of
from handoff.console.gate import (
    SIGNED_IN,
    ClosedRoute,
    FactorNeededError,
    InOffice,
    Me,
    PasswordNeededError,
    opened_by,
)
from handoff.console.office import Office
from handoff.console.translation import INTERFACES
from handoff.console.wall import read_time
from handoff.load import own_day
from handoff.profile import MOST_CASES, Profile, Profiles
from handoff.viewer import Viewer

router = APIRouter(route_class=ClosedRoute)

_HOME = "/profile"
COMMON_ZONES = (
    "Asia/Karachi",
    "Asia/Kabul",
    "Asia/Dubai",
    "Asia/Riyadh",
    "Europe/Istanbul",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Toronto",
    "America/Los_Angeles",
)
"""Offered first; any other may be typed."""
PROBLEMS = {
    "interface": "Choose one of these languages.",
    "time_zone": "There is no such time zone. One is called Asia/Karachi.",
    "quiet_hours": "Give both times, and not the same twice; or neither.",
    "most_cases": "Give a number from 1 to 20.",
}
Word = Annotated[str, Form(max_length=64)]


@router.get(_HOME)
@opened_by(SIGNED_IN)
async def profile(office: InOffice, me: Me, saved: bool = False) -> Response:
    """My settings, whatever my role."""
    _require_whole(me)
    mine = await Profiles(office.core).mine(me)
    typed = {
        "interface": mine.interface,
        "time_zone": mine.time_zone,
        "quiet_from": f"{mine.quiet_from:%H:%M}" if mine.quiet_from else "",
        "quiet_until": f"{mine.quiet_until:%H:%M}" if mine.quiet_until else "",
        "warns": "yes" if mine.warns else "",
        "most_cases": str(mine.most_cases),
    }
    return await _page(office, me, typed, saved=saved)


@router.post(_HOME)
@opened_by(SIGNED_IN)
async def change(
    office: InOffice,
    me: Me,
    interface: Word = "",
    time_zone: Word = "",
    quiet_from: Word = "",
    quiet_until: Word = "",
    warns: Word = "",
    most_cases: Word = "",
) -> Response:
    """Saves them."""
    _require_whole(me)
    typed = {
        "interface": interface,
        "time_zone": time_zone.strip(),
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "warns": warns,
        "most_cases": most_cases.strip(),
    }
    try:
        await Profiles(office.core).change(me, _wanted(typed))
    except InputError as error:
        return await _page(office, me, typed, problem=error)
    return RedirectResponse(f"{_HOME}?saved=1", status_code=303)


def _wanted(typed: dict[str, str]) -> Profile:
    times = [
        read_time(typed[name], "quiet_hours") if typed[name] else None
        for name in ("quiet_from", "quiet_until")
    ]
    number = typed["most_cases"]
    return Profile(
        interface=typed["interface"],
        time_zone=typed["time_zone"],
        quiet_from=times[0],
        quiet_until=times[1],
        warns=bool(typed["warns"]),
        most_cases=int(number) if _is_number(number) else 0,
    )


def _is_number(typed: str) -> bool:
    """Whether somebody typed a small number; `int` alone also takes signs and other digits."""
    return typed.isascii() and typed.isdigit() and len(typed) <= len(str(MOST_CASES))


async def _page(
    office: Office,
    me: Viewer,
    typed: dict[str, str],
    *,
    saved: bool = False,
    problem: InputError | None = None,
) -> Response:
    return office.pages.html(
        "profile.html",
        status=problem.http_status if problem else 200,
        me=me,
        board=await board_of(office, me),
        typed=typed,
        saved=saved,
        wrong=problem.code if problem else None,
        problems=PROBLEMS,
        interfaces=INTERFACES,
        zones=COMMON_ZONES,
        most=MOST_CASES,
        day=await own_day(office.core, me),
    )


def _require_whole(me: Viewer) -> None:
    """Settings come after the password and the second factor that the house asks for."""
    if me.must_set_password:
        raise PasswordNeededError
    if me.must_set_factor:
        raise FactorNeededError

"""The people who work here: added, changed, ended, helped back in."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from amaan.errors import AmaanError
from handoff.accounts import BY_NUMBER, LANGUAGES, MEANS
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted, proved
from handoff.console.office import Office, office_of
from handoff.people import Change, People
from handoff.permissions import Permission, Role
from handoff.staff import Viewer

router = APIRouter(route_class=ClosedRoute)

_SEES = permitted(Permission.STAFF_MANAGE)
_CHANGES = proved(Permission.STAFF_MANAGE)


def people_of(request: Request) -> People:
    """The accounts of the app that serves `request`."""
    office = office_of(request)
    return People(office.core, office.staff)


InPeople = Annotated[People, Depends(people_of)]
Text = Annotated[str, Form(max_length=254)]
Several = Annotated[list[str], Form(max_length=16)]


@router.get("/people")
@opened_by(_SEES)
async def everybody(office: InOffice, me: Me, people: InPeople) -> Response:
    """Everybody, and the form for a new one."""
    return await _list(office, me, people)


@router.post("/people")
@opened_by(_CHANGES)
async def add(
    office: InOffice,
    me: Me,
    people: InPeople,
    name: Text = "",
    role: Text = Role.SUPERVISOR.value,
    languages: Several = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Adds a person and shows the word of her first sign-in, once."""
    try:
        staff_id, word = await people.add(me, name, role, languages)
    except AmaanError as error:
        typed = {"name": name[:64], "role": role, "languages": languages}
        return await _list(office, me, people, problem=error, typed=typed)
    return await _page(office, me, people, staff_id, word=word)


@router.get("/people/{staff_id}")
@opened_by(_CHANGES)
async def one(office: InOffice, me: Me, people: InPeople, staff_id: UUID) -> Response:
    """One account; asks for a proof here already, so that no form is lost later."""
    return await _page(office, me, people, staff_id)


@router.post("/people/{staff_id}")
@opened_by(_CHANGES)
async def change(
    request: Request, office: InOffice, me: Me, people: InPeople, staff_id: UUID
) -> Response:
    """Makes an account what the form says."""
    try:
        await people.change(me, staff_id, _change_of(await request.form()))
    except AmaanError as error:
        return await _page(office, me, people, staff_id, problem=error)
    return RedirectResponse("/people", status_code=303)


@router.post("/people/{staff_id}/word")
@opened_by(_CHANGES)
async def issue_word(office: InOffice, me: Me, people: InPeople, staff_id: UUID) -> Response:
    """A one-time word, shown once."""
    word = await people.issue_word(me, staff_id)
    return await _page(office, me, people, staff_id, word=word)


@router.post("/people/{staff_id}/take-factor")
@opened_by(_CHANGES)
async def take_factor(me: Me, people: InPeople, staff_id: UUID) -> Response:
    """Takes a lost second factor away."""
    await people.take_factor(me, staff_id)
    return RedirectResponse(f"/people/{staff_id}", status_code=303)


@router.post("/people/{staff_id}/deactivate")
@opened_by(_CHANGES)
async def deactivate(me: Me, people: InPeople, staff_id: UUID) -> Response:
    """Ends an account."""
    await people.deactivate(me, staff_id)
    return RedirectResponse("/people", status_code=303)


async def _list(
    office: Office,
    me: Viewer,
    people: People,
    *,
    problem: AmaanError | None = None,
    typed: dict[str, Any] | None = None,
) -> Response:
    return office.pages.html(
        "people.html",
        status=problem.http_status if problem else 200,
        me=me,
        board=None,
        people=await people.everybody(me),
        problem=problem.code if problem else None,
        typed=typed or {"name": "", "role": Role.SUPERVISOR.value, "languages": ["ur"]},
        roles=[role.value for role in Role],
        languages=LANGUAGES,
    )


async def _page(
    office: Office,
    me: Viewer,
    people: People,
    staff_id: UUID,
    *,
    word: str | None = None,
    problem: AmaanError | None = None,
) -> Response:
    person = await people.one(me, staff_id)
    return office.pages.html(
        "person.html",
        status=problem.http_status if problem else 200,
        me=me,
        board=None,
        person=person,
        word=word,
        problem=problem.code if problem else None,
        roles=[role.value for role in Role],
        languages=LANGUAGES,
        means=MEANS,
        by_number=BY_NUMBER,
    )


def _change_of(form: Any) -> Change:
    """The form of one account; what cannot be read is left as in a new one."""
    return Change(
        role=_one(form, "role"),
        languages=[str(one) for one in form.getlist("languages")],
        means=[str(one) for one in form.getlist("means")] or ["console"],
        number="".join(_one(form, "number").split()) or None,
        email=_one(form, "email") or None,
        on_call="on_call" in form,
        on_call_order=_number(_one(form, "on_call_order"), 100),
        is_coordinator="is_coordinator" in form,
        time_zone=_one(form, "time_zone") or "Asia/Karachi",
        quiet_from=_time(_one(form, "quiet_from")),
        quiet_until=_time(_one(form, "quiet_until")),
        most_cases=_number(_one(form, "most_cases"), 4),
    )


def _one(form: Any, name: str) -> str:
    value = form.get(name, "")
    return value.strip()[:254] if isinstance(value, str) else ""


def _number(typed: str, otherwise: int) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else otherwise  # noqa: PLR2004


def _time(typed: str) -> time | None:
    try:
        return time.fromisoformat(typed) if typed else None
    except ValueError:
        return None

"""Signing in and out, and setting one's own password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from amaan.errors import AmaanError
from handoff.console.gate import (
    EVERYBODY,
    HALF_SIGNED_IN,
    SIGNED_IN,
    ClosedRoute,
    InOffice,
    Me,
    opened_by,
)
from handoff.console.security import SESSION_COOKIE, is_https
from handoff.permissions import Permission
from handoff.staff import SignInRefusedError, Viewer

router = APIRouter(route_class=ClosedRoute)

# Longer ones are refused unread: argon2 would work through every byte of them.
_MAX_WORD = 256


@router.get("/sign-in")
@opened_by(EVERYBODY)
async def sign_in_page(office: InOffice) -> Response:
    """The form."""
    return office.pages.html("sign_in.html", problem=None, name="", ended=False)


@router.post("/sign-in")
@opened_by(EVERYBODY)
async def sign_in(
    request: Request,
    office: InOffice,
    name: Annotated[str, Form()] = "",
    word: Annotated[str, Form()] = "",
) -> Response:
    """Signs in by password or one-time word; a wrong one gets the form again."""
    try:
        if len(name) > _MAX_WORD or len(word) > _MAX_WORD:
            raise SignInRefusedError
        signed_in = await office.staff.sign_in(name.strip().lower(), word)
    except AmaanError as error:
        return office.pages.html(
            "sign_in.html",
            status=error.http_status,
            problem=error.code,
            name=name[:64],
            ended=False,
        )
    answer = RedirectResponse(
        "/sign-in/code" if signed_in.needs_code else home_of(signed_in.viewer), status_code=303
    )
    _give_cookie(request, answer, signed_in.token)
    return answer


@router.get("/sign-in/code")
@opened_by(HALF_SIGNED_IN)
async def code_page(office: InOffice) -> Response:
    """The form for the second factor's code."""
    return office.pages.html("sign_in_code.html", problem=None)


@router.post("/sign-in/code")
@opened_by(HALF_SIGNED_IN)
async def give_code(
    request: Request, office: InOffice, code: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    """Completes the sign-in; a wrong code gets the form again."""
    try:
        signed_in = await office.staff.give_code(request.cookies.get(SESSION_COOKIE, ""), code)
    except AmaanError as error:
        return office.pages.html(
            "sign_in_code.html", status=error.http_status, problem="code_refused"
        )
    answer = RedirectResponse(home_of(signed_in.viewer), status_code=303)
    _give_cookie(request, answer, signed_in.token)
    return answer


def _give_cookie(request: Request, answer: Response, token: str) -> None:
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        # No `max_age`: it goes with the browser; the server ends it earlier.
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_https(request),
    )


@router.post("/sign-out")
@opened_by(EVERYBODY)
async def sign_out(request: Request, office: InOffice) -> Response:
    """Ends the session here and on the server; works for one that is over too."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        await office.staff.sign_out(token)
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer


@router.get("/password")
@opened_by(SIGNED_IN)
async def password_page(office: InOffice, me: Me) -> Response:
    """The form for one's own password."""
    return office.pages.html("password.html", me=me, problem=None, board=None)


@router.post("/password")
@opened_by(SIGNED_IN)
async def set_password(
    request: Request,
    office: InOffice,
    me: Me,
    old: Annotated[str, Form(max_length=_MAX_WORD)] = "",
    new: Annotated[str, Form(max_length=_MAX_WORD)] = "",
    again: Annotated[str, Form(max_length=_MAX_WORD)] = "",
) -> Response:
    """Sets it; other sessions of the same person end."""
    problem: str | None = None
    status = 422
    if new != again:
        problem = "passwords_differ"
    else:
        token = request.cookies.get(SESSION_COOKIE, "")
        try:
            await office.staff.set_password(token, new, old=old or None)
        except AmaanError as error:
            problem, status = error.code, error.http_status
    if problem is not None:
        return office.pages.html("password.html", status=status, me=me, problem=problem, board=None)
    viewer = await office.staff.viewer(token)
    return RedirectResponse(home_of(viewer) if viewer else "/sign-in", status_code=303)


@router.post("/still-here")
@opened_by(SIGNED_IN)
async def still_here() -> Response:
    """Somebody is typing or pressed the button: the session is in use. Its check notes that."""
    return Response(status_code=204)


def home_of(viewer: Viewer) -> str:
    """The first page of a role."""
    if viewer.must_set_password:
        return "/password"
    if viewer.must_set_factor:
        return "/second-factor"
    if viewer.may(Permission.QUEUE_SEE):
        return "/"
    if viewer.may(Permission.OPERATOR_ALARM_SEE):
        return "/operator-alarms"
    if viewer.may(Permission.FEEDBACK_SEE):
        return "/feedback"
    return "/account"

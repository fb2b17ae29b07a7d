"""One's own account: second factor, recovery codes, sessions, and proving again who one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from amaan.errors import AmaanError
from handoff.console.accounts import home_of
from handoff.console.gate import PROVED, SIGNED_IN, ClosedRoute, InOffice, Me, opened_by, own_path
from handoff.console.office import Office
from handoff.console.security import SESSION_COOKIE
from handoff.proof import Proofs
from handoff.second_factor import SecondFactors, new_setup
from handoff.staff import Viewer

router = APIRouter(route_class=ClosedRoute)

_MAX_WORD = 256
_MAX_CODE = 64
Code = Annotated[str, Form(max_length=_MAX_CODE)]


def _token(request: Request) -> str:
    return request.cookies.get(SESSION_COOKIE, "")


@router.get("/account")
@opened_by(SIGNED_IN)
async def account(request: Request, office: InOffice, me: Me) -> Response:
    """Everything of one's own on one page."""
    token = _token(request)
    left = await SecondFactors(office.core).codes_left(token) if me.has_factor else 0
    return office.pages.html(
        "account.html",
        me=me,
        board=None,
        sessions=await office.staff.sessions.mine(token),
        codes_left=left,
        required=office.core.settings.second_factor_required,
    )


@router.post("/account/sessions/end")
@opened_by(SIGNED_IN)
async def end_session(
    request: Request, office: InOffice, key: Annotated[str, Form(max_length=40)]
) -> Response:
    """Ends one of one's own sessions."""
    await office.staff.sessions.end(_token(request), key)
    return RedirectResponse("/account", status_code=303)


@router.post("/account/sessions/end-others")
@opened_by(SIGNED_IN)
async def end_other_sessions(request: Request, office: InOffice) -> Response:
    """Ends every session of one's own but this one."""
    await office.staff.sessions.end_mine_elsewhere(_token(request))
    return RedirectResponse("/account", status_code=303)


@router.get("/second-factor")
@opened_by(PROVED)
async def factor_page(office: InOffice, me: Me) -> Response:
    """A fresh secret, as a picture and spelled out."""
    return _setup_page(office, me)


@router.post("/second-factor")
@opened_by(PROVED)
async def set_factor(
    request: Request, office: InOffice, me: Me, secret: Code = "", code: Code = ""
) -> Response:
    """Puts the secret in force when her telephone has understood it; shows recovery codes."""
    try:
        codes = await SecondFactors(office.core).confirm(_token(request), secret, code)
    except AmaanError as error:
        return _setup_page(office, me, secret=secret, problem=error)
    me = await office.staff.viewer(_token(request)) or me
    return _codes_page(office, me, codes, others_ended=True)


@router.post("/second-factor/codes")
@opened_by(PROVED)
async def renew_codes(request: Request, office: InOffice, me: Me) -> Response:
    """New recovery codes, shown once."""
    return _codes_page(office, me, await SecondFactors(office.core).renew_codes(_token(request)))


@router.post("/second-factor/take-away")
@opened_by(PROVED)
async def take_factor(request: Request, office: InOffice) -> Response:
    """Gives one's own second factor up."""
    await SecondFactors(office.core).take_away(_token(request))
    return RedirectResponse("/account", status_code=303)


@router.get("/prove")
@opened_by(SIGNED_IN)
async def prove_page(office: InOffice, me: Me, back: str = "/") -> Response:
    """Asks for the password, and the code where there is a second factor."""
    return office.pages.html("prove.html", me=me, board=None, back=own_path(back), problem=None)


@router.post("/prove")
@opened_by(SIGNED_IN)
async def prove(
    request: Request,
    office: InOffice,
    me: Me,
    word: Annotated[str, Form(max_length=_MAX_WORD)] = "",
    code: Code = "",
    back: Annotated[str, Form(max_length=400)] = "/",
) -> Response:
    """Back to where she was, when it holds."""
    try:
        await Proofs(office.core, office.staff).prove(_token(request), word, code)
    except AmaanError as error:
        return office.pages.html(
            "prove.html",
            status=error.http_status,
            me=me,
            board=None,
            back=own_path(back),
            problem="proof_refused",
        )
    where = own_path(back)
    return RedirectResponse(home_of(me) if where == "/" else where, status_code=303)


def _setup_page(
    office: Office, me: Viewer, *, secret: str | None = None, problem: AmaanError | None = None
) -> Response:
    try:
        setup = new_setup(me.name, secret)
    except AmaanError:
        setup = new_setup(me.name)
    return office.pages.html(
        "second_factor.html",
        status=problem.http_status if problem else 200,
        me=me,
        board=None,
        setup=setup,
        problem=problem.code if problem else None,
    )


def _codes_page(
    office: Office, me: Viewer, codes: list[str], *, others_ended: bool = False
) -> Response:
    return office.pages.html(
        "recovery_codes.html",
        me=me,
        board=None,
        codes=codes,
        home=home_of(me),
        others_ended=others_ended,
    )

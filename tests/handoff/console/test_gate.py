"""Every route is closed until a named check opens it; what opens for whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from handoff.console import (
    account,
    accounts,
    app,
    cases,
    complaints,
    deeds,
    duty,
    feedback,
    figures,
    live,
    people,
    profile,
    queue,
    roster,
    trail,
    voice,
)
from handoff.console.gate import ClosedRoute
from tests.handoff.console.conftest import House, browser_of, sign_in

CHECKS = {
    ("GET", "/healthz"): "everybody",
    ("GET", "/static/{name:path}"): "everybody",
    ("GET", "/sign-in"): "everybody",
    ("POST", "/sign-in"): "everybody",
    ("POST", "/sign-out"): "everybody",
    ("GET", "/password"): "signed_in",
    ("POST", "/password"): "signed_in",
    ("GET", "/sign-in/code"): "half_signed_in",
    ("POST", "/sign-in/code"): "half_signed_in",
    ("POST", "/still-here"): "signed_in",
    ("GET", "/account"): "signed_in",
    ("POST", "/account/sessions/end"): "signed_in",
    ("POST", "/account/sessions/end-others"): "signed_in",
    ("GET", "/prove"): "signed_in",
    ("POST", "/prove"): "signed_in",
    ("GET", "/second-factor"): "proved",
    ("POST", "/second-factor"): "proved",
    ("POST", "/second-factor/codes"): "proved",
    ("POST", "/second-factor/take-away"): "proved",
    ("GET", "/people"): "staff:manage",
    ("POST", "/people"): "proved:staff:manage",
    ("GET", "/people/{staff_id}"): "proved:staff:manage",
    ("POST", "/people/{staff_id}"): "proved:staff:manage",
    ("POST", "/people/{staff_id}/word"): "proved:staff:manage",
    ("POST", "/people/{staff_id}/take-factor"): "proved:staff:manage",
    ("POST", "/people/{staff_id}/deactivate"): "proved:staff:manage",
    ("GET", "/figures"): "figures:see",
    ("GET", "/figures.csv"): "proved:figures:export",
    ("GET", "/trail"): "trail:see",
    ("POST", "/trail/check"): "trail:see",
    ("GET", "/"): "queue:see",
    ("GET", "/queue"): "queue:see",
    ("GET", "/strip"): "queue:see",
    ("GET", "/closed"): "queue:see",
    ("GET", "/live"): "queue:see",
    ("GET", "/operator-alarms"): "operator_alarm:see",
    ("POST", "/operator-alarms/clear"): "operator_alarm:clear",
    ("GET", "/cases/{escalation_id}"): "case:read",
    ("GET", "/cases/{escalation_id}/panel"): "case:read",
    ("GET", "/cases/{escalation_id}/messages"): "case:read",
    ("GET", "/cases/{escalation_id}/live"): "case:read",
    ("GET", "/cases/{escalation_id}/voice/{message_id}"): "case:read",
    ("POST", "/cases/{escalation_id}/claim"): "case:claim",
    ("POST", "/cases/{escalation_id}/reply"): "case:claim",
    ("POST", "/cases/{escalation_id}/release"): "case:claim",
    ("POST", "/cases/{escalation_id}/close"): "case:claim",
    ("POST", "/cases/{escalation_id}/hand-over"): "case:claim",
    ("POST", "/cases/{escalation_id}/take-back"): "case:claim",
    ("POST", "/cases/{escalation_id}/listen"): "case:read",
    ("POST", "/cases/{escalation_id}/listen-no-more"): "case:read",
    ("POST", "/cases/{escalation_id}/notes"): "case:read",
    ("POST", "/cases/{escalation_id}/tier"): "case:claim",
    ("POST", "/cases/{escalation_id}/judge"): "case:claim",
    ("GET", "/complaints"): "complaint:review",
    ("GET", "/complaints/list"): "complaint:review",
    ("GET", "/complaints/{complaint_id}"): "complaint:review",
    ("GET", "/complaints/{complaint_id}/now"): "complaint:review",
    ("POST", "/complaints/{complaint_id}/tier"): "complaint:review",
    ("POST", "/complaints/{complaint_id}/again"): "complaint:review",
    ("POST", "/complaints/{complaint_id}/follow-up"): "complaint:review",
    ("POST", "/complaints/{complaint_id}/handover"): "complaint:review",
    ("GET", "/duty"): "case:claim",
    ("POST", "/duty/away"): "case:claim",
    ("POST", "/duty/back"): "case:claim",
    ("POST", "/duty/pause"): "case:claim",
    ("POST", "/duty/resume"): "case:claim",
    ("POST", "/duty/hand-over"): "case:claim",
    ("GET", "/profile"): "signed_in",
    ("POST", "/profile"): "signed_in",
    ("GET", "/roster"): "roster:see",
    ("POST", "/roster"): "roster:edit",
    ("POST", "/roster/remove"): "roster:edit",
    ("GET", "/feedback"): "feedback:see",
    ("POST", "/feedback/{feedback_id}/done"): "feedback:see",
}
"""Reviewed by hand: a new route must be added here with its check."""

ROUTERS = (
    app.router,
    account.router,
    accounts.router,
    cases.router,
    complaints.router,
    deeds.router,
    duty.router,
    feedback.router,
    figures.router,
    live.router,
    people.router,
    profile.router,
    queue.router,
    roster.router,
    trail.router,
    voice.router,
)


def routes() -> Iterator[BaseRoute]:
    for router in ROUTERS:
        yield from router.routes


def test_each_route_has_the_check_that_was_reviewed() -> None:
    found = {}
    for route in routes():
        assert isinstance(route, ClosedRoute), route
        assert route.check is not None, route.path
        for method in route.methods or set():
            found[method, route.path] = route.check.name
    assert found == CHECKS


def test_the_app_serves_nothing_besides(house: House) -> None:
    """No mount and no foreign route: those would pass by the checks."""

    def leaves(found: list[BaseRoute]) -> Iterator[BaseRoute]:
        for route in found:
            inner = getattr(route, "routes", None)
            original = getattr(route, "original_router", None)
            if original is not None:
                assert any(original is router for router in ROUTERS)
            elif inner:
                yield from leaves(inner)
            else:
                yield route

    for route in leaves(list(house.app.routes)):
        assert isinstance(route, ClosedRoute), route


async def test_a_bare_route_is_refused(house: House, asma: httpx.AsyncClient) -> None:
    async def bare() -> str:
        return "open by mistake"

    house.app.add_api_route("/bare", bare)
    assert isinstance(
        next(r for r in house.app.routes if getattr(r, "path", "") == "/bare"), APIRoute
    )
    answer = await asma.get("/bare")
    assert answer.status_code == 404
    assert "open by mistake" not in answer.text


@pytest.mark.parametrize(
    "method_path", [key for key, check in CHECKS.items() if check != "everybody"]
)
async def test_nobody_comes_in_without_signing_in(
    browser: httpx.AsyncClient, method_path: tuple[str, str]
) -> None:
    method, path = method_path
    answer = await browser.request(method, re.sub(r"{[a-z]+_id}", str(uuid4()), path))
    if method == "GET":
        assert (answer.status_code, answer.headers.get("location")) == (303, "/sign-in")
    else:
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("supervisor", "/", 200),
        ("supervisor", "/operator-alarms", 403),
        ("lead", "/", 200),
        ("lead", "/operator-alarms", 200),
        ("trainer", "/", 403),
        ("trainer", "/closed", 403),
        ("supervisor", "/complaints", 200),
        ("lead", "/complaints", 200),
        ("trainer", "/complaints", 403),
        ("administrator", "/complaints", 403),
        ("administrator", "/", 403),
        ("administrator", "/queue", 403),
        ("administrator", "/operator-alarms", 200),
        ("supervisor", "/people", 403),
        ("supervisor", "/trail", 403),
        ("supervisor", f"/people/{UUID(int=5)}", 403),
        ("trainer", "/people", 403),
        ("lead", "/people", 200),
        ("lead", "/trail", 200),
        ("administrator", "/people", 200),
        ("administrator", "/trail", 200),
        ("trainer", "/account", 200),
        ("trainer", "/feedback", 200),
        ("supervisor", "/feedback", 403),
        ("lead", "/feedback", 403),
    ],
)
async def test_roles_open_what_their_line_says(
    house: House, browser: httpx.AsyncClient, role: str, path: str, status: int
) -> None:
    await house.hire("somebody", role)
    await sign_in(browser, "somebody")
    assert (await browser.get(path)).status_code == status


async def test_a_one_time_word_opens_only_the_password_page(house: House) -> None:
    person = await house.staff.add("nadia", "lead", ["ur"])
    word = await house.staff.issue_one_time(person.id)
    async with browser_of(house) as client:
        answer = await sign_in(client, "nadia", word)
        assert answer.headers["location"] == "/password"
        for path in ("/", "/closed", "/operator-alarms", f"/cases/{uuid4()}"):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/password")
        assert (await client.get("/password")).status_code == 200

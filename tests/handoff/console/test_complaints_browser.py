"""Complaints in Chromium: live, narrow, accessible, in English and Urdu."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from amaan.storage.models import Staff
from handoff.viewer import Viewer
from intake.states import State
from tests.handoff.console.complaints_parts import STORY, change, filed, in_review
from tests.handoff.console.conftest import PASSWORD, Served
from tests.handoff.console.test_browser import (
    CHROMIUM,
    Console,
    assert_accessible,
    chromium,
    driver,
    shot,
)

__all__ = ["chromium", "driver"]
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
    pytest.mark.timeout(300),
]
URDU = "وہ کہتا ہے کہ میری تصویر سب کو بھیج دے گا اور جمعے تک پیسے مانگتا ہے۔"


@pytest.fixture
def console(chromium: Browser, served: Served) -> Iterator[Console]:
    served.do(served.house.hire("asma"))
    window = Console(chromium, served)
    yield window
    window.close()


def made(served: Served, address: str, **changes: object) -> UUID:
    found = served.do(in_review(served.house, address=address, **changes))
    assert isinstance(found, UUID)
    return found


async def reads_urdu(served: Served) -> None:
    async with served.house.core.database.transaction() as tx:
        await tx.session.execute(update(Staff).values(interface="ur"))


def test_a_complaint_comes_is_opened_and_leaves_live(console: Console, served: Served) -> None:
    page = console.sign_in("asma")
    expect(page.locator("#complaints-count")).to_have_text("")
    complaint = made(served, "her")
    expect(page.locator("#complaints-line")).to_contain_text("One complaint waits for a human.")
    expect(page.locator("#nav-complaints")).to_contain_text("1")
    page.click("#nav-complaints")
    expect(page.locator("h1")).to_be_focused()
    page.click(f"#open-{complaint}")
    page.click("#open-complaint")
    expect(page.locator("#complaint-lines")).to_contain_text(STORY)
    # What is chosen stays when the tier needs a reason.
    page.click("#tiering summary")
    page.select_option("#tier", "medium")
    page.click("#set-tier")
    expect(page.locator("#notice")).to_contain_text("A lower tier needs a reason")
    expect(page.locator("#tier")).to_have_value("medium")
    page.check("input[name=reasons][value=T14]")
    page.click("#set-tier")
    expect(page.locator("#stands")).to_have_text("On its way to the agency")
    expect(page.locator("#stands")).to_be_focused()
    expect(page.locator("#complaint-lines")).not_to_contain_text(STORY)
    expect(page.locator("#complaint-log")).to_contain_text("asma")
    expect(page.locator("#nav-complaints")).not_to_contain_text("1")


def test_a_look_by_a_colleague_closes_the_text_here(console: Console, served: Served) -> None:
    complaint = made(served, "her")
    page = console.sign_in("asma")
    page.goto(f"/complaints/{complaint}?open=1")
    expect(page.locator("#complaint-lines")).to_contain_text(STORY)
    house = served.house

    async def confirm() -> None:
        viewer = await _viewer(served)
        await house.app.state.office.reviews.set_tier(viewer, complaint, "high", seen="high")

    served.do(confirm())
    expect(page.locator("#stands")).to_have_text("On its way to the agency")
    expect(page.locator("#complaint-lines")).not_to_contain_text(STORY)


def test_without_script(chromium: Browser, served: Served) -> None:
    served.do(served.house.hire("asma"))
    complaint = made(served, "her")
    window = Console(chromium, served, java_script_enabled=False)
    page = window.sign_in("asma")
    page.click("#nav-complaints")
    page.click(f"#open-{complaint}")
    page.click("#open-complaint")
    expect(page.locator("#complaint-lines")).to_contain_text(STORY)
    page.click("#confirm-tier")
    expect(page.locator("#stands")).to_have_text("On its way to the agency")
    window.close()


@pytest.mark.parametrize("interface", ["en", "ur"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_are_accessible_and_fit(
    chromium: Browser, served: Served, interface: str, scheme: str
) -> None:
    served.do(served.house.hire("asma"))
    words = {"consent_language": "ur", "story": URDU} if interface == "ur" else {}
    complaint = made(served, "her", **words)
    others = [made(served, f"other-{number}") for number in range(2)]
    house = served.house
    if interface == "ur":
        served.do(change(house, complaint, script="Arab"))
    served.do(change(house, others[0], state=State.REFUSED.value, review_until=None))
    served.do(filed(house, others[1], house.core.clock.now() - timedelta(days=3)))
    window = Console(chromium, served, color_scheme=scheme)
    page = window.sign_in("asma")
    if interface == "ur":
        served.do(reads_urdu(served))
    for path, name in (
        ("/complaints", "complaints"),
        (f"/complaints/{complaint}", "complaint-before"),
        (f"/complaints/{complaint}?open=1", "complaint"),
        (f"/complaints/{others[0]}", "complaint-refused"),
        (f"/complaints/{others[1]}", "complaint-overdue"),
    ):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(path)
        if name == "complaint":
            page.click("#tiering summary")
        assert_accessible(page)
        shot(page, f"{name}-{interface}-{scheme}")
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        shot(page, f"{name}-{interface}-{scheme}-narrow")
    window.close()


async def _viewer(served: Served) -> Viewer:
    """A colleague, signed in elsewhere."""
    await served.house.hire("bushra")
    signed_in = await served.house.staff.sign_in("bushra", PASSWORD)
    viewer = await served.house.staff.viewer(signed_in.token)
    assert viewer is not None
    return viewer

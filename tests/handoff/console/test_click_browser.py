"""In Chromium: what a supervisor presses is not taken from under her finger by a live update."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from amaan.storage.database import CONSOLE_CHANNEL
from tests.handoff.console.conftest import WISH_TO_DIE, Served
from tests.handoff.console.test_browser import (  # noqa: F401 - fixtures
    CHROMIUM,
    Console,
    chromium,
    console,
    driver,
    her,
)

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
    pytest.mark.timeout(300),
]


def press(page: Page, selector: str) -> None:
    """The finger goes down, and stays."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()


def read_again(page: Page, served: Served) -> None:
    """The queue is told of a change and has been read again."""
    with page.expect_response(lambda answer: answer.url.endswith("/queue")):
        served.do(_tell(served))
    page.wait_for_timeout(300)


async def _tell(served: Served) -> None:
    async with served.house.core.database.transaction() as tx:
        await tx.notify(CONSOLE_CHANNEL, change="anything")


@pytest.mark.parametrize(
    ("selector", "reached"), [("[id^=claim-queue]", "#text"), ("h3 a", "#open-conversation")]
)
def test_a_press_during_an_update_counts(
    console: Console,  # noqa: F811
    served: Served,
    selector: str,
    reached: str,
) -> None:
    her(served, WISH_TO_DIE)
    page = console.sign_in("asma")
    page.wait_for_timeout(500)
    press(page, selector)
    read_again(page, served)
    page.mouse.up()
    expect(page.locator(reached)).to_be_visible()


def test_a_case_that_comes_in_does_not_slip_under_the_finger(
    console: Console,  # noqa: F811
    served: Served,
) -> None:
    """A press that began on one case never takes another."""
    her(served, WISH_TO_DIE, "first")
    page = console.sign_in("asma")
    page.wait_for_timeout(500)
    first = page.locator("[id^=claim-queue]").get_attribute("id")
    press(page, "[id^=claim-queue]")
    her(served, WISH_TO_DIE, "second")
    expect(page.locator("section[aria-labelledby=waiting] li.case")).to_have_count(2)
    page.mouse.up()
    if page.locator("#text").count():
        assert page.url.split("/cases/")[1].split("#")[0] in (first or "")

"""In Chromium: live, by keyboard, accessible, light and dark; screenshots for people to look at."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Staff
from handoff.pager import PAGED_YOU
from tests.handoff.console.conftest import PASSWORD, WISH_TO_DIE, Served

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = os.environ.get("AMAAN_SHOTS")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
    pytest.mark.timeout(300),
]

# axe's own contrast rule silently drops Arabic letters (platform-notes 3).
MARK_TEXTS = """() => document.querySelectorAll('body *').forEach(e => {
  if ([...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
      && !e.closest(':disabled, .visually-hidden')) e.setAttribute('data-t', '') })"""
CONTRAST = """() => axe.configure({rules: [{id: 'contrast-all', selector: '[data-t]',
  any: ['color-contrast'], tags: ['wcag2aa'], excludeHidden: true}]})"""


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(
        executable_path=str(CHROMIUM),
        args=["--no-sandbox", "--autoplay-policy=user-gesture-required"],
    )
    yield browser
    browser.close()


class Console:
    """One supervisor's browser window; remembers what broke in it."""

    def __init__(self, browser: Browser, served: Served, **more: Any) -> None:
        self.served = served
        self.context = browser.new_context(base_url=served.url, **more)
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.troubles.append(f"{message.text} {message.location}")

    def sign_in(self, name: str) -> Page:
        self.page.goto("/sign-in")
        self.page.fill("#name", name)
        self.page.fill("#word", PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("h1")).to_have_text("Queue")
        return self.page

    def close(self) -> None:
        self.context.close()
        assert self.troubles == []


@pytest.fixture
def console(chromium: Browser, served: Served) -> Iterator[Console]:
    served.do(served.house.hire("asma"))
    window = Console(chromium, served)
    yield window
    window.close()


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"console-{name}.png", full_page=True, caret="initial")


def assert_accessible(page: Page) -> None:
    page.evaluate(MARK_TEXTS)
    # The rule is set up after axe has been put into the page by a first, empty run.
    Axe().run(page, options={"runOnly": {"type": "rule", "values": ["document-title"]}})
    page.evaluate(CONTRAST)
    page.evaluate(MARK_TEXTS)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    bad = [
        (one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found["violations"]
    ]
    assert bad == []


def her(served: Served, text: str, address: str = "her") -> UUID:
    """She writes, and her message is dealt with."""
    found = served.do(served.house.writes(text, address=address))
    assert isinstance(found, UUID)
    return found


def test_from_alarm_to_erase_live(console: Console, served: Served) -> None:
    page = console.sign_in("asma")
    expect(page.locator("#strip")).to_contain_text("Nobody is waiting")
    page.click("#sound")
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    rung = int(page.locator("#sound").get_attribute("data-rung") or 0)

    begin = time.monotonic()
    conversation = her(served, WISH_TO_DIE)
    expect(page.locator("#strip")).to_contain_text("1 critical")
    assert time.monotonic() - begin < 5
    expect(page).to_have_title("⚠ (1 waiting) Queue · Amaan console")
    expect(page.locator("#sound")).to_have_attribute("data-rung", str(rung + 1))
    expect(page.locator("#said")).to_have_text("Alarm: a critical case is waiting.")
    shot(page, "queue-light")
    page.click("#sound-heard")
    expect(page.locator("#sound-heard")).to_be_hidden()

    page.locator("[id^=claim-queue]").click()
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("mark")).to_contain_text("جینا نہیں")
    page.keyboard.type("Main aap ke saath hoon")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.supervisor")).to_contain_text("Main aap ke saath hoon")
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#text")).to_be_focused()

    page.keyboard.type("half a thought")
    her(served, "shukriya")
    expect(page.locator("#messages li.person")).to_have_count(2)
    expect(page.locator("#text")).to_have_value("half a thought")
    expect(page.locator("#text")).to_be_focused()
    numbers = page.locator("#messages > li").evaluate_all("all => all.map(one => one.dataset.seq)")
    assert numbers == sorted(set(numbers), key=int)
    shot(page, "case-light")

    served.do(served.house.bench.eraser.erase(conversation))
    expect(page.locator("#conversation")).to_contain_text("She has erased this conversation")
    expect(page.locator("body")).not_to_contain_text("shukriya")


def test_two_supervisors_see_each_other(
    console: Console, served: Served, chromium: Browser
) -> None:
    served.do(served.house.hire("bushra", languages="sd"))
    her(served, WISH_TO_DIE)
    other = Console(chromium, served)
    page, second = console.sign_in("asma"), other.sign_in("bushra")
    page.locator("[id^=claim-queue]").click()
    expect(second.locator("section[aria-labelledby=others]")).to_contain_text("asma")
    expect(second.locator("#strip")).to_contain_text("Nobody is waiting")
    page.locator("#release").click()
    expect(second.locator("#strip")).to_contain_text("1 waiting")
    other.close()


def test_a_long_answer_refused_is_kept_and_said(console: Console, served: Served) -> None:
    her(served, WISH_TO_DIE)
    page = console.sign_in("asma")
    page.locator("[id^=claim-queue]").click()
    page.fill("#text", "still here")
    console.context.set_offline(True)
    page.click("#send")
    expect(page.locator("#notice")).to_contain_text("did not reach us")
    expect(page.locator("#text")).to_have_value("still here")
    console.context.set_offline(False)
    page.click("#send")
    expect(page.locator(".message.supervisor")).to_have_count(1)
    expect(page.locator("#notice")).to_be_empty()


def test_the_stream_comes_back_by_itself(console: Console, served: Served) -> None:
    page = console.sign_in("asma")
    console.context.set_offline(True)
    page.wait_for_timeout(300)
    her(served, WISH_TO_DIE)
    console.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#strip")).to_contain_text("1 critical", timeout=20_000)
    expect(page.locator("#offline")).to_be_hidden(timeout=10_000)


def test_by_keyboard_alone(console: Console, served: Served) -> None:
    her(served, WISH_TO_DIE)
    page = console.sign_in("asma")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.id")
    assert focused.startswith("open-")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()


def test_being_paged_by_name_is_said(console: Console, served: Served) -> None:
    page = console.sign_in("asma")
    # A first live reading proves that the stream is open.
    her(served, "qatal")
    expect(page.locator("#strip")).to_contain_text("1 waiting")

    async def page_her() -> None:
        core = served.house.core
        async with core.database.transaction() as tx:
            found = await tx.session.scalar(select(Staff.id).where(Staff.sign_in_name == "asma"))
            await tx.notify(CONSOLE_CHANNEL, change=PAGED_YOU, staff_id=str(found))

    served.do(page_her())
    expect(page.locator("#said")).to_have_text("You are being paged: a case waits for you.")


def test_the_end_of_a_session_is_warned_of_and_loud(
    console: Console, served: Served, clock: SetClock
) -> None:
    page = console.sign_in("asma")
    her(served, WISH_TO_DIE)
    page.locator("h3 a").click()
    page.click("#open-conversation")
    expect(page.locator("#body-1")).to_be_visible()
    page.evaluate("document.getElementById('page').dataset.idleSeconds = 123")
    expect(page.locator("#idle")).to_be_visible(timeout=10_000)
    expect(page.locator("#idle")).to_contain_text("Are you still there?")
    page.click("#still-here")
    expect(page.locator("#idle")).to_be_hidden(timeout=2_000)
    page.evaluate("document.getElementById('page').dataset.idleSeconds = 1800")

    clock.move(timedelta(minutes=31))
    her(served, "qatal", "another")
    expect(page.locator("[data-ended]")).to_contain_text("Your session has ended")
    expect(page.locator("body")).not_to_contain_text("جینا")


def test_without_script(chromium: Browser, served: Served) -> None:
    served.do(served.house.hire("asma"))
    her(served, WISH_TO_DIE)
    window = Console(chromium, served, java_script_enabled=False)
    page = window.sign_in("asma")
    expect(page.locator("#sound")).to_be_hidden()
    page.locator("[id^=claim-queue]").click()
    page.fill("#text", "plain form")
    page.click("#send")
    expect(page.locator(".message.supervisor")).to_contain_text("plain form")
    page.click("#release")
    expect(page.locator("#panel")).to_contain_text("Given back")
    page.click("#closing summary")
    page.select_option("#outcome", "safe_now")
    page.click("#close")
    expect(page.locator("h1")).to_have_text("Queue")
    window.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(chromium: Browser, served: Served, scheme: str) -> None:
    served.do(served.house.hire("lina", "lead", "ur,sd"))
    window = Console(chromium, served, color_scheme=scheme)
    window.page.goto("/sign-in")
    assert_accessible(window.page)
    window.page.fill("#name", "x")
    window.page.fill("#word", "y")
    window.page.keyboard.press("Enter")
    expect(window.page.locator("#problem")).to_be_visible()
    assert_accessible(window.page)
    shot(window.page, f"sign-in-{scheme}")
    page = window.sign_in("lina")
    assert_accessible(page)

    served.do(served.house.core.operator_alarms.raise_alarm("nobody_on_call"))
    her(served, WISH_TO_DIE)
    her(served, "hello, I need a person", "her")
    her(served, "qatal", "another")
    expect(page.locator("#strip")).to_contain_text("2 waiting")
    expect(page.locator(".house")).to_be_visible()
    assert_accessible(page)
    shot(page, f"queue-{scheme}")
    page.locator(".case.critical h3 a").click()
    expect(page.locator("#open-conversation")).to_be_visible()
    assert_accessible(page)
    shot(page, f"before-{scheme}")
    page.click("#open-conversation")
    expect(page.locator("#messages li").first).to_be_visible()
    assert_accessible(page)
    page.locator("[id^=claim-case]").click()
    page.fill("#text", "میں آپ کے ساتھ ہوں")
    page.click("#send")
    expect(page.locator(".message.supervisor")).to_be_visible()
    for fold in page.locator("main details").all():
        if fold.is_visible():
            fold.locator("summary").first.click()
    assert_accessible(page)
    shot(page, f"case-{scheme}")
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    shot(page, f"case-narrow-{scheme}")
    page.select_option("#outcome", "safe_now")
    page.click("#close")
    expect(page.locator("h1")).to_have_text("Queue")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 800})
    for path, title in (
        ("/closed", "Closed cases"),
        ("/password", "Your password"),
        ("/operator-alarms", "House alarms"),
        ("/nowhere", "Not done"),
    ):
        page.goto(path)
        expect(page.locator("h1")).to_have_text(title)
        assert_accessible(page)
    assert page.evaluate("localStorage.length") == 0
    window.close()


def test_urdu_is_shown_in_nastaliq(console: Console, served: Served) -> None:
    her(served, WISH_TO_DIE)
    page = console.sign_in("asma")
    page.locator("h3 a").click()
    page.click("#open-conversation")
    expect(page.locator("#body-1")).to_be_visible()
    cdp = console.context.new_cdp_session(page)
    cdp.send("DOM.enable")
    cdp.send("CSS.enable")
    root = cdp.send("DOM.getDocument")["root"]["nodeId"]
    node = cdp.send("DOM.querySelector", {"nodeId": root, "selector": "#body-1"})["nodeId"]
    fonts = cdp.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    names = {font["familyName"] for font in fonts if font["glyphCount"] > 3}
    assert names == {"Noto Nastaliq Urdu"}

"""In Chromium: handing over between consoles, ready answers, notes, notices, both directions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from amaan.conversation.store import lock_conversation
from amaan.ports import Alarm
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Staff
from amaan.text.segments import segments
from handoff.pager import PAGED_YOU
from handoff.viewer import viewer_of
from tests.handoff.console.conftest import WISH_TO_DIE, Served
from tests.handoff.console.test_account_browser import look
from tests.handoff.console.test_browser import (  # noqa: F401 - fixtures
    CHROMIUM,
    Console,
    chromium,
    driver,
    her,
)

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
    pytest.mark.timeout(300),
]

# A browser that says it is hidden, and remembers the notices that it was to show.
HIDDEN = """
Object.defineProperty(Document.prototype, 'hidden', {get: () => true});
window.notices = [];
window.Notification = class {
  static permission = 'default';
  static async requestPermission() { Notification.permission = 'granted'; }
  constructor(title, more) { window.notices.push(title + ': ' + more.body); }
};
"""


@pytest.fixture
def asma(chromium: Browser, served: Served) -> Iterator[Console]:  # noqa: F811
    """Reads Urdu and English."""
    served.do(served.house.hire("asma"))
    window = Console(chromium, served)
    yield window
    window.close()


@pytest.fixture
def bushra(chromium: Browser, served: Served) -> Iterator[Console]:  # noqa: F811
    """Reads Sindhi; is on duty."""
    served.do(served.house.hire("bushra", languages="sd"))
    change(served, "bushra", on_call=True)
    window = Console(chromium, served)
    yield window
    window.close()


def change(served: Served, name: str, **columns: object) -> UUID:
    """Sets columns of a member of staff; returns her id."""

    async def work() -> UUID:
        async with served.house.core.database.transaction() as tx:
            person = await tx.session.scalar(select(Staff).where(Staff.sign_in_name == name))
            assert person is not None
            for column, value in columns.items():
                setattr(person, column, value)
            return person.id

    found = served.do(work())
    assert isinstance(found, UUID)
    return found


def honour(served: Served, conversation: UUID) -> None:
    """The machine finds danger in the name of honour."""

    async def work() -> None:
        async with served.house.core.database.transaction() as tx:
            found = await lock_conversation(tx, conversation)
            assert found is not None
            alarm = Alarm("critical", "harm", "self", "screened", ("ur.honour.01",), honour=True)
            await served.house.desk.raise_alarm(tx, found, alarm)

    served.do(work())


def claim(page: Page) -> None:
    page.locator("[id^=claim-]").first.click()
    expect(page.locator("#text")).to_be_focused()


def test_handing_over_between_two_consoles(asma: Console, bushra: Console, served: Served) -> None:
    her(served, WISH_TO_DIE)
    one, two = asma.sign_in("asma"), bushra.sign_in("bushra")
    claim(one)
    one.fill("#text", "half an answer")
    one.click("#handing summary")
    one.select_option("#to", f"person:{change(served, 'bushra')}")
    one.fill("#hand-over-note", "She reads Sindhi better")
    one.click("#hand-over")
    expect(one.locator("#panel")).to_contain_text("offered to bushra")
    # She is still hers, and what was typed is still there.
    expect(one.locator("#text")).to_have_value("half an answer")
    expect(one.locator("#take-back")).to_be_visible()

    expect(two.locator("section[aria-labelledby=offered]")).to_contain_text("asma")
    expect(two).to_have_title(re.compile(r"^\(1 waiting\) Queue"))
    expect(two.locator("#strip")).to_contain_text("1 offered to you")
    look(two, "queue-offered")
    claim(two)
    expect(two.locator("#notes")).to_contain_text("She reads Sindhi better")
    two.click("#summary summary")
    expect(two.locator("#summary-now")).to_contain_text("asma")

    expect(one.locator("#panel")).to_contain_text("bushra")
    expect(one.locator("#text")).to_have_count(0)
    expect(one.locator("#reply")).to_contain_text("Somebody else holds this chat.")
    one.click("#listen")
    expect(two.locator("#listeners")).to_contain_text("asma")
    expect(one.locator("#listen")).to_have_text("Read along no more")

    two.click("#closing summary")
    two.select_option("#outcome", "safe_now")
    two.click("#close")
    expect(two.locator("h1")).to_have_text("Queue")
    expect(one.locator("#conversation")).to_contain_text("a right of its own")
    expect(one.locator("#beside")).to_have_count(0)
    expect(one.locator("body")).not_to_contain_text("جینا")


def test_nothing_typed_is_lost_by_another_form(asma: Console, served: Served) -> None:
    her(served, WISH_TO_DIE)
    page = asma.sign_in("asma")
    claim(page)
    page.fill("#text", "an answer that grows")
    page.fill("#note", "a note to us")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#notes")).to_contain_text("a note to us")
    expect(page.locator("#note")).to_have_value("")
    expect(page.locator("#text")).to_have_value("an answer that grows")

    page.click("#confirm-tier")
    expect(page.locator("#tier-now")).to_contain_text("set by asma")
    page.click("#tiering summary")
    page.select_option("#tier", "high")
    page.check("input[value=alone]")
    page.click("#set-tier")
    expect(page.locator("#tier-now")).to_contain_text("high")
    expect(page.locator("#tier-now")).to_contain_text("she is alone")
    expect(page.locator("#tiering")).not_to_have_attribute("open", "")
    expect(page.locator("#tiering summary")).to_be_focused()

    page.fill("#judge-line", "a line of my own")
    her(served, "another line of hers")
    expect(page.locator("#messages li.person")).to_have_count(2)
    expect(page.locator("#judge-line")).to_have_value("a line of my own")
    page.click("#judge-not-a-risk")
    expect(page.locator("#judged-now")).to_contain_text("a false alarm")
    expect(page.locator("#text")).to_have_value("an answer that grows")

    last = page.locator("#messages li.person").last
    last.locator("summary").click()
    last.locator("input[name=line]").fill("invented")
    last.locator("button").click()
    expect(last.locator(".missed")).to_be_visible()


def test_half_an_answer_survives_the_loss_of_the_chat(asma: Console, served: Served) -> None:
    her(served, WISH_TO_DIE)
    page = asma.sign_in("asma")
    claim(page)
    page.fill("#text", "half an answer")

    async def lose() -> None:
        async with served.house.core.database.transaction() as tx:
            person = await tx.session.scalar(select(Staff).where(Staff.sign_in_name == "asma"))
            assert person is not None
            viewer = viewer_of(person)
        assert await served.house.transfers.give_all(viewer, leave=True) == 1

    served.do(lose())
    expect(page.locator("#reply")).to_contain_text("Claim the case to write to her")
    expect(page.locator("#strip")).to_contain_text("1 critical")
    claim(page)
    expect(page.locator("#text")).to_have_value("half an answer")
    page.click("#nav-queue")
    expect(page.locator("h1")).to_have_text("Queue")
    page.locator("h3 a").click()
    expect(page.locator("#text")).to_have_value("half an answer")
    page.click("#send")
    expect(page.locator(".message.supervisor")).to_have_count(1)
    expect(page.locator("#text")).to_have_value("")
    page.reload()
    expect(page.locator(".message.supervisor")).to_have_count(1)
    expect(page.locator("#text")).to_have_value("")


def test_what_is_refused_stays_in_its_form(asma: Console, served: Served) -> None:
    her(served, WISH_TO_DIE)
    page = asma.sign_in("asma")
    claim(page)
    page.evaluate("document.getElementById('note').removeAttribute('maxlength')")
    page.fill("#note", "x" * 4001)
    page.click("#write-note")
    expect(page.locator("#notice")).to_contain_text("This is too long.")
    assert page.input_value("#note") == "x" * 4001


def test_a_ready_answer_goes_into_the_field(asma: Console, served: Served) -> None:
    served.do(served.house.writes(WISH_TO_DIE, address="+923000000001", door="sms"))
    page = asma.sign_in("asma")
    claim(page)
    page.click("#canned > summary")
    page.fill("#minutes", "25")
    page.click("#canned-pause")
    expect(page.locator("#text")).to_be_focused()
    text = page.input_value("#text")
    assert "25" in text
    assert "{" not in text
    expect(page.locator("#said")).to_contain_text("Read it before you send")
    page.click("#canned-quiet")
    both = page.input_value("#text")
    assert both.startswith(text + "\n")
    parted = "ب" * 66 + "ءِ" + "ب" * 66
    for words in (both, "plain words", "€" * 81, "ا" * 71, "a" * 161, "😀" * 34, parted):
        page.fill("#text", words)
        expect(page.locator("#text-count")).to_have_text(
            re.compile(rf"SMS parts: {segments(words)}\.$")
        )
    page.fill("#text", "")
    page.click("#canned-hello")
    page.click("#send")
    expect(page.locator(".message.supervisor")).to_have_count(1)
    expect(page.locator("#canned")).to_be_visible()


def test_ready_answers_without_script(chromium: Browser, served: Served) -> None:  # noqa: F811
    served.do(served.house.hire("asma"))
    her(served, WISH_TO_DIE)
    window = Console(chromium, served, java_script_enabled=False)
    page = window.sign_in("asma")
    page.locator("h3 a").click()
    page.click("#open-conversation")
    expect(page.locator("#body-1")).to_be_visible()
    page.locator("[id^=claim-case]").click()
    page.click("#canned > summary")
    page.fill("#minutes", "15")
    page.click("#canned-stay")
    expect(page.locator("#text")).to_have_value(re.compile("15"))
    page.fill("#note", "by a plain form")
    page.click("#write-note")
    expect(page.locator("#notes")).to_contain_text("by a plain form")
    page.click("#handing summary")
    page.select_option("#to", "language:sd")
    page.click("#hand-over")
    expect(page.locator("#panel")).to_contain_text("offered to whoever reads Sindhi")
    page.click("#take-back")
    expect(page.locator("#panel")).to_contain_text("no human word yet")
    window.close()


def test_notices_outside_the_page_say_nothing_of_her(
    chromium: Browser,  # noqa: F811
    served: Served,
) -> None:
    staff = served.do(served.house.hire("asma"))
    assert isinstance(staff, Staff)
    window = Console(chromium, served)
    window.context.add_init_script(HIDDEN)
    page = window.sign_in("asma")
    her(served, WISH_TO_DIE, "first")
    expect(page.locator("#strip")).to_contain_text("1 critical")
    assert page.evaluate("window.notices") == []
    page.click("#notify")
    expect(page.locator("#notify")).to_be_hidden()
    her(served, "qatal", "second")
    expect(page.locator("#strip")).to_contain_text("2 waiting")
    assert page.evaluate("window.notices") == []
    her(served, WISH_TO_DIE, "third")
    expect(page.locator("#strip")).to_contain_text("2 critical")
    assert page.evaluate("window.notices") == ["Amaan: A case waits."]

    async def page_her() -> None:
        async with served.house.core.database.transaction() as tx:
            await tx.notify(CONSOLE_CHANNEL, change=PAGED_YOU, staff_id=str(staff.id))

    served.do(page_her())
    for _ in range(50):  # The page's policy forbids what Playwright's own waiting needs.
        if page.evaluate("window.notices.length") == 2:
            break
        page.wait_for_timeout(100)
    assert page.evaluate("window.notices") == ["Amaan: A case waits."] * 2
    window.close()


def test_a_case_in_both_directions(asma: Console, served: Served) -> None:
    """Her words keep their direction in a page of either; nothing runs out of the window."""
    conversation = her(served, WISH_TO_DIE)
    her(served, "please help me, +923000000001 is not mine")
    honour(served, conversation)
    for interface, direction in (("en", "ltr"), ("ur", "rtl")):
        change(served, "asma", interface=interface)
        page = asma.page
        if interface == "en":
            asma.sign_in("asma")
        page.goto("/")
        expect(page.locator("html")).to_have_attribute("dir", direction)
        expect(page.locator("html")).to_have_attribute("lang", interface)
        look(page, f"queue-{interface}")
        page.locator(".case h3 a").first.click()
        if interface == "en":
            page.click("#open-conversation")
            page.locator("[id^=claim-case]").click()
        expect(page.locator("#body-1")).to_have_css("direction", "rtl")
        english = page.locator(".message.person .text").last
        expect(english).to_have_css("direction", "ltr")
        assert _starts_at_the_edge(page, "#body-1", "rtl")
        look(page, f"case-page-{interface}")
        for fold in page.locator("main details").all():
            if fold.is_visible() and not fold.evaluate("one => one.open"):
                fold.locator("summary").first.click()
        look(page, f"case-open-{interface}")


def _starts_at_the_edge(page: Page, selector: str, direction: str) -> bool:
    """Whether a text begins at the side where its readers begin."""
    edges: Any = page.evaluate(
        """one => { const text = document.querySelector(one), range = document.createRange();
        range.selectNodeContents(text);
        const [words, box] = [range.getBoundingClientRect(), text.getBoundingClientRect()];
        return [words.left - box.left, box.right - words.right]; }""",
        selector,
    )
    return bool(edges[1 if direction == "rtl" else 0] < 4)


def test_the_trainers_page(asma: Console, served: Served, chromium: Browser) -> None:  # noqa: F811
    her(served, WISH_TO_DIE)
    page = asma.sign_in("asma")
    claim(page)
    page.fill("#judge-line", "فلم نے مجھے مار ڈالا")
    page.click("#judge-not-a-risk")
    expect(page.locator("#judged-now")).to_contain_text("a false alarm")
    served.do(served.house.hire("tara", "trainer"))
    window = Console(chromium, served)
    window.page.goto("/sign-in")
    window.page.fill("#name", "tara")
    window.page.fill("#word", "four quiet plain words")
    window.page.keyboard.press("Enter")
    expect(window.page.locator("#nav-feedback")).to_be_visible()
    window.page.click("#nav-feedback")
    expect(window.page.locator(".feedback .text")).to_have_css("direction", "rtl")
    look(window.page, "feedback")
    window.page.click(".feedback button")
    expect(window.page.locator("main")).to_contain_text("There is nothing to deal with.")
    window.close()

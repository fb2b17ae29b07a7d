"""One survivor and two supervisors, three languages, through every state, on everything real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.story.stage import ROOT, Stage, wait_for
from tests.story.test_story import (  # noqa: F401 - fixtures
    PASSWORD,
    PATIENCE_MS,
    chromium,
    first_line,
    shot,
    write,
)

pytestmark = pytest.mark.timeout(600)
_WORD = re.compile(r"word (\S+)")
CRISIS = "مان مرڻ چاهيان ٿي"
"""Sindhi; she wants to die."""


def hire(stage: Stage, name: str, languages: str) -> str:
    """Adds a supervisor as an operator does. Returns the word that works once."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("AMAAN_")},
        "AMAAN_HOME": str(stage.home),
        "AMAAN_PORT_BASE": str(stage.port_base),
        "AMAAN_DATABASE_URL": stage.database_url,
    }
    said = subprocess.run(
        [sys.executable, "-m", "amaan", "staff", "add", name, "--languages", languages],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    found = _WORD.search(said)
    assert found is not None, said
    return found.group(1)


def console_of(stage: Stage, browser: Browser, name: str, languages: str, interface: str) -> Page:
    """A new supervisor's console, in her language."""
    word = hire(stage, name, languages)
    page = browser.new_context(base_url=stage.staff).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/sign-in")
    page.fill("#name", name)
    page.fill("#word", word)
    page.keyboard.press("Enter")
    page.fill("#new", PASSWORD)
    page.fill("#again", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#strip")).to_be_visible(timeout=PATIENCE_MS)
    page.goto("/profile")
    page.select_option("#interface", interface)
    page.click("#save")
    expect(page.locator("html")).to_have_attribute("lang", interface)
    page.goto("/")
    return page


@pytest.fixture
def asma(stage: Stage, chromium: Browser) -> Iterator[Page]:  # noqa: F811
    """Reads Urdu and English; her console is in Urdu."""
    page = console_of(stage, chromium, "asma", "ur,en", "ur")
    yield page
    page.context.close()


@pytest.fixture
def bushra(stage: Stage, chromium: Browser) -> Iterator[Page]:  # noqa: F811
    """Reads Sindhi; her console is in English."""
    page = console_of(stage, chromium, "bushra", "sd", "en")
    yield page
    page.context.close()


def state_of(stage: Stage) -> str:
    with psycopg.connect(stage.database_url) as connection:
        row = connection.execute(
            "SELECT state FROM escalation ORDER BY opened_at DESC LIMIT 1"
        ).fetchone()
    return str(row[0]) if row else ""


def is_in(stage: Stage, state: str) -> None:
    wait_for(lambda: state_of(stage) == state, 20, f"the case is {state}")


def test_all_states(
    stage: Stage,
    chromium: Browser,  # noqa: F811
    asma: Page,
    bushra: Page,
) -> None:
    her = chromium.new_context(base_url=stage.public, viewport={"width": 360, "height": 640})
    person = her.new_page()
    person.set_default_timeout(PATIENCE_MS)
    person.goto("/")
    lines = person.locator("#lines")

    write(person, CRISIS)
    expect(lines).to_contain_text(first_line("risk.suicide.critical", "sd-Arab"))
    for console in (asma, bushra):
        expect(console.locator("section[aria-labelledby=waiting] li.case")).to_have_count(1)
    is_in(stage, "paged")
    shot(asma, "three-1-queue-urdu")

    asma.locator("[id^=claim-queue]").click()
    expect(lines).to_contain_text(first_line("human.joined", "sd-Arab"))
    is_in(stage, "claimed")
    expect(bushra.locator("section[aria-labelledby=others] li.case")).to_have_count(1)
    asma.fill("#text", "السلام علیکم، میں یہاں ہوں")
    asma.click("#send")
    expect(lines.locator("li.person")).to_contain_text("میں یہاں ہوں")
    is_in(stage, "engaged")

    asma.click("#handing summary")
    asma.select_option("#to", "language:sd")
    asma.fill("#hand-over-note", "سندھی بولتی ہے")
    asma.click("#hand-over")
    is_in(stage, "handed_over")
    shot(asma, "three-2-handing-over-urdu")
    offered = bushra.locator("section[aria-labelledby=offered]")
    expect(offered.locator("li.case")).to_have_count(1)
    write(person, "توهان ڪٿي آهيو")
    expect(asma.locator("#messages li.person").last).to_contain_text("توهان ڪٿي آهيو")

    offered.locator("[id^=claim-queue]").click()
    expect(lines).to_contain_text(first_line("human.changed", "sd-Arab"))
    expect(bushra.locator("body")).to_contain_text("سندھی بولتی ہے")
    expect(bushra.locator("#messages li.person .text").first).to_have_attribute("dir", "rtl")
    bushra.fill("#text", "مان هتي آهيان")
    bushra.click("#send")
    expect(lines.locator("li.person").last).to_contain_text("مان هتي آهيان")
    is_in(stage, "engaged")
    expect(asma.locator("#text")).to_have_count(0)
    shot(bushra, "three-3-taken-over")

    bushra.click("#release")
    expect(lines).to_contain_text(first_line("human.released", "sd-Arab"))
    is_in(stage, "released")

    write(person, CRISIS)
    is_in(stage, "paged")
    asma.goto("/")
    asma.locator("[id^=claim-queue]").click()
    is_in(stage, "claimed")
    asma.click("#closing summary")
    asma.select_option("#outcome", index=1)
    asma.click("#close")
    expect(lines).to_contain_text(first_line("human.closed", "sd-Arab"))
    is_in(stage, "closed")
    shot(person, "three-4-survivor")
    her.close()

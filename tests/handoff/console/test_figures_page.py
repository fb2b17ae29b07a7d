"""The figures page: for whom it opens, what stands on it, and the export behind a proof."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select, update

from amaan.clock import SetClock
from amaan.core import Core
from amaan.storage.models import AuditEvent, Staff
from tests.conftest import START
from tests.handoff.console.conftest import PASSWORD, House, Served, browser_of, sign_in
from tests.handoff.console.test_browser import CHROMIUM, CONTRAST, MARK_TEXTS, shot
from tests.handoff.invented import put_case, put_rating

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)


async def busy_days(core: Core, staff: Staff, cases: int = 60) -> None:
    """Invented cases of some days in several languages, doors and hours."""
    doors, languages = ("web", "sms", "whatsapp"), ("ur", "ur", "ps", "sd", "en")
    for index in range(cases):
        waited = 40.0 + 9 * index
        paged = [seconds for seconds in (0.0, 120.0, 243.0, 360.0) if seconds < waited]
        language = languages[index % len(languages)]
        await put_case(
            core,
            staff,
            START - timedelta(days=1 + index % 5, hours=index % 24),
            paged=paged,
            claimed=waited,
            worded=waited + 30,
            door=doors[index % len(doors)],
            language=language,
            script="Latn" if language == "en" else "Arab",
            level=("critical", "critical", "requested")[index % 3],
            gender=("woman", None)[index % 2],
            judged=("right", "not_a_risk", None)[index % 3],
        )


@pytest.mark.parametrize(
    ("role", "page", "export"),
    [
        ("supervisor", 200, 403),
        ("lead", 200, 200),
        ("trainer", 200, 403),
        ("administrator", 200, 403),
    ],
)
async def test_for_whom_it_opens(house: House, role: str, page: int, export: int) -> None:
    await house.hire("somebody", role)
    async with browser_of(house) as client:
        await sign_in(client, "somebody")
        answer = await client.get("/figures")
        assert answer.status_code == page
        assert ('id="export"' in answer.text) == (export == 200)
        assert 'id="nav-figures" href="/figures" aria-current="page"' in answer.text
        assert (await client.get("/figures.csv?days=7")).status_code == export


async def test_a_quiet_house_says_so(asma: httpx.AsyncClient) -> None:
    page = (await asma.get("/figures?days=7")).text
    assert "too few cases" in page
    assert "<svg" not in page
    assert 'href="/figures?days=7" aria-current="page"' in page
    assert 'sse-connect="/live"' in page, "who takes cases hears the alarm here too"


async def busy_answers(core: Core) -> None:
    """Invented answers of two languages and doors, one of them given by few."""
    day = (START - timedelta(days=2)).date()
    for helped, count in ((3, 40), (2, 20), (1, 20)):
        await put_rating(core, day, helped, count)
        await put_rating(core, day, helped, count // 2, door="sms", script="Latn")
    await put_rating(core, day, 1, 2, door="whatsapp", language="ps")


async def test_answers_are_shown_also_without_a_case(house: House, asma: httpx.AsyncClient) -> None:
    assert "too few answers" in (await asma.get("/figures?days=7")).text
    await busy_answers(house.core)
    page = (await asma.get("/figures?days=7")).text
    (table,) = TABLE.findall(page)
    rows = {
        name: re.findall(r"<td>([^<]*)</td>", cells)
        for name, cells in re.findall(r'<tr><th scope="row">([^<]*)</th>(.*?)</tr>', table)
    }
    assert rows["All answers"] == ["122", "49%", "25%", "26%"]
    assert rows["Urdu"] == ["80", "50%", "25%", "25%"]
    assert rows["Pashto"] == rows["WhatsApp"] == ["hidden"] * 4
    assert rows["Roman Urdu"] == rows["SMS"] == ["hidden"] * 4, "122 - 80 - 40 are two"
    assert rows["English"] == ["0", "", "", ""]
    assert "2026-11-19" not in table, "no day is shown"


async def test_answers_on_an_urdu_page(house: House, asma: httpx.AsyncClient) -> None:
    await busy_answers(house.core)
    async with house.core.database.transaction() as tx:
        await tx.session.execute(update(Staff).values(interface="ur"))
    page = (await asma.get("/figures?days=7")).text
    assert '<html lang="ur" dir="rtl"' in page
    (table,) = TABLE.findall(page)
    assert "مدد نہیں ہوئی" in table
    words = re.sub(r"<[^>]*>", " ", table)
    assert set(re.findall(r"[A-Za-z]{2,}", words)) <= {"SMS", "WhatsApp"}, "names alone"


@pytest.mark.parametrize("days", ["8", "-1", "x", "99999999999999999999"])
async def test_other_periods_are_refused(asma: httpx.AsyncClient, days: str) -> None:
    assert (await asma.get(f"/figures?days={days}")).status_code == 422


async def test_plots_have_words_and_a_table(house: House, lead: httpx.AsyncClient) -> None:
    await busy_days(house.core, await house.staff.add("busy", "supervisor", ["ur"]))
    page = (await lead.get("/figures?days=30")).text
    plots = SVG.findall(page)
    assert len(plots) == 11, "each hour has too few cases for its two"
    assert len(TABLE.findall(page)) == 8
    assert ">2026-10-23</time>" in page
    assert ">2026-11-21</time>" in page
    assert "style=" not in page
    for plot in plots:
        root = ElementTree.fromstring(plot)
        name = "{http://www.w3.org/2000/svg}"
        title, desc = root.find(f"{name}title"), root.find(f"{name}desc")
        assert title is not None
        assert desc is not None
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
        assert title.text
        assert "table after this plot" in (desc.text or "")
    assert len(set(re.findall(r' id="([^"]+)"', page))) == len(re.findall(r' id="([^"]+)"', page))
    total = TABLE.findall(page)[0]
    cells = re.findall(r"<td>([^<]*)</td>", total)
    # 40, 49, ... 571 seconds to the claim of 60 cases: the 54th, and 29 within 300.
    assert cells[:7] == ["60", "0:00", "0:00", "100%", "5:06", "8:37", "48%"]
    assert cells[7:10] == ["5:36", "9:07", "43%"]
    assert "hidden" in page, "Sindhi and English are there, Balochi is not"


async def test_the_export_asks_for_a_proof_and_is_recorded(
    house: House, lead: httpx.AsyncClient, clock: SetClock
) -> None:
    await busy_days(house.core, await house.staff.add("busy", "supervisor", ["ur"]), 12)
    clock.move(timedelta(minutes=11))
    asked = await lead.get("/figures.csv?days=30")
    assert (asked.status_code, asked.headers["location"]) == (303, "/prove?back=%2Ffigures")
    assert await exports(house) == []
    await lead.post("/prove", data={"word": PASSWORD, "back": "/figures"})
    answer = await lead.get("/figures.csv?days=30")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert 'filename="amaan-figures-30-days.csv"' in answer.headers["content-disposition"]
    assert ",all,all,12," in answer.text
    (event,) = await exports(house)
    assert event.detail == {"days": 30}
    assert (await lead.get("/figures.csv?days=31")).status_code == 422
    assert len(await exports(house)) == 1


async def exports(house: House) -> list[AuditEvent]:
    async with house.core.database.transaction() as tx:
        return list(
            await tx.session.scalars(select(AuditEvent).where(AuditEvent.tag == "figures:exported"))
        )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed")
@pytest.mark.timeout(180)
@pytest.mark.parametrize(("scheme", "interface"), [("light", "en"), ("dark", "ur")])
def test_in_chromium(chromium: Browser, served: Served, scheme: str, interface: str) -> None:
    served.do(_a_lead_with_figures(served.house, interface))
    context = chromium.new_context(base_url=served.url, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.goto("/sign-in")
    page.fill("#name", "lina")
    page.fill("#word", PASSWORD)
    page.keyboard.press("Enter")
    page.click("#nav-figures")
    expect(page.locator("svg").first).to_be_visible()
    _assert_accessible(page)
    shot(page, f"figures-{scheme}-{interface}")
    with page.expect_download() as download:
        page.click("#export")
    assert Path(download.value.path()).read_text().startswith("from,until,by,value,cases")
    assert troubles == []
    context.close()


async def _a_lead_with_figures(house: House, interface: str) -> None:
    person = await house.hire("lina", "lead")
    async with house.core.database.transaction() as tx:
        await tx.session.execute(
            update(Staff).where(Staff.id == person.id).values(interface=interface)
        )
    await busy_days(house.core, person)
    await busy_answers(house.core)


def _assert_accessible(page: Page) -> None:
    page.evaluate(MARK_TEXTS)
    Axe().run(page, options={"runOnly": {"type": "rule", "values": ["document-title"]}})
    page.evaluate(CONTRAST)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    bad = [
        (one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found["violations"]
    ]
    assert bad == []

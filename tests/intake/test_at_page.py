"""The web page beside the chat, on real storage: proof by its fingerprint, and a sheet."""

from __future__ import annotations

import hashlib
import io
from uuid import UUID

import pytest
from pypdf import PdfReader

from amaan.clock import SetClock
from amaan.core import Core
from amaan.ports import OnPaper
from intake.at_page import AtPage
from intake.schema import Draft, EvidenceKind
from tests.intake.filing_parts import House, whole_draft

SUM = hashlib.sha256(b"x").hexdigest()


@pytest.fixture
def house(core: Core, clock: SetClock) -> House:
    return House(core, clock)


@pytest.fixture
def page(core: Core) -> AtPage:
    return AtPage(core)


async def drafted(house: House, draft: Draft | None = None) -> UUID:
    her = await house.person()
    async with house.talk(her) as (tx, conversation):
        row, _ = await house.complaints.begin(tx, conversation)
        await house.complaints.save(tx, row, draft or whole_draft())
    return her


async def draft_of(house: House, her: UUID) -> Draft:
    async with house.talk(her) as (tx, _):
        found = await house.complaints.open_draft(tx, her)
    assert found is not None
    return found[1]


async def add(
    house: House, page: AtPage, her: UUID, sha256: str | None = SUM, about: str = "Monday"
) -> bool:
    async with house.talk(her) as (tx, conversation):
        return await page.add_fingerprint(tx, conversation, sha256, "screenshot", about)


async def offered(house: House, page: AtPage, her: UUID) -> OnPaper:
    async with house.core.database.transaction() as tx:
        return await page.of(tx, her)


async def test_a_fingerprint_comes_into_the_draft_once(house: House, page: AtPage) -> None:
    her = await drafted(house, whole_draft(evidence=[], skipped=["evidence"], asked="name"))
    assert await add(house, page, her)
    assert await add(house, page, her)
    draft = await draft_of(house, her)
    (piece,) = draft.evidence
    assert (piece.sha256, piece.kind, piece.description, piece.hashed_where) == (
        SUM,
        EvidenceKind.SCREENSHOT,
        "Monday",
        "survivor_device",
    )
    assert (draft.skipped, draft.asked) == ([], "name")
    async with house.talk(her) as (tx, _):
        row = await house.complaints.latest(tx, her)
    assert row is not None
    assert (await house.tags(row.id)).count("evidence:described") == 1


async def test_what_is_intimate_has_no_fingerprint(house: House, page: AtPage) -> None:
    her = await drafted(house, whole_draft(evidence=[]))
    assert await add(house, page, her, None)
    (piece,) = (await draft_of(house, her)).evidence
    assert (piece.sha256, piece.hashed_where, piece.contains_intimate) == (None, None, True)


@pytest.mark.parametrize("asked", ["consent", "declare"])
async def test_what_she_read_over_is_shown_again(house: House, page: AtPage, asked: str) -> None:
    her = await drafted(house, whole_draft(asked=asked))
    assert await add(house, page, her)
    assert (await draft_of(house, her)).asked == "preview"


@pytest.mark.parametrize("more", [{"age_band": "13_15"}, {"for_whom": "child"}])
async def test_nothing_is_taken_of_a_child(
    house: House, page: AtPage, more: dict[str, object]
) -> None:
    her = await drafted(house, whole_draft(evidence=[], **more))
    assert await offered(house, page, her) == OnPaper(sheet=True, proof=False)
    for sha256 in (SUM, None):
        assert not await add(house, page, her, sha256)
    assert (await draft_of(house, her)).evidence == []


@pytest.mark.parametrize("about", ["", "   ", "my password is hunter22"])
async def test_neither_silence_nor_a_secret(house: House, page: AtPage, about: str) -> None:
    her = await drafted(house, whole_draft(evidence=[]))
    assert not await add(house, page, her, about=about)
    assert (await draft_of(house, her)).evidence == []


async def test_there_is_a_most(house: House, page: AtPage) -> None:
    her = await drafted(house, whole_draft(evidence=[{"description": str(i)} for i in range(50)]))
    assert not await add(house, page, her)


async def test_an_unknown_kind_is_a_statement(house: House, page: AtPage) -> None:
    her = await drafted(house, whole_draft(evidence=[]))
    async with house.talk(her) as (tx, conversation):
        assert await page.add_fingerprint(tx, conversation, SUM, "image", "Monday")
    assert (await draft_of(house, her)).evidence[0].kind is EvidenceKind.STATEMENT


async def test_what_is_offered_follows_the_complaint(house: House, page: AtPage) -> None:
    her = await house.person()
    assert await offered(house, page, her) == OnPaper()
    assert await page.sheet(her) is None
    assert not await add(house, page, her)
    await house.begin(her)
    assert await offered(house, page, her) == OnPaper(sheet=True, proof=True)
    row = await house.consented(her)
    assert await offered(house, page, her) == OnPaper(sheet=True)
    assert not await add(house, page, her)
    async with house.talk(her) as (tx, _):
        await house.complaints.withdraw(tx, row)
    assert await offered(house, page, her) == OnPaper()
    assert await page.sheet(her) is None


async def test_a_draft_past_its_day_is_not_offered(
    house: House, page: AtPage, clock: SetClock
) -> None:
    her = await drafted(house)
    row = (await house.begin(her)).keep_until
    clock.move(row - clock.now())
    assert await offered(house, page, her) == OnPaper()
    assert await page.sheet(her) is None


async def test_the_sheet_holds_her_lines(house: House, page: AtPage) -> None:
    her = await drafted(house)
    other = await house.person("+923000000002")
    made = await page.sheet(her)
    assert made is not None
    assert made.startswith(b"%PDF")
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(made)).pages)
    assert "Invented Person" in text
    assert await page.sheet(other) is None

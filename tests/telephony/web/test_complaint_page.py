"""The complaint beside the chat: a sheet to take along, and proof by its fingerprint alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from amaan.ports import OnPaper
from amaan.storage import Transaction
from amaan.storage.models import Conversation, Message
from amaan.words import VARIANTS
from telephony.web import safety
from telephony.web.form import parse_form
from telephony.web.limits import FREE, Limits, Passage
from tests.telephony.web.conftest import BROWSER, Site, hidden

PDF = b"%PDF-1.7 invented sheet"
SUM = hashlib.sha256(b"x").hexdigest()
PAUSE = timedelta(minutes=4)


@dataclass
class FakePapers:
    """Offers what it is told to, and remembers what it was asked."""

    offered: OnPaper = field(default_factory=lambda: OnPaper(sheet=True, proof=True))
    takes: bool = True
    pdf: bytes | None = PDF
    added: list[tuple[str | None, str, str]] = field(default_factory=list)
    sheets: int = 0

    async def of(self, tx: Transaction, conversation_id: UUID) -> OnPaper:
        """See `Papers.of`."""
        return self.offered

    async def add_fingerprint(
        self, tx: Transaction, conversation: Conversation, sha256: str | None, kind: str, about: str
    ) -> bool:
        """See `Papers.add_fingerprint`."""
        self.added.append((sha256, kind, about))
        return self.takes

    async def sheet(self, conversation_id: UUID) -> bytes | None:
        """See `Papers.sheet`."""
        self.sheets += 1
        return self.pdf


@pytest.fixture
def papers() -> FakePapers:
    """A draft is open, and it is about an adult."""
    return FakePapers()


def say(site: Site, key: str, tag: str = "ur-Arab") -> str:
    return site.bench.core.catalogues.text(key, tag, "web")


async def started(site: Site) -> str:
    secret = hidden((await site.client.get("/")).text, "secret")
    await site.post(secret=secret, message_key="key-0001", text="hello marker")
    return secret


async def closed(site: Site) -> str:
    """A chat whose page awaits her word."""
    secret = await started(site)
    await site.post(secret=secret, started="1", do="word", word="blue kettle")
    await site.post(secret=secret, started="1", do="lock")
    return secret


def is_hidden(page: str, opening: str) -> bool:
    tag = page[page.index(opening) :].partition(">")[0]
    return tag.endswith(" hidden")


async def test_nothing_is_offered_without_a_complaint(site: Site, papers: FakePapers) -> None:
    papers.offered = OnPaper()
    secret = await started(site)
    page = (await site.post(secret=secret, started="1", do="refresh")).text
    assert is_hidden(page, '<form id="sheet"')
    assert is_hidden(page, '<details id="proof-box"')
    answer = (await site.ask(secret=secret, started="1", do="refresh")).json()
    assert (answer["sheet"], answer["proof"]) == (False, False)
    assert is_hidden((await site.client.get("/")).text, '<form id="sheet"')


async def test_the_sheet_is_a_file_to_keep(site: Site, papers: FakePapers) -> None:
    secret = await started(site)
    page = (await site.post(secret=secret, started="1", do="refresh")).text
    assert not is_hidden(page, '<form id="sheet"')
    for answer in (
        await site.post(secret=secret, started="1", do="sheet"),
        await site.ask(secret=secret, started="1", do="sheet"),
    ):
        assert answer.content == PDF
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == 'attachment; filename="notes.pdf"'
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "set-cookie" not in answer.headers


async def test_no_sheet_is_said_plainly(site: Site, papers: FakePapers) -> None:
    papers.pdf = None
    secret = await started(site)
    page = await site.post(secret=secret, started="1", do="sheet")
    assert page.headers["content-type"].startswith("text/html")
    assert say(site, "web.sheet_none") in page.text
    assert "hello marker" in page.text
    answer = (await site.ask(secret=secret, started="1", do="sheet")).json()
    assert answer["note"] == say(site, "web.sheet_none")


async def test_a_broken_sheet_leaves_the_page(site: Site, papers: FakePapers) -> None:
    papers.pdf = None
    secret = await started(site)
    papers.sheet = None  # type: ignore[method-assign, assignment]
    page = await site.post(secret=secret, started="1", do="sheet")
    assert page.status_code == 503
    assert hidden(page.text, "secret") == secret


async def test_the_fingerprint_kind_and_words_are_taken(site: Site, papers: FakePapers) -> None:
    secret = await started(site)
    fields = {"sha256": SUM, "kind": "screenshot", "about": " the threat\n of Monday "}
    page = await site.post(secret=secret, started="1", do="add_proof", **fields)
    assert say(site, "web.proof_done") in page.text
    answer = (await site.ask(secret=secret, started="1", do="add_proof", **fields)).json()
    assert answer["added"] is True
    assert papers.added == [(SUM, "screenshot", "the threat of Monday")] * 2
    papers.takes = False
    answer = (await site.ask(secret=secret, started="1", do="add_proof", **fields)).json()
    assert (answer["added"], answer["note"]) == (False, say(site, "web.proof_none"))


@pytest.mark.parametrize(
    "fields",
    [
        {"sha256": "", "about": "x"},
        {"sha256": SUM.upper(), "about": "x"},
        {"sha256": SUM + "0", "about": "x"},
        {"sha256": SUM[:-1] + "\n", "about": "x"},
        {"sha256": SUM, "about": "  "},
        {"intimate": "1", "about": ""},
    ],
)
async def test_what_is_no_piece_of_proof_is_refused(
    site: Site, papers: FakePapers, fields: dict[str, str]
) -> None:
    secret = await started(site)
    page = await site.post(secret=secret, started="1", do="add_proof", **fields)
    assert say(site, "web.proof_none") in page.text
    assert papers.added == []


async def test_what_is_intimate_is_only_described(site: Site, papers: FakePapers) -> None:
    secret = await started(site)
    fields = {"sha256": SUM, "kind": "screenshot", "about": "a private one", "intimate": "1"}
    await site.post(secret=secret, started="1", do="add_proof", **fields)
    assert papers.added == [(None, "screenshot", "a private one")]


async def test_a_closed_chat_gives_nothing_and_takes_nothing(
    site: Site, papers: FakePapers
) -> None:
    secret = await closed(site)
    for fields in ({"do": "sheet"}, {"do": "add_proof", "sha256": SUM, "about": "x"}):
        page = await site.post(secret=secret, started="1", **fields)
        assert say(site, "web.lock_ask") in page.text
        assert is_hidden(page.text, '<section id="safe" aria-labelledby="safe-heading"')
        assert is_hidden(page.text, '<form id="sheet"')
        answer = (await site.ask(secret=secret, started="1", **fields)).json()
        assert (answer["sheet"], answer["proof"], answer["messages"]) == (False, False, [])
    assert (papers.added, papers.sheets) == ([], 0)


async def test_a_pause_closes_before_the_sheet(site: Site, papers: FakePapers) -> None:
    secret = await started(site)
    await site.post(secret=secret, started="1", do="word", word="blue kettle")
    site.bench.core.clock.move(PAUSE)  # type: ignore[attr-defined]
    page = await site.post(secret=secret, started="1", do="sheet")
    assert say(site, "web.lock_ask") in page.text
    assert papers.sheets == 0


async def test_without_a_chat_there_is_nothing(site: Site, papers: FakePapers) -> None:
    secret = await started(site)
    await site.post("/leave", secret=secret)
    for fields in ({"do": "sheet"}, {"do": "add_proof", "sha256": SUM, "about": "x"}):
        for began in ("1", ""):
            page = await site.post(secret=secret, started=began, **fields)
            assert page.headers["content-type"].startswith("text/html")
            assert "marker" not in page.text
            answer = (await site.ask(secret=secret, started=began, **fields)).json()
            assert answer["ended"] is True
    foreign = await site.client.post(
        "/", data={"secret": secret, "do": "sheet"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403
    assert (papers.added, papers.sheets) == ([], 0)


async def test_words_of_danger_in_the_small_field_are_heard(site: Site, papers: FakePapers) -> None:
    secret = await started(site)
    about = "he is outside my door with a gun, I want to kill myself"
    await site.ask(secret=secret, started="1", do="add_proof", sha256=SUM, about=about)
    async with site.bench.core.database.transaction() as tx:
        rows = await tx.session.scalars(select(Message).where(Message.author == "person"))
        assert len(list(rows)) == 2
    assert papers.added == [(SUM, "", about)]


async def test_both_are_counted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet costs more than a message: whoever asks for many is slowed as with messages."""
    secret = await started(site)
    counted: list[str] = []

    async def let_through(_: Limits, kind: str, *_given: object, **_named: object) -> Passage:
        counted.append(kind)
        return FREE

    monkeypatch.setattr(safety.Limits, "let_through", let_through)
    for fields in ({"do": "sheet"}, {"do": "add_proof"}, {"do": "refresh"}):
        await site.post(secret=secret, started="1", **fields)
    assert counted == ["send", "send"]


async def test_nothing_of_it_is_logged(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    secret = await started(site)
    fields = {"sha256": SUM, "kind": "document", "about": "markerabout"}
    await site.post(secret=secret, started="1", do="add_proof", **fields)
    await site.post(secret=secret, started="1", do="sheet")
    written = "".join(capfd.readouterr())
    for mine in (SUM, "markerabout", secret, "notes.pdf"):
        assert mine not in written


def test_what_is_posted_is_cut_and_doubted() -> None:
    posted = parse_form(f"do=add_proof&sha256={SUM}&about={'a' * 500}&kind={'k' * 500}".encode())
    assert posted.evidence is not None
    assert (len(posted.evidence.about), len(posted.evidence.kind)) == (200, 200)
    assert parse_form(f"do=send&sha256={SUM}&about=a".encode()).evidence is None


async def test_the_page_stays_light(site: Site) -> None:
    secret = await started(site)
    for tag in VARIANTS:
        fields = {"secret": secret, "started": "1", "do": "lang", "lang": tag}
        async with site.client.stream("POST", "/", data=fields, headers=BROWSER) as answer:
            packed = [chunk async for chunk in answer.aiter_raw()]
        assert answer.headers["content-encoding"] == "gzip"
        assert sum(map(len, packed)) < 14_000

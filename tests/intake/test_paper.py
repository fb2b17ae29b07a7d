"""The complaint on paper: what stands there, in which order, and what the file does not tell."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader

from amaan.core import LOCALES
from amaan.errors import InputError
from amaan.storage.models import Complaint as ComplaintRow
from amaan.words import Catalogues
from intake.interview.lines import Words, lines
from intake.paper import FILE_NAME, Sheet, make_pdf, pdf, portal_text, sheet_of
from intake.paper.bidi import paragraphs
from intake.paper.pdf import MAX_SIZE
from intake.schema import Draft
from tests.intake.drafts import REFERENCE, whole_draft

URDU = "اس نے کہا کہ وہ میری تصویر سب کو بھیج دے گا۔"
BLANK = Sheet("", "", (), "rtl", "ur")


@pytest.fixture(scope="module")
def catalogues() -> Catalogues:
    return Catalogues.load(LOCALES)


def words_in(catalogues: Catalogues, tag: str) -> Words:
    return lambda key: catalogues.text(key, tag, "web")


def row(language: str = "ur", script: str = "Arab", state: str = "draft") -> ComplaintRow:
    return ComplaintRow(
        id=uuid4(), reference=REFERENCE, state=state, language=language, script=script
    )


def read(made: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)


def of_lines(*texts: str, **changes: Any) -> Sheet:
    return replace(BLANK, lines=tuple(("لفظ", text) for text in texts), **changes)


def test_the_sheet_has_what_she_sees_and_no_more(catalogues: Catalogues) -> None:
    words = words_in(catalogues, "ur-Arab")
    draft = whole_draft(story=URDU, honour_risk=3, codes=["T4"])
    sheet = sheet_of(draft, row(), words)
    assert [label for label, _ in sheet.lines] == [one.label for one in lines(draft, words)]
    assert sheet.direction == "rtl"
    assert sheet.language == "ur"
    assert sheet.declaration == words("complaint.declare")
    assert not sheet.title
    assert not sheet.custody


def test_a_number_stands_only_on_what_left(catalogues: Catalogues) -> None:
    words = words_in(catalogues, "en-Latn")
    assert sheet_of(whole_draft(), row("en", "Latn"), words).reference == ""
    assert sheet_of(whole_draft(), row("en", "Latn", "filed"), words).reference == REFERENCE


def test_links_and_proof_stand_one_under_the_other(catalogues: Catalogues) -> None:
    proof = {"kind": "screenshot", "description": "a chat", "hashed_where": "survivor_device"}
    draft = whole_draft(evidence=[{**proof, "sha256": "a" * 64}])
    words = words_in(catalogues, "en-Latn")
    texts = dict(sheet_of(draft, row("en", "Latn"), words).lines)
    assert texts[words("complaint.label.links")].splitlines() == [
        *draft.urls,
        *draft.handles,
        *draft.suspect_phones,
    ]
    assert texts[words("complaint.label.evidence")] == f"a chat\nsha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("language", "script", "direction"),
    [
        ("ur", "Arab", "rtl"),
        ("ur", "Latn", "ltr"),
        ("pa", "Guru", "rtl"),  # answered in Shahmukhi
        ("bal", "Arab", "rtl"),
        ("en", "Latn", "ltr"),
    ],
)
def test_direction_follows_the_script(
    catalogues: Catalogues, language: str, script: str, direction: str
) -> None:
    words = words_in(catalogues, "en-Latn")
    assert sheet_of(Draft(), row(language, script), words).direction == direction


@pytest.mark.parametrize("tag", ["ur-Arab", "sd-Arab", "ps-Arab", "bal-Arab", "pa-Arab", "en-Latn"])
def test_every_language_is_set_and_can_be_copied(catalogues: Catalogues, tag: str) -> None:
    language, script = tag.split("-")
    sheet = sheet_of(whole_draft(), row(language, script), words_in(catalogues, tag))
    text = " ".join(read(pdf(sheet)).split())
    assert "https://example.test/profile/1" in text
    assert "00000-0000001-2" in text
    assert "+923000000001" in text
    for label, _ in sheet.lines:
        assert label in text


def test_urdu_is_copied_in_the_order_in_which_it_is_read() -> None:
    assert URDU in read(pdf(of_lines(URDU)))


@pytest.mark.parametrize(
    "letters",
    [
        "ٻ ڀ ٺ ٽ ٿ ڃ ڄ ڇ ڊ ڌ ڏ ڍ ڙ ڦ ڪ ک ڳ ڱ ڻ ۾ ۽",
        "ټ ځ څ ډ ړ ږ ښ ګ ڼ ۍ ې ی ئ",
        "ٹ ڈ ڑ ں ے ھ گ پ چ ژ ہ ۂ ؤ ئ ێ ۆ ݨ",
        "ਕ ਖ ਗ ਘ ਚ ਛ ਜ ਝ ਟ ਠ ਡ ਢ ਣ ਤ ਥ ਦ ਧ ਨ",
    ],
)
def test_no_letter_is_missing_in_the_fonts(letters: str) -> None:
    # A font without a letter would make the renderer write an encoding of its own.
    reader = PdfReader(io.BytesIO(pdf(of_lines(letters))))
    fonts = [one.get_object() for one in reader.pages[0]["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert {font["/Encoding"] for font in fonts} == {"/Identity-H"}
    names = " ".join(str(font["/BaseFont"]) for font in fonts)
    assert "Naskh" in names
    assert "Nastaliq" not in names


def test_gurmukhi_is_copied_as_it_was_written() -> None:
    text = "ਵਿੱਚ ਵਕਤ ਸ਼ਿਕਾਇਤ ਸਕਾ।"
    made = PdfReader(io.BytesIO(pdf(of_lines(text, URDU))))
    contents = made.pages[0].get_contents()
    assert contents is not None
    drawn = contents.get_data()
    code = (b"\xfe\xff" + text.encode("utf-16-be")).hex().encode()
    assert b"/Span <</ActualText <" + code + b">>> BDC" in drawn
    # Right-to-left lines are left alone, and what is opened is closed.
    assert drawn.count(b"BDC") == drawn.count(b"EMC") == 1


def test_a_long_story_goes_over_pages_whole() -> None:
    sentence = "Sentence number {} says what he wrote on that day and what she answered. "
    story = "".join(sentence.format(number) for number in range(260))[:20_000]
    made = pdf(of_lines(story, direction="ltr", language="en"))
    text = " ".join(read(made).split())
    assert len(PdfReader(io.BytesIO(made)).pages) > 3
    assert all(f"number {number} says" in text for number in range(255))


def test_long_words_stay_on_the_paper() -> None:
    address = "https://example.test/" + "x" * 2_000
    made = pdf(of_lines(address, direction="ltr", language="en"))
    assert read(made).count("x") >= 2_000


def test_the_file_tells_nothing_about_itself() -> None:
    made = pdf(of_lines(URDU))
    reader = PdfReader(io.BytesIO(made))
    assert not reader.metadata
    assert reader.xmp_metadata is None
    for word in (b"WeasyPrint", b"amaan", b"Amaan", b"CreationDate", b"2026"):
        assert word not in made
    assert FILE_NAME == "notes.pdf"


def test_the_same_sheet_gives_the_same_bytes() -> None:
    assert pdf(of_lines(URDU)) == pdf(of_lines(URDU))


def test_what_she_wrote_is_never_markup_and_nothing_is_fetched(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was opened")

    monkeypatch.setattr("urllib.request.OpenerDirector.open", refuse)
    text = '<img src="file:///etc/hostname"><style>@import "http://example.test/a.css";</style>'
    with caplog.at_level(logging.DEBUG):
        made = pdf(of_lines(text, direction="ltr", language="en"))
    assert "file:///etc/hostname" in read(made).replace("\n", "")
    assert "/Annots" not in PdfReader(io.BytesIO(made)).pages[0]
    assert not caplog.records


def test_signs_without_a_font_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        pdf(of_lines("\U0001f621 \U00012000 \ue000"))
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_too_much_is_refused() -> None:
    with pytest.raises(InputError) as raised:
        pdf(of_lines("a" * (MAX_SIZE + 1)))
    assert raised.value.code == "too_long"


async def test_it_is_made_off_the_event_loop() -> None:
    assert (await make_pdf(of_lines(URDU))).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        (URDU, "rtl"),
        ("WhatsApp پر اس نے لکھا", "rtl"),
        ("He wrote to me today: سب کو", "ltr"),
        ("نام Invented Person ہے", "rtl"),
        ("+923000000001", "ltr"),
        ("https://example.test/a", "ltr"),
        ("...", "rtl"),
    ],
)
def test_a_paragraph_runs_as_most_of_its_letters(text: str, direction: str) -> None:
    assert [one.direction for one in paragraphs(text, "rtl")] == [direction]


@pytest.mark.parametrize(
    "token",
    [
        "+923000000001",
        "0300-0000001",
        "0300 000 0001",
        "00000-0000001-2",
        "12/03/2026",
        "50,000",
        "۰۳۰۰-۰۰۰۰۰۰۱",
        "@invented_one",
        "a.person@example.test",
    ],
)
def test_numbers_and_names_keep_together_in_right_to_left_text(token: str) -> None:
    (one,) = paragraphs(f"نمبر {token} ہے۔", "rtl")
    assert one.text == f"نمبر \u2066{token}\u2069 ہے۔"


def test_plain_words_are_not_parted() -> None:
    (one,) = paragraphs("نام Invented Person ہے۔", "rtl")
    assert one.text == "نام Invented Person ہے۔"


def test_an_address_gets_its_own_line() -> None:
    found = paragraphs("دیکھیں https://example.test/a?b=1 پھر لکھا", "rtl")
    assert [(one.text, one.direction) for one in found] == [
        ("دیکھیں", "rtl"),
        ("https://example.test/a?b=1", "ltr"),
        ("پھر لکھا", "rtl"),
    ]


def test_signs_that_turn_text_round_are_taken_out() -> None:
    (one,) = paragraphs("a\u202e\u2067bc\u0007\td", "ltr")
    assert one.text == "abc d"


def test_the_text_for_the_portal_is_the_beginning_of_hers() -> None:
    story = "He wrote to me again. " * 200
    text = portal_text(Draft(story=story))
    assert len(text) <= 2_000
    assert text.endswith("again.")
    assert story.startswith(text)
    assert portal_text(Draft(story=story, summary="He wrote to me again.")) == text[:21]
    assert portal_text(Draft(story="Changed since.", summary="taken back")) == "Changed since."
    assert portal_text(Draft()) == ""

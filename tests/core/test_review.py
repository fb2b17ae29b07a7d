"""A catalogue goes to a reviewer and comes back: all that is right, or nothing."""

from __future__ import annotations

import csv
import re
import shutil
import stat
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import normalize
from typer.testing import CliRunner

from amaan.cli import app, main
from amaan.facts import shown_facts
from amaan.words import VARIANTS, Catalogues, review
from amaan.words.po import PoFile, ReviewError

WORDS = Catalogues.load(review.LOCALES)
ON = date(2026, 11, 23)
TAG = "ur-Arab"
DRAFT, MARK = "# review: draft", "# review: reviewed by M.K. on 2026-11-23"
HEADER = """# All words. "# review: draft" means: nobody looked.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"""
ENGLISH = {
    ("web", "greet"): "Hello.\nCall {police}.",
    ("sms", "greet"): "Hello.",
    ("web", "anger"): 'Anger is "right".',
    ("web", "law"): "Years: {s21_years}, police {police}.",
    ("sms", "law"): "Years: {s21_years}, police {police}.",
    ("web", "yes"): "Yes",
    ("sms", "yes"): "Yes",
}
URDU = {
    ("web", "greet"): "سلام۔\n{police} پر فون کریں۔",
    ("sms", "greet"): "سلام۔",
    ("web", "anger"): "غصہ «درست» ہے۔",
    ("web", "law"): "سال: {s21_years}، پولیس {police}۔",
    ("sms", "law"): "سال: {s21_years}، پولیس {police}۔",
    ("web", "yes"): "ہاں",
    ("sms", "yes"): "ہاں",
}
NOTES = {
    "greet": "Warm. Sms at most 9 characters in Latin script, 5 in Arabic script. A menu follows."
}


def as_po(texts: dict[tuple[str, str], str]) -> str:
    entries = (
        f"{DRAFT}\n#. {NOTES.get(key, 'Plain.')}\n"
        f'msgctxt "{channel}"\nmsgid "{key}"\nmsgstr {normalize(text, width=0)}\n'
        for (channel, key), text in texts.items()
    )
    return "\n".join((HEADER, *entries))


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    """Small catalogues of all variants, of which nobody has reviewed anything."""
    for variant in VARIANTS.values():
        file = tmp_path / "locales" / variant.folder / "amaan.po"
        file.parent.mkdir(parents=True)
        file.write_text(as_po(URDU if variant.tag == TAG else ENGLISH))
    return tmp_path / "locales"


class Desk:
    """A reviewer's sheet of one variant, as a spreadsheet has it."""

    def __init__(self, locales: Path, tag: str = TAG, name: str = "sheet.csv") -> None:
        self.locales, self.tag = locales, tag
        self.catalogue = locales / VARIANTS[tag].folder / "amaan.po"
        self._was = self.catalogue.read_text()
        self.file = locales.parent / name
        review.export(tag, self.file, locales)
        with self.file.open(encoding="utf-8-sig", newline="") as handle:
            self.rows: list[dict[str, str]] = list(csv.DictReader(handle))

    def row(self, key: str, channel: str = "web") -> dict[str, str]:
        return next(r for r in self.rows if (r["key"], r["channel"]) == (key, channel))

    def save(self, delimiter: str = ",") -> None:
        with self.file.open("w", encoding="utf-8-sig", newline="") as handle:
            sheet = csv.DictWriter(handle, review.COLUMNS, delimiter=delimiter)
            sheet.writeheader()
            sheet.writerows(self.rows)

    def take(self, reviewer: str = "M.K.") -> review.Taken:
        self.save()
        return self.take_as_is(reviewer)

    def take_as_is(self, reviewer: str = "M.K.") -> review.Taken:
        return review.take(self.tag, self.file, reviewer, ON, self.locales)

    def changed(self) -> list[tuple[str, str]]:
        """(old, new) lines by which the catalogue differs from what it was."""
        lines = zip(self._was.split("\n"), self.catalogue.read_text().split("\n"), strict=True)
        return [(old, new) for old, new in lines if old != new]


@pytest.fixture
def desk(locales: Path) -> Desk:
    return Desk(locales)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {f.as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_a_sheet_has_every_text_with_its_english_and_its_limit(desk: Desk) -> None:
    assert desk.file.read_bytes().startswith(b"\xef\xbb\xbf" + ",".join(review.COLUMNS).encode())
    assert [(row["channel"], row["key"], row["text"]) for row in desk.rows] == [
        (*place, text) for place, text in URDU.items()
    ]
    assert [row["english"] for row in desk.rows] == list(ENGLISH.values())
    row = desk.row("greet", "sms")
    assert row["note"] == NOTES["greet"]
    assert row["limit"] == "at most 9 characters in Latin script, 5 in Arabic script"
    assert {r["limit"] for r in desk.rows if r is not row} == {""}
    assert {(r["state"], r["reviewer"], r["new_text"], r["remark"]) for r in desk.rows} == {
        ("draft", "", "", "")
    }


@pytest.mark.parametrize("tag", VARIANTS)
def test_our_catalogues_go_out_and_come_back(tmp_path: Path, tag: str) -> None:
    copy = tmp_path / "locales"
    shutil.copytree(review.LOCALES, copy)
    desk = Desk(copy, tag)
    assert {(row["channel"], row["key"]) for row in desk.rows} == WORDS.keys(tag)
    before = bytes_of(copy)
    assert desk.take() == review.Taken(0, 0, ())
    assert bytes_of(copy) == before
    drafts = [row for row in desk.rows if row["state"] == "draft"]
    for row in drafts:
        row["state"] = "reviewed"
    assert desk.take() == review.Taken(0, len(drafts), ())
    assert desk.changed() == [(DRAFT, MARK)] * len(drafts)


@pytest.mark.parametrize("tag", VARIANTS)
def test_a_text_of_ours_written_anew_looks_as_it_did(tmp_path: Path, tag: str) -> None:
    copy = tmp_path / "amaan.po"
    whole = (review.LOCALES / VARIANTS[tag].folder / "amaan.po").read_text()
    copy.write_text(re.sub(r"(?m)^# review: .*$", DRAFT, whole))
    before = copy.read_bytes()
    po = PoFile(copy)
    for entry in po.entries.values():
        po.mend(entry, entry.text, "draft")
    po.write()
    assert copy.read_bytes() == before


def test_a_mended_text_stays_a_draft_and_touches_nothing_else(desk: Desk) -> None:
    desk.row("greet", "sms")["new_text"] = "  خوش\u00a0رہیں۔ "
    assert desk.take() == review.Taken(1, 0, ())
    assert desk.changed() == [('msgstr "سلام۔"', 'msgstr "خوش رہیں۔"')]


def test_a_text_of_several_lines_comes_back_as_it_was_written(desk: Desk) -> None:
    desk.row("anger")["new_text"] = '"درست"\r\n\r\n\\ یہ'
    desk.row("greet")["new_text"] = "{police}"
    assert desk.take() == review.Taken(2, 0, ())
    texts = {**URDU, ("web", "anger"): '"درست"\n\n\\ یہ', ("web", "greet"): "{police}"}
    assert desk.catalogue.read_text() == as_po(texts)


def test_a_reviewed_text_says_by_whom_and_when(desk: Desk) -> None:
    desk.row("law")["state"] = " Reviewed "
    desk.row("law")["remark"] = "very\nclear"
    desk.catalogue.chmod(0o640)
    desk.save(delimiter=";")
    assert desk.take_as_is() == review.Taken(0, 1, ("law (web): very clear",))
    assert desk.changed() == [(DRAFT, MARK)]
    assert stat.S_IMODE(desk.catalogue.stat().st_mode) == 0o640
    words = Catalogues.load(desk.locales, {})
    assert words.is_reviewed("law", TAG, "whatsapp")
    assert not words.is_reviewed("law", TAG, "sms")


def test_a_review_is_neither_undone_nor_taken_over_by_another_sheet(desk: Desk) -> None:
    older = Desk(desk.locales, name="older.csv")
    desk.row("anger")["state"] = "reviewed"
    desk.take()
    assert desk.take("X") == review.Taken(0, 0, ())
    assert older.take("X") == review.Taken(0, 0, ())
    assert desk.changed() == [(DRAFT, MARK)]
    again = Desk(desk.locales, name="again.csv").row("anger")
    assert (again["state"], again["reviewer"]) == ("reviewed", "M.K.")


@pytest.mark.parametrize(("said", "marks"), [("draft", []), ("reviewed", [(DRAFT, MARK)])])
def test_new_words_need_a_new_review(desk: Desk, said: str, marks: list[tuple[str, str]]) -> None:
    row = desk.row("anger")
    row["state"] = "reviewed"
    desk.take("X")
    row["state"], row["new_text"] = said, "جی۔"
    assert desk.take() == review.Taken(1, len(marks), ())
    assert desk.changed() == [*marks, (f'msgstr "{row["text"]}"', 'msgstr "جی۔"')]
    # Sent once more, the same sheet has nothing to add.
    assert desk.take("X") == review.Taken(0, 0, ())


def test_english_is_reviewed_like_the_others(locales: Path) -> None:
    desk = Desk(locales, "en-Latn")
    desk.row("greet", "sms").update(state="reviewed", new_text="Welcome.")
    assert desk.take() == review.Taken(1, 1, ())
    assert desk.take() == review.Taken(0, 0, ())
    assert desk.changed() == [(DRAFT, MARK), ('msgstr "Hello."', 'msgstr "Welcome."')]


Harm = Callable[[Desk], object]


def law(**cells: str) -> Harm:
    """Writes into cells of the row of one SMS."""

    def harm(desk: Desk) -> None:
        desk.row("law", "sms").update(cells)
        desk.save()

    return harm


def twice(desk: Desk) -> None:
    desk.rows.append(desk.row("anger"))
    desk.save()


def short_row(desk: Desk) -> None:
    desk.save()
    desk.file.write_bytes(desk.file.read_bytes() + b"anger,web\r\n")


def raw(content: bytes) -> Harm:
    return lambda desk: desk.file.write_bytes(content)


BOTH = "{s21_years} {police}"
REFUSED: dict[str, tuple[Harm, str]] = {
    "unknown key": (law(key="no\nsuch"), r"row 6: there is no such text"),
    "unknown channel": (law(channel="whatsapp"), "there is no such text"),
    "twice": (twice, r"row 9 \(anger, web\): it stands twice"),
    "one number less": (law(new_text="{police}"), r"row 6 \(law, sms\): its placeholders"),
    "one number more": (law(new_text=BOTH + "{umang}"), "its placeholders"),
    "more than a number": (law(new_text="{s21_years} {police.__class__}"), "its placeholders"),
    "a wide number": (law(new_text="{s21_years} {police:>9}"), "its placeholders"),
    "a lone brace": (law(new_text="{" + BOTH), "its placeholders"),
    "too long": (law(new_text=BOTH + "۔" * 134), "more than 2 SMS segments"),
    "empty": (law(new_text=" "), "its text is empty"),
    "emptied": (law(text="", state="reviewed"), "its text is empty"),
    "older English": (law(english="Older."), "its English is not today's"),
    "written into the wrong column": (law(text="متن"), "mend in new_text"),
    "another text reviewed": (law(text="متن", state="reviewed"), "export anew"),
    "another text mended": (law(text="متن", new_text=BOTH), "export anew"),
    "a sign that turns numbers": (law(new_text="\u202b" + BOTH), "nobody sees"),
    "a state of her own": (law(state="ok"), "neither draft nor reviewed"),
    "a cell is missing": (short_row, "row 9 has 2 cells, not 10"),
    "other columns": (raw(b"key,text\r\n"), "must have these columns"),
    "nothing": (raw(b""), "must have these columns"),
    "another kind of file": (raw(b"PK\x03\x04\xff\xfe"), "cannot be read as a CSV"),
    "an open quote": (raw(b'"key'), "cannot be read as a CSV"),
    "no file": (lambda desk: desk.file.unlink(), "cannot be read as a CSV"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_right_changes_nothing(desk: Desk, name: str) -> None:
    harm, reason = REFUSED[name]
    # A good row in the same sheet is not taken either.
    desk.row("greet")["state"] = "reviewed"
    before = bytes_of(desk.locales)
    harm(desk)
    with pytest.raises(ReviewError, match=reason) as refused:
        desk.take_as_is()
    assert "\n" not in str(refused.value)
    assert bytes_of(desk.locales) == before


def test_an_sms_of_two_segments_is_taken_and_a_web_text_may_be_long(desk: Desk) -> None:
    # Two facts of one and two digits, a space, and 134 units in two segments.
    filled = len(BOTH.format_map(shown_facts()))
    desk.row("law", "sms")["new_text"] = BOTH + "۔" * (134 - filled)
    desk.row("law")["new_text"] = BOTH + "۔" * 500
    assert desk.take() == review.Taken(2, 0, ())


@pytest.mark.parametrize("reviewer", ["", " ", "A\nmsgid", "A\u202e"])
def test_a_reviewer_has_a_name_in_one_line(desk: Desk, reviewer: str) -> None:
    desk.row("greet")["state"] = "reviewed"
    with pytest.raises(ReviewError, match="name or initials"):
        desk.take(reviewer)
    assert desk.changed() == []


def test_the_first_of_several_problems_is_named_and_the_others_counted(desk: Desk) -> None:
    for row in desk.rows[:3]:
        row["english"] = "older"
    with pytest.raises(ReviewError, match=r"^nothing was taken: row 2 \(greet, web\).*and 2 more"):
        desk.take()


def test_a_catalogue_in_another_layout_is_refused(desk: Desk) -> None:
    whole = desk.catalogue.read_text()
    first = whole.split("\n\n")[1]
    for other in (
        whole.replace(f"\n\n{DRAFT}", f"\n{DRAFT}"),
        whole.replace("\n", "\r\n"),
        f"{whole}\n{first}\n",
        f"{whole}\nnonsense\n",
    ):
        desk.catalogue.write_text(other, newline="")
        with pytest.raises(ReviewError):
            desk.take()
        assert desk.catalogue.read_bytes() == other.encode()


@pytest.mark.parametrize("text", ["=1+1", "+92", "-یہ", "@x", "'=1", "''-1", "'quoted'", "\t="])
def test_no_cell_is_a_formula_and_each_comes_back(locales: Path, text: str) -> None:
    po = locales / VARIANTS[TAG].folder / "amaan.po"
    po.write_text(as_po({**URDU, ("web", "yes"): text}))
    desk = Desk(locales)
    assert desk.row("yes")["text"][0] not in "=+-@\t"
    assert desk.take() == review.Taken(0, 0, ())
    desk.row("anger")["new_text"] = "'-ہاں"
    assert desk.take() == review.Taken(1, 0, ())
    assert [new for _, new in desk.changed()] == ['msgstr "-ہاں"']


def test_a_sheet_is_never_written_over(desk: Desk) -> None:
    before = desk.file.read_bytes()
    with pytest.raises(ReviewError, match="is there already"):
        review.export(TAG, desk.file, desk.locales)
    assert desk.file.read_bytes() == before
    with pytest.raises(ReviewError, match="no variant"):
        review.export("xx-Arab", desk.file.with_name("x.csv"), desk.locales)


def test_the_command_line_exports_takes_and_counts(
    locales: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "LOCALES", locales)
    run, file = CliRunner(), locales.parent / "other.csv"
    exported = run.invoke(app, ["words", "export", TAG, str(file)])
    assert exported.output.replace("\n", "") == f"{len(URDU)} texts stand in {file}"
    desk = Desk(locales)
    assert file.read_bytes() == desk.file.read_bytes()
    desk.row("greet")["state"] = "reviewed"
    desk.row("anger")["remark"] = "warmer"
    desk.save()
    taken = run.invoke(app, ["words", "import", TAG, str(desk.file), "--reviewer", "M.K."])
    assert taken.output == "remark on anger (web): warmer\n0 texts mended, 1 marked as reviewed\n"
    table = run.invoke(app, ["words", "state"]).output.splitlines()
    assert table[0].split() == ["variant", "texts", "reviewed", "draft"]
    assert [line.split() for line in table[1:]] == [
        [tag, "7", *(("1", "6") if tag == TAG else ("0", "7"))] for tag in VARIANTS
    ]


def test_the_command_line_refuses_in_one_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(review, "LOCALES", desk.locales)
    argv = ["amaan", "words", "import", TAG, str(desk.file), "--reviewer", " "]
    monkeypatch.setattr(sys, "argv", argv)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "amaan: a reviewer has a name or initials, in one line\n"

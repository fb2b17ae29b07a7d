"""Hands a catalogue to a native reviewer as a sheet (CSV), and takes it back.

A sheet is taken whole or not at all: one row that cannot be right leaves the catalogue as it
was. Nobody's work is lost in silence: a text changed in the wrong column is refused too.
"""

from __future__ import annotations

import csv
import io
import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from amaan.facts import shown_facts
from amaan.text.segments import segments
from amaan.words.languages import VARIANTS
from amaan.words.po import Entry, PoFile, ReviewError

LOCALES = Path(__file__).resolve().parents[2] / "locales"
COLUMNS = (
    "key", "channel", "note", "english", "text", "limit", "state", "reviewer", "new_text", "remark",
)  # fmt: skip
MAX_SEGMENTS = 2
_ENGLISH = "en-Latn"
_DRAFT = "draft"
_REVIEWED = "reviewed"

_LIMIT = re.compile(r"\b(?:[Aa]t most|[Uu]nder) \d[^.:]* characters\b[^.:]*")
# A spreadsheet would run such a cell. Apostrophes that stand there already are counted in, so
# that a text comes back as it went.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
# What an SMS is filled with besides the facts: the longest that may come.
_SAID = {"lines": "15, 03117786264", "days": "7", "places": "Karachi Police Surgeon's Office"}
# Of the signs that nobody sees, a text may hold the joiners of Arabic letters.
_MAY_BE_UNSEEN = frozenset(" \n\u200c\u200d")


@dataclass(frozen=True)
class Row:
    """One line of a sheet, with the guards of its cells undone."""

    number: int
    """As a spreadsheet counts: the heading is the first."""
    key: str
    channel: str
    english: str
    text: str
    state: str
    new_text: str | None
    """None when the cell is empty."""
    remark: str

    def mends(self, entry: Entry) -> bool:
        """Whether it brings another text than the catalogue has."""
        return self.new_text is not None and self.new_text != entry.text

    def signs(self, entry: Entry) -> bool:
        """Whether it says of a text, which nobody has reviewed so far, that it is reviewed."""
        return self.state == _REVIEWED and (self.mends(entry) or not entry.reviewed)


@dataclass(frozen=True)
class Taken:
    """What a sheet changed."""

    mended: int
    reviewed: int
    remarks: tuple[str, ...]
    """Remarks, each with its place; no catalogue keeps them."""


@dataclass(frozen=True)
class Standing:
    """How far the review of one variant is."""

    tag: str
    texts: int
    reviewed: int

    @property
    def draft(self) -> int:
        """Texts that nobody has reviewed."""
        return self.texts - self.reviewed


def export(tag: str, file: Path, locales: Path = LOCALES) -> int:
    """Writes the texts of `tag` into a new sheet and answers how many there are.

    Never overwrites: a sheet that lies there may hold somebody's work.
    """
    entries = _catalogue(tag, locales).entries
    english = _catalogue(_ENGLISH, locales).entries
    try:
        # With a byte order mark: without it spreadsheets guess the letters wrong.
        with file.open("x", encoding="utf-8-sig", newline="") as handle:
            sheet = csv.writer(handle)
            sheet.writerow(COLUMNS)
            for place, entry in entries.items():
                source = english[place].text if place in english else ""
                sheet.writerow(map(_guarded, _cells(entry, source)))
    except FileExistsError as error:
        raise ReviewError(f"{file} is there already; choose another name") from error
    except OSError as error:
        raise ReviewError(f"{file} cannot be written") from error
    return len(entries)


def take(tag: str, file: Path, reviewer: str, on: date, locales: Path = LOCALES) -> Taken:
    """Takes a filled sheet into the catalogue of `tag`.

    A text whose state says `reviewed` is marked with `reviewer` and `on`, unless it was reviewed
    before and stays the same; a `new_text` without that word is a draft. Raises `ReviewError`
    and changes nothing when any row cannot be taken.
    """
    catalogue = _catalogue(tag, locales)
    english = catalogue if tag == _ENGLISH else _catalogue(_ENGLISH, locales)
    mark = _mark(reviewer, on)
    rows = _rows(file)
    problems = list(_problems(rows, catalogue, english))
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ReviewError(f"nothing was taken: {problems[0]}{more}")
    mended = signed = 0
    for row in rows:
        entry = catalogue.entries[row.channel, row.key]
        mends, signs = row.mends(entry), row.signs(entry)
        if mends or signs:
            catalogue.mend(entry, row.new_text if mends else None, mark if signs else _DRAFT)
        mended, signed = mended + mends, signed + signs
    if mended or signed:
        catalogue.write()
    remarks = (f"{row.key} ({row.channel}): {row.remark}" for row in rows if row.remark)
    return Taken(mended, signed, tuple(remarks))


def state(locales: Path = LOCALES) -> list[Standing]:
    """How far the review of each variant is."""
    found = []
    for tag in VARIANTS:
        entries = _catalogue(tag, locales).entries.values()
        found.append(Standing(tag, len(entries), sum(entry.reviewed for entry in entries)))
    return found


def _catalogue(tag: str, locales: Path) -> PoFile:
    if tag not in VARIANTS:
        raise ReviewError(f"there is no variant {tag!r}; there are {', '.join(VARIANTS)}")
    return PoFile(locales / VARIANTS[tag].folder / "amaan.po")


def _mark(reviewer: str, on: date) -> str:
    name = reviewer.strip()
    if not name or "\n" in name or _unseen(name):
        raise ReviewError("a reviewer has a name or initials, in one line")
    return f"{_REVIEWED} by {name} on {on.isoformat()}"


def _cells(entry: Entry, english: str) -> tuple[str, ...]:
    limits = _LIMIT.findall(entry.note) if entry.channel == "sms" else []
    return (
        entry.key,
        entry.channel,
        entry.note,
        english,
        entry.text,
        "; ".join(limits),
        _REVIEWED if entry.reviewed else _DRAFT,
        entry.reviewer,
        "",
        "",
    )


def _guarded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _cell(cell: str) -> str:
    """A cell as it was meant: without its guard, and with the line ends of catalogues."""
    if cell.startswith("'") and _FORMULA.match(cell):
        cell = cell[1:]
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def _rows(file: Path) -> list[Row]:
    """The rows of a sheet; a spreadsheet may have parted its cells by semicolons or tabs."""
    try:
        whole = file.read_bytes().decode("utf-8-sig")
        parted_by = next((sign for sign in ",;\t" if sign in whole.partition("\n")[0]), ",")
        lines = list(csv.reader(io.StringIO(whole, newline=""), delimiter=parted_by, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReviewError(f"{file} cannot be read as a CSV in UTF-8") from error
    if not lines or tuple(lines[0]) != COLUMNS:
        raise ReviewError(f"{file} must have these columns: {', '.join(COLUMNS)}")
    return [_row(number, line) for number, line in enumerate(lines[1:], start=2) if any(line)]


def _row(number: int, line: list[str]) -> Row:
    if len(line) != len(COLUMNS):
        raise ReviewError(f"row {number} has {len(line)} cells, not {len(COLUMNS)}")
    cell = dict(zip(COLUMNS, map(_cell, line), strict=True))
    # A space that does not break comes from pasting; nobody means it.
    new_text = cell["new_text"].replace("\u00a0", " ").strip()
    return Row(
        number=number,
        key=cell["key"],
        channel=cell["channel"],
        english=cell["english"],
        text=cell["text"],
        state=cell["state"].strip().casefold(),
        new_text=new_text if cell["new_text"] else None,
        remark=" ".join(cell["remark"].split()),
    )


def _problems(rows: list[Row], catalogue: PoFile, english: PoFile) -> Iterator[str]:
    """What speaks against each row that cannot be taken."""
    seen: set[tuple[str, str]] = set()
    values = shown_facts() | _SAID
    for row in rows:
        place = (row.channel, row.key)
        if place not in catalogue.entries:
            yield f"row {row.number}: there is no such text"
            continue
        source = english.entries[place].text if place in english.entries else ""
        if place in seen:
            problem: str | None = "it stands twice in the sheet"
        elif english is not catalogue and row.english != source:
            problem = "its English is not today's; export anew, or take the row out"
        else:
            problem = _problem(row, catalogue.entries[place], source, values)
        seen.add(place)
        if problem is not None:
            yield f"row {row.number} ({row.key}, {row.channel}): {problem}"


def _problem(row: Row, entry: Entry, english: str, values: Mapping[str, str]) -> str | None:
    """What speaks against what a row asks for, if anything does."""
    said = row.text if row.new_text is None else row.new_text
    asks = row.mends(entry) or row.signs(entry)
    if row.state not in (_DRAFT, _REVIEWED):
        return f"its state is neither {_DRAFT} nor {_REVIEWED}"
    if not said and (asks or entry.text):
        return "its text is empty"
    if entry.text not in (row.text, row.new_text):
        return "its text is not the catalogue's; mend in new_text, or export anew"
    return _fault(said, english, row.channel, values) if asks else None


def _fault(text: str, english: str, channel: str, values: Mapping[str, str]) -> str | None:
    """What a machine can see to be wrong with a text, if anything is."""
    if _unseen(text):
        return "its text holds a sign that nobody sees, or a tab"
    placeholders = _placeholders(text)
    if placeholders is None or placeholders != _placeholders(english):
        return "its placeholders {…} are not those of the English"
    filled = {name: "" for name, _, _ in placeholders} | dict(values)
    if channel == "sms" and segments(text.format_map(filled)) > MAX_SEGMENTS:
        return f"it needs more than {MAX_SEGMENTS} SMS segments"
    return None


def _unseen(text: str) -> bool:
    return any(s not in _MAY_BE_UNSEEN and unicodedata.category(s)[0] in "CZ" for s in text)


def _placeholders(text: str) -> set[tuple[str, str | None, str | None]] | None:
    """Placeholders as written; None when the braces do not pair."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return None
    return {(name, spec, conversion) for _, name, spec, conversion in parts if name is not None}

"""What stands on a sheet of paper, and her own sheet: the lines as she sees them in the chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from amaan.storage.models import Complaint as ComplaintRow
from amaan.words import variant_for
from intake.interview.lines import Line, Words, lines
from intake.paper.bidi import Direction
from intake.schema import Draft, Evidence
from intake.states import State

DECLARATION: Final = "complaint.declare"
# Before that nobody has heard of it, and a number on the paper would only raise questions.
_HAS_NUMBER: Final = frozenset({State.FILED, State.REFUSED, State.HELD})


@dataclass(frozen=True)
class Table:
    """Rows under a heading, each as long as `head`."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Sheet:
    """What is printed, without any sign of this house."""

    title: str
    reference: str
    lines: tuple[tuple[str, str], ...]
    """Label and text; a text may have several paragraphs."""
    direction: Direction
    language: str
    """BCP 47 tag."""
    notes: tuple[str, ...] = ()
    declaration: str = ""
    """Words that she signs by hand; nobody signs for her."""
    custody: tuple[Table, ...] = ()
    """Evidence and who did what, on a hand-over."""

    @property
    def size(self) -> int:
        """Characters that are printed."""
        cells = (cell for table in self.custody for row in table.rows for cell in row)
        pairs = (part for line in self.lines for part in line)
        return sum(map(len, (self.title, *pairs, *self.notes, self.declaration, *cells)))


def sheet_of(draft: Draft, row: ComplaintRow, words: Words, *, title: str = "") -> Sheet:
    """Her sheet: the lines that she sees in the chat, and the declaration to sign by hand.

    `words` gives the text of a catalogue key in her language. Without `title` nothing on the
    paper says what it is, and no name or logo of this house ever does.
    """
    variant = variant_for(row.language, row.script)
    return Sheet(
        title=title,
        reference=row.reference if row.state in _HAS_NUMBER else "",
        lines=tuple((one.label, _text(one, draft)) for one in lines(draft, words)),
        direction="rtl" if variant.direction == "rtl" else "ltr",
        language=variant.html_lang,
        declaration=words(DECLARATION),
    )


def _text(line: Line, draft: Draft) -> str:
    # One under the other: in a row with commas, addresses and numbers cannot be told apart.
    if line.name == "links":
        return "\n".join((*draft.urls, *draft.handles, *draft.suspect_phones))
    if line.name == "evidence":
        return "\n".join(_evidence_text(one) for one in draft.evidence)
    return line.text


def _evidence_text(one: Evidence) -> str:
    """A piece of evidence: her description and, where there is one, its digest."""
    digest = f"sha256:{one.sha256}" if one.sha256 else ""
    return "\n".join(part for part in (one.description, digest) if part)

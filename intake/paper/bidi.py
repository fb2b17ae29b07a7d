"""Order of signs on paper: which way a paragraph runs, and what must stay together in it.

The renderer does not know `unicode-bidi`, and lays boxes of one line out without asking the
bidirectional algorithm. So nothing is wrapped in `<bdi>`: a paragraph stays one text, and
the signs that isolate (Unicode Standard Annex 9, 2.4) stand in it. They draw nothing, and
do not come along when the text is copied out of the document.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

Direction = Literal["rtl", "ltr"]

_ISOLATE: Final = "\u2066"
_END: Final = "\u2069"
# Embeddings, overrides and isolates that came with her text: one without an end would turn
# everything after it round.
_CONTROLS: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
# ASCII, Arabic-Indic and Persian digits. Between Arabic letters a hyphen, a plus or a space
# would part a number, and its halves would change places.
_DIGITS: Final = "0-9\u0660-\u0669\u06f0-\u06f9"
_TOKEN: Final = re.compile(
    rf"[+]?[{_DIGITS}]+(?:[ ,.:/\u066b\u066c-]?[{_DIGITS}])*(?![A-Za-z@_])"
    rf"|[+@#]?[A-Za-z{_DIGITS}](?:[A-Za-z{_DIGITS}._+@#/:=&%?~-]*[A-Za-z{_DIGITS}_/=])?"
)
# Plain Latin words stay as they are: two isolated ones would change places.
_NEEDS_ISOLATION: Final = re.compile(rf"[{_DIGITS}@#/:_]")
_ADDRESS: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_SHORT: Final = 60
_SHARE: Final = 3


@dataclass(frozen=True)
class Paragraph:
    """One paragraph as it is set."""

    text: str
    direction: Direction
    is_short: bool
    """A name, number or address: it stands at the page's side, not at its own."""


def paragraphs(text: str, page: Direction) -> list[Paragraph]:
    """The paragraphs of a text on a page that runs as `page`; empty lines are left out.

    An address within right-to-left text gets a line of its own: where it is broken, its
    second half would otherwise be read in the wrong order.
    """
    found = [_clean(line) for line in text.splitlines()]
    return [
        _paragraph(piece, page)
        for line in found
        for piece in (_apart(line) if _direction(line, page) == "rtl" else [line])
        if piece
    ]


def _paragraph(text: str, page: Direction) -> Paragraph:
    direction = _direction(text, page)
    is_short = len(text) <= _SHORT or len(text.split()) == 1
    set_text = _TOKEN.sub(_isolated, text) if direction == "rtl" else text
    return Paragraph(set_text, direction, is_short=is_short)


def _isolated(found: re.Match[str]) -> str:
    token = found[0]
    return f"{_ISOLATE}{token}{_END}" if _NEEDS_ISOLATION.search(token) else token


def _direction(text: str, page: Direction) -> Direction:
    """By its words: an Urdu sentence may begin with the name of an app, or hold an address."""
    said = _TOKEN.sub(_left_out, _ADDRESS.sub("", text))
    kinds = [unicodedata.bidirectional(sign) for sign in said]
    right, left = sum(kind in {"R", "AL"} for kind in kinds), kinds.count("L")
    if not right:
        return "ltr" if left or said != text else page
    # In doubt a paragraph runs as the page around it.
    share = _SHARE if page == "rtl" else 1
    return "rtl" if right * share > left else "ltr"


def _left_out(found: re.Match[str]) -> str:
    return "" if _NEEDS_ISOLATION.search(found[0]) else found[0]


def _apart(line: str) -> list[str]:
    pieces: list[str] = []
    end = 0
    for found in _ADDRESS.finditer(line):
        pieces += [line[end : found.start()].strip(), found[0]]
        end = found.end()
    return [*pieces, line[end:].strip()]


def _clean(line: str) -> str:
    line = line.replace("\t", " ").translate(_CONTROLS)
    return "".join(sign for sign in line if unicodedata.category(sign) != "Cc").strip()

"""Finds in a message the words that rang, spelled as she spelled them.

`why` holds folded phrases (``rule-id: phrase``), see `amaan.text.lexical`; what does
not look like that (a score, a code) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from amaan.text import fold

_WORD = re.compile(r"\S+")
_EDGES = "\"'.,:;!?()[]{}«»“”‘’،؛؟۔…-"


def highlights(text: str, why: Iterable[str]) -> tuple[str, ...]:
    """Pieces of `text` whose folded words hold a phrase of `why`; longest first."""
    places = [(match.start(), match.end()) for match in _WORD.finditer(text)]
    folded: list[str] = []
    owner: list[int] = []
    for index, (start, end) in enumerate(places):
        for word in fold(text[start:end]).split():
            folded.append(word)
            owner.append(index)
    pieces: set[str] = set()
    for entry in why:
        _, found, phrase = entry.partition(": ")
        words = fold(phrase).split()
        if not found or not words:
            continue
        for at in range(len(folded) - len(words) + 1):
            if folded[at : at + len(words)] == words:
                start, end = places[owner[at]][0], places[owner[at + len(words) - 1]][1]
                pieces.add(text[start:end].strip(_EDGES))
    return tuple(sorted(pieces - {""}, key=len, reverse=True))

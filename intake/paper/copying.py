"""Lets Gurmukhi be copied out of a PDF as it was written.

A PDF holds glyphs in the order in which they are drawn. A Gurmukhi vowel sign can stand
before its letter, and one glyph can be several letters, so that a reader which puts glyphs
together gets another word. `ActualText` (ISO 32000-1, 14.9.4) gives it the text itself.
Arabic script needs no help, and gets none: readers turn right-to-left `ActualText` round.
"""

from __future__ import annotations

import re
from typing import Any, Final

_GURMUKHI: Final = re.compile("[\u0a00-\u0a7f]")
_ARABIC: Final = re.compile("[\u0600-\u08ff\ufb50-\ufefc]")
# Each line of text begins by setting its place.
_PLACE: Final = b" Tm"


def mark_text(document: Any, made: Any) -> None:
    """Marks the lines of text that hold Gurmukhi; changes nothing when there are none.

    `document` is a rendered `weasyprint.Document`, `made` its `pydyf.PDF` before writing.
    """
    texts = [text for page in document.pages for text in _texts(page)]
    if not any(map(_needs_text, texts)):
        return
    streams = [one.stream for one in made.objects if _is_page(one)]
    # One that does not fit would give a line the words of another: then rather none.
    if sum(_is_place(part) for stream in streams for part in stream) != len(texts):
        return
    left = iter(texts)
    for stream in streams:
        stream[:] = _marked(stream, left)


def _marked(stream: list[Any], left: Any) -> list[Any]:
    found: list[Any] = []
    is_open = False
    for part in stream:
        if is_open and (_is_place(part) or part == b"ET"):
            found.append(b"EMC")
            is_open = False
        if _is_place(part):
            text = next(left)
            if _needs_text(text):
                code = (b"\xfe\xff" + text.encode("utf-16-be")).hex().encode()
                found.append(b"/Span <</ActualText <" + code + b">>> BDC")
                is_open = True
        found.append(part)
    return found


def _texts(page: Any) -> list[str]:
    from weasyprint.formatting_structure.boxes import (  # type: ignore[import-untyped]
        TextBox,
    )

    return [
        box.pango_layout.text
        for box in page._page_box.descendants()
        if isinstance(box, TextBox) and box.pango_layout.text.strip()
    ]


def _needs_text(text: str) -> bool:
    return bool(_GURMUKHI.search(text)) and not _ARABIC.search(text)


def _is_place(part: Any) -> bool:
    return isinstance(part, bytes) and part.endswith(_PLACE)


def _is_page(one: Any) -> bool:
    return hasattr(one, "stream") and any(_is_place(part) for part in one.stream)

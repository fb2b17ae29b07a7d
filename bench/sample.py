"""Which test lines are measured: chosen by hash, so the same ones on every machine."""

import hashlib
from collections.abc import Sequence

from bot.lines import Line


def pick(lines: Sequence[Line], count: int) -> list[Line]:
    """Return so many lines, in the order of a hash of variant and text; all when fewer.

    A line that is added to the test lines displaces at most one of the sample.
    """
    return sorted(lines, key=_place)[:count]


def _place(line: Line) -> bytes:
    return hashlib.sha256(f"{line.variant}\t{line.text}".encode()).digest()

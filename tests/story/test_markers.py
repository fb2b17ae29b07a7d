"""Planted markers: after an erase nothing of a conversation can be read anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from amaan.text import fold
from tests.story.people import Page, Phone
from tests.story.stage import Stage, wait_for

pytestmark = pytest.mark.timeout(600)
# A word no text of ours holds, in the two encodings that could lie on a disk.
MARKER = "zqxvmarkertext"
NATIVE = "ذظضغثژکذظض"
# Her safe word and her cover word, which nobody is shown and which are kept folded.
OWN_WORDS = ("zqxvsafeword", "zqxvcoverword")


def needles(*texts: str) -> list[bytes]:
    """The texts as bytes that could lie on a disk."""
    return [text.encode(code) for text in texts for code in ("utf-8", "utf-16-le")] + [
        text.encode("unicode_escape") for text in texts
    ]


def files(*roots: Path) -> Iterator[Path]:
    """Every file below the roots."""
    for root in roots:
        yield from (path for path in root.rglob("*") if path.is_file()) if root.is_dir() else [root]


def found(stage: Stage, wanted: list[bytes]) -> list[str]:
    """Files of the installation that hold one of the byte strings."""
    hits = []
    for path in files(stage.home, stage.output):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue  # PostgreSQL recycles its files
        hits += [f"{path.relative_to(stage.home.parent)}" for needle in wanted if needle in data]
    return hits


def settled(stage: Stage) -> bool:
    """Whether every message is dealt with and delivered."""
    with psycopg.connect(stage.database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM message WHERE (author = 'person' AND processed_at IS NULL) "
            "OR delivery IN ('queued', 'sending', 'unknown')"
        ).fetchone()
        assert row is not None
        return bool(row[0] == 0)


def test_markers_are_nowhere_readable_even_before_an_erase_and_gone_after_it(stage: Stage) -> None:
    phones = [Phone(stage, "sms"), Phone(stage, "whatsapp")]
    page = Page(stage)
    for text in (
        f"salam {MARKER}",
        f"میں اب جینا نہیں چاہتی {NATIVE}",
        f"/{MARKER} nothing",
        f"safety plan {MARKER}",
        f"{MARKER} {NATIVE} " * 60,
    ):
        page.write(text)
        for phone in phones:
            phone.write(text)
    page.write(f"{MARKER} {NATIVE} " * 900)
    for text in ("private", "1", OWN_WORDS[0], "private", "4", OWN_WORDS[1]):
        for person in (page, *phones):
            person.write(text)
            wait_for(lambda: settled(stage), 90, f"{text} settled")
    for phone in phones:
        # Refused and doubtful deliveries must leave no trace either.
        assert phone.post(phone.form(MARKER), signature="wrong") == 403
        phone.write("", None)
    wait_for(lambda: settled(stage), 90, "everything settled")
    numbers = [phone.number for phone in phones]
    wanted = needles(
        MARKER, NATIVE, *OWN_WORDS, *(fold(word) for word in OWN_WORDS),
        *numbers, *(n.removeprefix("+") for n in numbers),
    )  # fmt: skip
    assert found(stage, wanted) == []
    page.press("erase_now")
    for phone in phones:
        phone.write("erase")
    with psycopg.connect(stage.database_url, autocommit=True) as connection:

        def gone() -> bool:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM conversation) + (SELECT count(*) FROM data_key) "
                "+ (SELECT count(*) FROM dialogue_tracker) + (SELECT count(*) FROM message) "
                "+ (SELECT count(*) FROM address)"
            ).fetchone()
            assert row is not None
            return bool(row[0] == 0)

        wait_for(gone, 20, "all rows gone")
        connection.execute("CHECKPOINT")
    assert found(stage, wanted) == []
    page.press("refresh")
    assert MARKER not in page.html

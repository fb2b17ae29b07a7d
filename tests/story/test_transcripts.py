"""Every topic in every variant, through the running house; the pages in docs/ stay true.

    AMAAN_WRITE_TRANSCRIPTS=1 .venv-app/bin/python -m pytest tests/story/test_transcripts.py

writes docs/transcripts anew.
"""

from __future__ import annotations

import asyncio
import os
import re

import pytest

from amaan.words import VARIANTS
from tests.story.stage import Stage
from tests.story.transcripts import (
    FOLDER,
    TOPICS,
    Spoken,
    converse,
    page,
    table,
    yes,
)

pytestmark = pytest.mark.timeout(900)
INDEX = FOLDER / "README.md"
MARK = "<!-- table -->\n"
MOST_TURNS = 3
"""Messages of hers until the first useful step, on any door."""
# Which lines answer now depends on the hour at which this runs.
_BY_THE_HOUR = re.compile(r"Amaan \(`refer\.\w+`\)\*\*\n\n<div.*?</div>")
# A machine that rounds otherwise may understand a line near a threshold otherwise.
MAY_DIFFER = 0.03


@pytest.fixture(scope="module")
def web(stage: Stage) -> list[Spoken]:
    """Each opening through the web chat, then twice the first line of the menu."""
    return asyncio.run(converse(stage, "web", {tag: ("1", "1") for tag in VARIANTS}))


@pytest.fixture(scope="module")
def sms(stage: Stage) -> list[Spoken]:
    """Each opening by SMS, then "yes" to the question whether she can talk now."""
    return asyncio.run(converse(stage, "sms", {tag: (yes(tag),) for tag in VARIANTS}))


def test_nothing_is_left_without_an_answer(web: list[Spoken], sms: list[Spoken]) -> None:
    for one in (*web, *sms):
        silent = [
            line
            for line, after in zip(one.lines, [*one.lines[1:], ("end", None, "")], strict=True)
            if line[0] == "person" and after[0] in ("person", "end")
        ]
        assert silent == [], (one.tag, one.topic)


def test_a_useful_step_comes_within_three_messages(web: list[Spoken], sms: list[Spoken]) -> None:
    for one in (*web, *sms):
        found = one.first_useful()
        assert found is None or found[0] <= MOST_TURNS, (one.tag, one.topic)


def test_the_transcripts_are_current(web: list[Spoken], sms: list[Spoken]) -> None:
    pages = {
        FOLDER / f"{tag}.md": page(tag, [one for one in web if one.tag == tag]) for tag in VARIANTS
    }
    made = table(web, sms)
    head = INDEX.read_text(encoding="utf-8").partition(MARK)[0] if INDEX.exists() else ""
    if os.environ.get("AMAAN_WRITE_TRANSCRIPTS"):
        for file, content in pages.items():
            file.write_text(content, encoding="utf-8")
        INDEX.write_text(f"{head}{MARK}{made}", encoding="utf-8")
    written = "".join(file.read_text(encoding="utf-8") for file in pages)
    told = _of_any_hour(written).split("\n## ")
    now = set(_of_any_hour("".join(pages.values())).split("\n## "))
    differing = [one.partition("\n")[0] for one in told if one not in now]
    assert len(differing) <= MAY_DIFFER * len(TOPICS) * len(VARIANTS), differing


def _of_any_hour(pages: str) -> str:
    return _BY_THE_HOUR.sub("Amaan (`refer`)**", pages)

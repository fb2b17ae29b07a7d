"""Whole complaints through every door in every variant, filed into the sandbox and accepted."""

from __future__ import annotations

import asyncio
import statistics

import pytest

from amaan.clock import SystemClock
from amaan.ports import Door
from amaan.storage.models import Complaint
from amaan.words import VARIANTS
from intake.sandbox.book import Book
from tests.story.complaining import Complainant, complainant, look_over, stories
from tests.story.stage import Stage
from tests.story.transcripts import AT_ONCE, beside

_PATIENCE = 90
DOORS: tuple[Door, ...] = ("web", "sms", "whatsapp")
# Issue 7: of those who have told their story already.
_MOST_QUESTIONS = 12


# The whole house: 33 conversations of some twenty messages each.
@pytest.mark.timeout(900)
async def test_a_complaint_is_filed_once_from_every_door_in_every_variant(stage: Stage) -> None:
    gate, told = asyncio.Semaphore(AT_ONCE), stories()
    async with beside(stage) as (core, acceptor):

        async def one(number: int, door: Door, tag: str) -> tuple[Complainant, Complaint]:
            async with gate:
                person = complainant(core, acceptor, door, tag, number)
                filed = await person.file(told[tag][DOORS.index(door)])
                assert filed, (door, tag, [key for _, key, _ in await person.lines()][-12:])
                await look_over(core, (await person.complaint()).id)
                for _ in range(_PATIENCE):
                    if (row := await person.complaint()).state == "filed":
                        break
                    await asyncio.sleep(1)
                return person, row

        every = [(door, tag) for door in DOORS for tag in VARIANTS]
        found = await asyncio.gather(*(one(700 + at, *pair) for at, pair in enumerate(every)))
        assert [row.state for _, row in found] == ["filed"] * len(every)
        assert all(row.consented_at is not None for _, row in found)
        for person, _ in found:
            keys = [content_key for _, content_key, _ in await person.lines()]
            assert keys.count("complaint.sent") == 1
    # In the intake's own book each stands once.
    taken = Book(stage.home / "intake-sandbox.sqlite3", SystemClock()).all()
    assert len(taken) == len(every)
    assert statistics.median(len(person.asked) for person, _ in found) <= _MOST_QUESTIONS

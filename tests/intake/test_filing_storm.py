"""Twelve complaints through death, delay and silence: the small run of `bench.intake`.

Everything is drawn from a seed and time is set by hand, so it is the same each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import pytest

from amaan.clock import SetClock
from amaan.core import Core
from amaan.storage.models import Complaint
from bench.intake.deeds import Done, draft_of
from bench.intake.judge import Booked, Ours, Verdict, judge
from bench.intake.plan import FAULTS, draw
from intake.filing import FilingDelayedError
from tests.intake.filing_parts import House, KilledError, whole_draft

COUNT = 12
_FAULTS = ("", "", "unavailable", "lost_before", "lost_after", "lost_after")


@pytest.fixture
def house(core: Core, clock: SetClock) -> House:
    return House(core, clock)


class Storm:
    """The queue of one house: what is due next, and what goes wrong with it."""

    def __init__(self, house: House, seed: int, complaints: Iterable[UUID]) -> None:
        self._house = house
        self._chance = random.Random(seed)
        self._filer, self._dying = house.mortal()
        self._due = dict.fromkeys(complaints, house.clock.now())

    async def blow(self) -> None:
        """Carries out every job until none is left; calm after some calls, as in the end."""
        clock = self._house.clock
        while self._due:
            first = min(self._due, key=lambda one: (self._due[one], one))
            clock.move(max(timedelta(0), self._due[first] - clock.now()))
            self._prepare(stormy=len(self._house.intake.calls) < 6 * COUNT)
            try:
                await self._filer.file(first)
            except FilingDelayedError as error:
                self._due[first] = clock.now() + error.wait
            except KilledError:
                self._due[first] = clock.now() + timedelta(seconds=5)
            else:
                del self._due[first]

    def _prepare(self, *, stormy: bool) -> None:
        self._house.intake.faults.clear()
        if stormy:
            self._house.intake.faults.append(self._chance.choice(_FAULTS))
        self._dying.steps = 0
        dies = stormy and self._chance.random() < 0.6
        self._dying.at = self._chance.randrange(12) if dies else None


async def _begun(house: House) -> tuple[list[Complaint], list[Complaint]]:
    """Twelve with consent, and three drafts that can be filed but for it."""
    consented, others = [], []
    for number in range(COUNT):
        her = await house.person(f"+92300000{number:04}")
        consented.append(await house.consented(her, draft_of(number, urgent=False)))
    for number in range(COUNT // 4):
        other = await house.begin(await house.person(f"+92300000{number + 5000:04}"))
        async with house.core.database.transaction() as tx:
            await house.complaints.save(tx, other, whole_draft(consents={}))
        others.append(other)
    return consented, others


@pytest.mark.parametrize("seed", [1, 2])
async def test_each_consented_complaint_is_filed_once_and_no_other(house: House, seed: int) -> None:
    consented, others = await _begun(house)
    await Storm(house, seed, (row.id for row in (*consented, *others))).blow()
    # The intake's own book: each consented complaint once, nothing else.
    came = [key for key, _ in house.intake.came]
    assert sorted(came) == sorted(row.key for row in consented)
    for row in consented:
        stored = await house.row(row.id)
        assert stored.state == "filed"
        assert stored.conversation_id is not None
        assert len(await house.said(stored.conversation_id)) == 1
        outcomes = await house.attempts(row.id)
        assert outcomes.count("filed") == 1
        assert "unknown" not in outcomes
        await house.events(row.id)
    for row in others:
        assert (await house.row(row.id)).state == "draft"
        assert await house.attempts(row.id) == []


def test_a_plan_is_the_same_for_a_seed() -> None:
    one = draw(seed=7, seconds=300, count=100, kills=3, faults=50)
    assert one == draw(seed=7, seconds=300, count=100, kills=3, faults=50)
    assert one != draw(seed=8, seconds=300, count=100, kills=3, faults=50)
    assert [case.deed for case in one.cases].count("consent") == 100
    assert {kill.victim for kill in one.kills} == {"worker", "database", "sandbox"}
    assert len(one.kills) == 9
    assert all(fault.kind in FAULTS for fault in one.faults)


def test_the_judge_finds_what_is_wrong() -> None:
    ids = [UUID(int=number) for number in range(4)]
    consented = [Done(one, one, f"key{n}", f"TF-{n}", 0.0) for n, one in enumerate(ids)]
    book = [Booked(f"key{n}", f"N{n}", f"TF-{n}", 1.0, 1) for n in range(4)]
    ours = {
        f"key{n}": Ours(one, f"key{n}", "filed", f"N{n}", 1, ("filed",), True)
        for n, one in enumerate(ids)
    }
    assert judge(consented, ours, book) == Verdict(0, 0, 0, 0, 0, 0, 0)
    twice = [*book, Booked("key9", "N9", "TF-1", 2.0, 1)]
    assert judge(consented, ours, twice) == Verdict(0, 1, 1, 0, 0, 0, 0)
    assert judge(consented, ours, book[:3]) == Verdict(1, 0, 0, 1, 0, 0, 0)
    silent = {**ours, "key0": Ours(ids[0], "key0", "queued", None, 0, ("unknown",), False)}
    assert judge(consented, silent, book) == Verdict(0, 0, 0, 1, 1, 1, 1)

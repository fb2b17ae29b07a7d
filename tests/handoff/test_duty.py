"""Keeping the roster: what is refused, what is recorded, and that pages follow it."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest

from amaan.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Staff
from handoff.duty import Duties
from handoff.hours import Span
from handoff.own_hours import OwnHours
from handoff.viewer import Viewer
from tests.conftest import START
from tests.handoff.parts import Handoff

HOUR = timedelta(hours=1)
# The clock of the tests stands at Sunday 01:00 in Karachi.
SUNDAY = date(2026, 11, 22)


@pytest.fixture
async def lead(handoff: Handoff) -> Viewer:
    """Who keeps the roster."""
    return await handoff.staff("lead", role="lead", on_call=False)


async def test_weekly_hours_are_added_seen_and_removed(handoff: Handoff, lead: Viewer) -> None:
    duties, amna = Duties(handoff.core), await handoff.staff("amna")
    pattern = await duties.add_pattern(
        lead, amna.staff_id, weekday=6, starts=time(0, 30), minutes=120, valid_from=SUNDAY
    )
    view = await duties.view(lead, START, START + 24 * HOUR)
    (seen,) = [one for one in view.people if one.name == "amna"]
    assert seen.on_duty
    assert seen.spans == [Span(START, START + 1.5 * HOUR)]
    assert [one.id for one in view.patterns] == [pattern]
    await duties.remove_pattern(lead, pattern)
    view = await duties.view(lead, START, START + 24 * HOUR)
    assert view.patterns == []
    changes = [
        (event.actor, event.detail["what"])
        for event in await handoff.audit(amna.staff_id)
        if event.tag == "roster:changed"
    ]
    assert changes == [
        (str(lead.staff_id), "pattern_added"),
        (str(lead.staff_id), "pattern_removed"),
    ]
    with pytest.raises(NotFoundError):
        await duties.remove_pattern(lead, pattern)


async def test_shifts_absences_and_holidays(handoff: Handoff, lead: Viewer) -> None:
    duties = Duties(handoff.core)
    amna, bano = await handoff.staff("amna"), await handoff.staff("bano", on_call=False)
    shift = await duties.add_shift(lead, amna.staff_id, START, START + 4 * HOUR)
    absence = await duties.add_absence(
        lead, amna.staff_id, START + HOUR, START + 2 * HOUR, bano.staff_id
    )
    await duties.add_holiday(lead, SUNDAY, "  Day of   rest ")
    view = await duties.view(lead, START, START + 8 * HOUR)
    spans = {one.name: one.spans for one in view.people}
    assert spans["amna"] == [Span(START, START + HOUR), Span(START + 2 * HOUR, START + 4 * HOUR)]
    assert spans["bano"] == [Span(START + HOUR, START + 2 * HOUR)]
    assert [(one.day, one.name) for one in view.holidays] == [(SUNDAY, "Day of rest")]
    with pytest.raises(ConflictError):
        await duties.add_holiday(lead, SUNDAY, "again")
    await duties.remove_absence(lead, absence)
    await duties.remove_shift(lead, shift)
    await duties.remove_holiday(lead, SUNDAY)
    with pytest.raises(NotFoundError):
        await duties.remove_holiday(lead, SUNDAY)
    view = await duties.view(lead, START, START + 8 * HOUR)
    assert (view.shifts, view.absences, view.holidays) == ([], [], [])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"weekday": 7}, "weekday"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"time_zone": "Asia/Nowhere"}, "time_zone"),
        ({"time_zone": "/etc/passwd"}, "time_zone"),
        ({"valid_until": SUNDAY - timedelta(days=1)}, "period"),
    ],
)
async def test_weekly_hours_that_cannot_be(
    handoff: Handoff, lead: Viewer, change: dict[str, object], code: str
) -> None:
    wanted = {"weekday": 0, "starts": time(9), "minutes": 60, "valid_from": SUNDAY, **change}
    with pytest.raises(InputError) as refused:
        await Duties(handoff.core).add_pattern(lead, lead.staff_id, **wanted)  # type: ignore[arg-type]
    assert refused.value.code == code


async def test_times_that_cannot_be(handoff: Handoff, lead: Viewer) -> None:
    duties, one = Duties(handoff.core), lead.staff_id
    for start, end in (
        (START, START),
        (START, START - HOUR),
        (START, START + timedelta(days=3)),
        (datetime(2026, 1, 1), datetime(2026, 1, 2)),  # noqa: DTZ001  (without a zone: refused)
    ):
        with pytest.raises(InputError):
            await duties.add_shift(lead, one, start, end)
    with pytest.raises(InputError) as refused:
        await duties.add_absence(lead, one, START, START + HOUR, one)
    assert refused.value.code == "stand_in"
    for name in ("", "x" * 61, "a\x00b"):
        with pytest.raises(InputError):
            await duties.add_holiday(lead, SUNDAY, name)


async def test_only_people_who_take_cases_have_hours(handoff: Handoff, lead: Viewer) -> None:
    duties = Duties(handoff.core)
    trainer = await handoff.staff("trainer", role="trainer")
    for staff_id in (trainer.staff_id, uuid4()):
        with pytest.raises(NotFoundError):
            await duties.add_shift(lead, staff_id, START, START + HOUR)
        with pytest.raises(NotFoundError):
            await duties.add_absence(lead, lead.staff_id, START, START + HOUR, staff_id)


async def test_who_may_not_change_the_roster(handoff: Handoff) -> None:
    duties, amna = Duties(handoff.core), await handoff.staff("amna")
    with pytest.raises(NotAllowedError):
        await duties.add_shift(amna, amna.staff_id, START, START + HOUR)
    with pytest.raises(NotAllowedError):
        await duties.remove_shift(amna, uuid4())
    assert (await duties.view(amna, START, START + HOUR)).shifts == []
    trainer = await handoff.staff("trainer", role="trainer")
    with pytest.raises(NotAllowedError):
        await duties.view(trainer, START, START + HOUR)
    with pytest.raises(NotAllowedError):
        await OwnHours(handoff.core).away(trainer, START + HOUR)


async def test_away_and_back(handoff: Handoff) -> None:
    own, amna = OwnHours(handoff.core), await handoff.staff("amna")
    case = await handoff.rung()
    await own.away(amna, START + HOUR)
    await handoff.ladder.page(case.id, 1, 0)
    assert handoff.pager.names == []
    await own.back(amna)
    await own.back(amna)
    await handoff.ladder.page(case.id, 1, 4)
    assert handoff.pager.names == ["amna"]
    tags = [tag for tag in await handoff.tags(amna.staff_id) if tag != "staff:added"]
    assert tags == ["staff:away", "staff:back"]
    for until in (START, START - HOUR, START + timedelta(days=31)):
        with pytest.raises(InputError):
            await own.away(amna, until)
    async with handoff.core.database.transaction() as tx:
        row = await tx.session.get_one(Staff, amna.staff_id)
        assert row.away_until is None


async def test_open_consoles_hear_of_a_change(handoff: Handoff, lead: Viewer) -> None:
    await handoff.core.hub.start()
    await asyncio.wait_for(handoff.core.hub.listening.wait(), 5)
    async with handoff.core.hub.subscribe(CONSOLE_CHANNEL) as notices:
        await Duties(handoff.core).add_holiday(lead, SUNDAY, "rest")
        assert await asyncio.wait_for(notices.get(), 2) == {"change": "roster"}


async def test_the_view_of_another_day_tells_who_is_there_now(
    handoff: Handoff, lead: Viewer
) -> None:
    duties, amna = Duties(handoff.core), await handoff.staff("amna")
    await duties.add_absence(lead, amna.staff_id, START - HOUR, START + HOUR)
    view = await duties.view(lead, START + 48 * HOUR, START + 72 * HOUR)
    (seen,) = [one for one in view.people if one.name == "amna"]
    assert not seen.on_duty
    assert seen.spans == [Span(START + 48 * HOUR, START + 72 * HOUR)]

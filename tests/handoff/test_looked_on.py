""" "He is here": until she writes again the house says nothing by itself."""

from __future__ import annotations

import pytest

from amaan.clock import SetClock
from amaan.core import Core
from tests.handoff.waits import Wait


@pytest.fixture
def wait(core: Core, clock: SetClock) -> Wait:
    """Nothing has happened yet."""
    return Wait(core, clock)


async def test_no_line_comes_until_she_writes_again(wait: Wait) -> None:
    await wait.begin()
    await wait.write("he is here")
    assert (await wait.last())[1] == "near.hush"
    await wait.run_to(200)
    assert await wait.lines() == []
    await wait.write("hello again")
    await wait.run_to(400)
    assert await wait.lines() == ["wait.lines"]


@pytest.mark.parametrize("door", ["web", "sms", "whatsapp"])
async def test_that_a_human_came_is_not_announced(wait: Wait, door: str) -> None:
    await wait.begin(door=door)
    await wait.write("he is here")
    viewer = await wait.handoff.staff("one")
    await wait.handoff.claims.claim(viewer, wait.case_id)
    assert (await wait.last())[1] == "near.hush"
    shown = await wait.handoff.reading.case(viewer, wait.case_id)
    assert shown.wishes.is_looked_on
    # What a trained person writes is her own choice.
    await wait.handoff.claims.send(viewer, wait.case_id, "words")
    assert (await wait.last())[2] == "words"
    await wait.write("he is gone now")
    assert not (await wait.handoff.reading.case(viewer, wait.case_id)).wishes.is_looked_on


async def test_while_a_human_holds_it_is_shown_to_them_and_answered_by_nobody(wait: Wait) -> None:
    await wait.begin()
    viewer = await wait.handoff.staff("one")
    await wait.handoff.claims.claim(viewer, wait.case_id)
    await wait.write("he is here")
    assert (await wait.last())[0] == "person"
    assert (await wait.handoff.reading.case(viewer, wait.case_id)).wishes.is_looked_on
    await wait.handoff.claims.release(viewer, wait.case_id)
    assert (await wait.last())[0] == "person"


async def test_before_her_message_was_dealt_with_nothing_is_said_either(wait: Wait) -> None:
    await wait.begin()
    await wait.arrive("he is here")
    viewer = await wait.handoff.staff("one")
    await wait.handoff.claims.claim(viewer, wait.case_id)
    assert (await wait.last())[0] == "person"

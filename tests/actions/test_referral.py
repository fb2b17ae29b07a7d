"""Who else can help: by hour, province, need and door; and words for who she is."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from actions.groups import GROUPS
from amaan.clock import SetClock
from amaan.core import Core
from amaan.facts import load_facts
from amaan.lines import CHILD, ONLINE, VIOLENCE, closed_lines, crisis_cells, open_lines
from amaan.storage.models import Conversation
from bot import subjects
from tests.actions.calling import Json, answers, call, run, slots_set

MONDAY_NOON = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


@pytest.fixture
async def web(core: Core, conversation_id: UUID) -> UUID:
    """The conversation, through the web chat."""
    async with core.database.transaction() as tx:
        found = await tx.session.get_one(Conversation, conversation_id)
        found.door, found.language, found.script = "web", "en", "Latn"
    return conversation_id


def by_name(responses: list[Json]) -> dict[str, Json]:
    return {one["response"]: one for one in responses}


async def test_open_lines_come_first_and_the_province_is_asked_once(
    client: httpx.AsyncClient, web: UUID, clock: SetClock
) -> None:
    clock.move(MONDAY_NIGHT - clock.now())
    responses, events = await answers(client, call("action_refer", web))
    names = [one["response"] for one in responses]
    assert names == ["utter_refer_here", "utter_refer_later", "utter_refer_where"]
    drf = load_facts()["drf"].value
    assert drf not in responses[0]["lines"]
    assert drf in responses[1]["lines"]
    assert slots_set(events) == {"asked_where": "yes"}
    said, _ = await run(client, call("action_refer", web, asked_where="yes"))
    assert said == ["utter_refer_here"]


async def test_in_office_hours_nothing_is_closed(
    client: httpx.AsyncClient, web: UUID, clock: SetClock
) -> None:
    clock.move(MONDAY_NOON - clock.now())
    responses, _ = await answers(client, call("action_refer", web))
    assert [one["response"] for one in responses] == ["utter_refer_here", "utter_refer_where"]
    assert load_facts()["drf"].value in responses[0]["lines"]


async def test_a_province_that_she_named_brings_its_lines_and_no_question(
    client: httpx.AsyncClient, web: UUID
) -> None:
    responses, _ = await answers(
        client, call("action_refer", web, province="Sindh", topic="domestic_violence")
    )
    assert [one["response"] for one in responses] == ["utter_refer_here"]
    assert load_facts()["women_sindh"].value in responses[0]["lines"]
    assert load_facts()["women_kp"].value not in responses[0]["lines"]


async def test_after_an_assault_the_crisis_cells_are_named(
    client: httpx.AsyncClient, web: UUID
) -> None:
    responses, _ = await answers(
        client, call("action_refer", web, province="Sindh", topic="sexual_assault")
    )
    assert responses[0]["response"] == "utter_place_cells"
    first, *rest = responses[0]["places"].splitlines()
    assert "Karachi" in first
    assert len(rest) == len(crisis_cells(None)) - 1


async def test_an_sms_names_two_lines(client: httpx.AsyncClient, conversation_id: UUID) -> None:
    responses, _ = await answers(client, call("action_refer", conversation_id))
    assert by_name(responses)["utter_refer_here"]["lines"].count(",") == 1
    assert "utter_refer_later" not in by_name(responses)


def test_lines_by_need() -> None:
    assert open_lines(MONDAY_NOON, None, VIOLENCE)[0].name == "police"
    assert open_lines(MONDAY_NOON, "Punjab", CHILD)[1].name == "child_line"
    assert open_lines(MONDAY_NOON, None, ONLINE)[0].name == "cyber_line"
    assert [fact.name for fact in closed_lines(MONDAY_NIGHT, None, ONLINE)] == ["drf"]
    shown = {fact.name for province in ("Punjab", "Sindh", None) for fact in
             open_lines(MONDAY_NOON, province, VIOLENCE)}  # fmt: skip
    assert shown.isdisjoint({"women_punjab", "ambulance", "women_balochistan"})


def test_lines_for_women_come_last_for_whom_they_may_send_away() -> None:
    for province, name in (("Punjab", "vwps"), ("Sindh", "women_sindh")):
        usual = [fact.name for fact in open_lines(MONDAY_NOON, province, VIOLENCE)]
        assert usual.index(name) == 1
        for group in ("man", "trans"):
            found = [fact.name for fact in open_lines(MONDAY_NOON, province, VIOLENCE, group)]
            assert (set(found), found[-1], found[0]) == (set(usual), name, "police")
        assert usual == [f.name for f in open_lines(MONDAY_NOON, province, VIOLENCE, "bystander")]


async def test_a_man_is_not_sent_to_a_line_for_women(client: httpx.AsyncClient, web: UUID) -> None:
    told = {"province": "Punjab", "topic": "domestic_violence"}
    women = load_facts()["vwps"].value
    said, _ = await answers(client, call("action_refer", web, **told))
    assert women in said[0]["lines"]
    said, _ = await answers(client, call("action_refer", web, **told, group="man"))
    assert women not in said[0]["lines"]


async def test_who_she_is_changes_the_words_once(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    responses, events = await answers(client, call("action_also", conversation_id, group="trans"))
    assert responses[0]["response"] == "utter_for_trans"
    assert responses[0]["menu"] == "none"
    assert slots_set(events) == {"told_group": "trans"}
    told = call("action_also", conversation_id, group="trans", told_group="trans")
    assert await run(client, told) == ([], [])
    assert await run(client, call("action_also", conversation_id)) == ([], [])
    unknown = call("action_also", conversation_id, group="unheard_of")
    assert await run(client, unknown) == ([], [])


async def test_whoever_says_so_by_a_menu_is_told_at_once(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    chosen = call(
        "action_also", conversation_id, intent="about_me", group="minor", told_group="minor"
    )
    responses, _ = await answers(client, chosen)
    assert responses[0]["response"] == "utter_for_minor"
    assert "menu" not in responses[0]


def test_every_group_that_words_tell_has_its_answer() -> None:
    assert set(GROUPS) == set(subjects.GROUPS)

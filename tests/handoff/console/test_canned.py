"""Ready answers: in her language and letters, of known length, never one that harms a child."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from uuid import uuid4

import httpx
import pytest
import smsutil  # type: ignore[import-untyped]  # no types

from amaan.core import Core
from amaan.ports import Door
from amaan.text import script_of
from amaan.words import VARIANTS, Catalogues
from handoff.console import wording
from handoff.console.canned import GROUPS, canned_groups, canned_text
from handoff.states import State
from handoff.views import CaseLine
from tests.handoff.console.conftest import WISH_TO_DIE, House

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)
NAMES = [name for _, names in GROUPS for name in names]
LINE = CaseLine(
    escalation_id=uuid4(),
    reference="AB12",
    level="critical",
    kind="suicide",
    who="self",
    reasons=("screened",),
    state=State.CLAIMED,
    door="sms",
    language="ur",
    script="Arab",
    opened_at=NOW,
    waiting_since=None,
    last_alarm_at=NOW,
    claimed_by=None,
    claimed_by_name=None,
    claimed_at=None,
    reads_language=True,
    erased_by_person=False,
    outcome=None,
    tier="critical",
    tier_by_name=None,
    tier_at=None,
    due_at=None,
    rules=("T3",),
    honour=False,
    attention_due_at=None,
    offered_to=None,
    offered_to_name=None,
    offered_language=None,
    offered_to_me=False,
    handed_over_at=None,
    listening=0,
    judged=None,
)


@pytest.fixture
def catalogues(core: Core) -> Catalogues:
    """The shipped words."""
    return core.catalogues


@pytest.mark.parametrize("door", get_args(Door))
@pytest.mark.parametrize("tag", list(VARIANTS))
def test_every_answer_is_there_in_every_language_and_door(
    catalogues: Catalogues, tag: str, door: str
) -> None:
    language, script = tag.split("-")
    line = replace(LINE, language=language, script=script, door=door)
    answers = [one for group in canned_groups(catalogues, line, 7) for one in group.answers]
    assert [one.name for one in answers] == NAMES
    for one in answers:
        assert script_of(one.text) == script
        assert "{" not in one.text
        assert one.letters == len(one.text)
        assert one.parts == (len(smsutil.split(one.text).parts) if door == "sms" else None)
        assert one.has_minutes == ("{minutes}" in one.template)
        if one.has_minutes:
            assert "7" in one.text
        assert one.template.replace("{minutes}", "7") == one.text


@pytest.mark.parametrize("rules", [("T5",), ("T6", "under_18")])
def test_nobody_is_told_to_keep_pictures_of_a_child(
    catalogues: Catalogues, rules: tuple[str, ...]
) -> None:
    line = replace(LINE, rules=rules)
    names = {one.name for group in canned_groups(catalogues, line) for one in group.answers}
    assert set(NAMES) - names == {"keep"}
    assert canned_text(catalogues, line, "keep", 10) == ""
    assert canned_text(catalogues, LINE, "keep", 10) != ""


def test_minutes_stay_within_reason(catalogues: Catalogues) -> None:
    assert "120" in canned_text(catalogues, LINE, "pause", 100_000)
    assert canned_text(catalogues, LINE, "pause", -5) == canned_text(catalogues, LINE, "pause", 1)
    assert canned_text(catalogues, LINE, "../../etc", 5) == ""


def test_every_answer_and_group_has_a_name_for_supervisors() -> None:
    assert set(NAMES) == set(wording.CANNED)
    assert {name for name, _ in GROUPS} == set(wording.CANNED_GROUPS)


async def test_without_script_a_link_fills_the_form(house: House, asma: httpx.AsyncClient) -> None:
    conversation = await house.writes(WISH_TO_DIE, address="+923000000001", door="sms")
    case = await house.case_of(conversation)
    page = (await asma.get(f"/cases/{case}?open=1&canned=hello")).text
    assert 'id="canned-form"' not in page
    assert 'id="text"' not in page
    await asma.post(f"/cases/{case}/claim")
    page = (await asma.get(f"/cases/{case}")).text
    assert "Ready answers in Urdu" in page
    assert re.search(r"letters, SMS parts: \d", page)
    assert page.count("not reviewed by a native speaker</span>") >= len(NAMES)
    page = (await asma.get(f"/cases/{case}?open=1&canned=pause&minutes=25")).text
    draft = re.search(r'<textarea id="text"[^>]*>([^<]+)</textarea>', page)
    assert draft is not None
    assert "25" in draft[1]
    assert script_of(html.unescape(draft[1])) == "Arab"
    assert (await asma.get(f"/cases/{case}?canned={'x' * 30}")).status_code == 422

"""Triage: all rules, what raises, and that nothing about the person herself counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.schema import (
    Channel,
    Draft,
    FormCode,
    Gender,
    Language,
    Province,
    Script,
    form_tier,
)
from intake.triage import RAISING, TIERS, Proposal, attention_due, due, propose
from tests.intake.properties import calm

AT = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


def proposed(
    topic: str | None = None,
    danger: str | None = None,
    dangers: tuple[str, ...] = (),
    **fields: Any,
) -> Proposal:
    return propose(Draft.model_validate(fields), topic=topic, danger=danger, dangers=dangers)


INTIMATE = [{"contains_intimate": True}]
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("T1", "critical", {"danger": "harm", "dangers": ("ur.means.04",)}),
    ("T1", "critical", {"physical_risk": 3}),
    ("T2", "critical", {"danger": "suicide", "dangers": ("en.time.01",)}),
    ("T2", "critical", {"suicide_risk": 3}),
    ("T3", "critical", {"danger": "suicide"}),
    ("T3", "critical", {"suicide_risk": 2}),
    ("T4", "critical", {"form_code": "honour_threat"}),
    ("T4", "critical", {"danger": "harm", "dangers": ("ps.honour.02",)}),
    ("T4", "critical", {"honour_risk": 2}),
    ("T5", "critical", {"form_code": "child_grooming"}),
    ("T5", "critical", {"form_code": "image_abuse", "for_whom": "child"}),
    ("T5", "critical", {"topic": "child_abuse"}),
    ("T6", "critical", {"form_code": "image_abuse"}),
    ("T6", "critical", {"form_code": "deepfake"}),
    ("T6", "critical", {"form_code": "image_threat", "spread_risk": 3}),
    ("T7", "high", {"form_code": "image_threat"}),
    ("T7", "critical", {"form_code": "image_threat", "evidence": INTIMATE}),
    ("T8", "critical", {"form_code": "harassment", "danger": "harm"}),
    ("T8", "critical", {"form_code": "image_threat", "physical_risk": 2}),
    ("T9", "critical", {"form_code": "sexual_assault"}),
    ("T10", "high", {"form_code": "stalking"}),
    ("T10", "critical", {"topic": "domestic_violence", "codes": ["violence_before"]}),
    ("T11", "high", {"form_code": "doxxing"}),
    ("T11", "critical", {"form_code": "doxxing", "codes": ["visits_begun"]}),
    ("T12", "high", {"form_code": "harassment", "evidence": INTIMATE}),
    ("T13", "high", {"form_code": "extortion_money"}),
    ("T14", "medium", {"form_code": "impersonation"}),
    ("T14", "high", {"form_code": "impersonation", "codes": ["sexual_ads"]}),
    ("T15", "medium", {"form_code": "account_takeover"}),
    ("T15", "high", {"form_code": "account_takeover", "evidence": INTIMATE}),
    ("T16", "standard", {"form_code": "defamation"}),
    ("T16", "standard", {}),
    ("form_default", "medium", {"form_code": "harassment"}),
    ("form_default", "medium", {"form_code": "workplace"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "tier", "given"), CASES)
def test_every_rule(code: str, tier: str, given: dict[str, Any]) -> None:
    proposal = proposed(**given)
    assert (proposal.codes[0], proposal.tier) == (code, tier)


def test_all_rules_were_gone_through() -> None:
    assert {f"T{number}" for number in range(1, 17)} <= {code for code, _, _ in CASES}


@pytest.mark.parametrize("form", FormCode)
def test_no_form_stands_below_where_it_begins(form: FormCode) -> None:
    assert TIERS.index(proposed(form_code=form).tier) >= TIERS.index(form_tier(form))


def test_a_rule_whose_code_is_in_the_draft_counts() -> None:
    proposal = proposed(form_code="defamation", codes=["T4"])
    assert (proposal.tier, proposal.honour) == ("critical", True)


@pytest.mark.parametrize("reason", RAISING)
def test_a_reason_raises_by_one_step_and_several_raise_no_further(reason: str) -> None:
    assert proposed(form_code="defamation", codes=[reason]).tier == "medium"
    assert proposed(form_code="defamation", codes=list(RAISING)).tier == "medium"
    assert reason in proposed(form_code="defamation", codes=[reason]).codes
    assert proposed(form_code="image_abuse", codes=[reason]).tier == "critical"


def test_what_the_draft_itself_shows_raises() -> None:
    assert proposed(form_code="cyberbullying_child", age_band="13_15").tier == "high"
    assert proposed(form_code="defamation", honour_risk=1).tier == "medium"
    assert proposed(form_code="impersonation", spread_risk=2).tier == "high"


@pytest.mark.parametrize(
    ("tier", "window"),
    [
        ("critical", timedelta(hours=24)), ("high", timedelta(hours=72)),
        ("medium", timedelta(days=7)), ("standard", timedelta(days=14)),
    ],
)  # fmt: skip
def test_windows(tier: str, window: timedelta) -> None:
    assert due(Proposal(tier, ()), AT) == AT + window
    assert attention_due(Proposal(tier, ("T6",)), AT) is None


def test_honour_needs_eyes_within_two_hours() -> None:
    assert attention_due(proposed(honour_risk=3), AT) == AT + timedelta(hours=2)


PERSON = st.fixed_dictionaries(
    {
        "language": st.sampled_from(Language),
        "script": st.sampled_from(Script),
        "channel": st.sampled_from(Channel),
        "gender": st.sampled_from(Gender),
        "city": st.sampled_from(["Lahore", "Turbat", "Sukkur", "Peshawar"]),
        "province": st.sampled_from(Province),
        "name": st.sampled_from(["Invented Person", "کوئی شخص", "ਕੋਈ ਬੰਦਾ"]),
        "story": st.sampled_from(["plz help!!!", "I request you kindly.", "مدد کرو", ""]),
        "contact_note": st.sampled_from(["", "after ten"]),
    }
)


@pytest.mark.parametrize(("code", "tier", "given_facts"), CASES)
@calm
@given(person=PERSON)
def test_who_she_is_and_how_she_writes_changes_nothing(
    code: str, tier: str, given_facts: dict[str, Any], person: dict[str, Any]
) -> None:
    assert proposed(**given_facts, **person) == proposed(**given_facts)

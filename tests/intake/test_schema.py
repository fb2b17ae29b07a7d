"""The schema: what a draft may hold, what a complaint must hold, and what a child is owed."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from amaan.errors import InputError
from intake.schema import (
    AgeBand,
    Complaint,
    ConsentItem,
    Draft,
    Evidence,
    FormCode,
    IncompleteError,
    Script,
    Triage,
    complaint_of,
    form_tier,
    is_minor,
    missing,
    missing_lines,
    provisions,
    stage_of,
    summary_of,
)
from intake.schema.publish import FILE, json_schema, published
from tests.intake.drafts import KEY, NOW, REFERENCE, childs_draft, made, whole_draft
from tests.intake.properties import calm

SHA = "0" * 63 + "1"
HASHED = {"sha256": SHA, "hashed_where": "survivor_device"}


def test_the_published_schema_is_the_schema() -> None:
    assert FILE.read_text() == published(), "run: python -m intake.schema"
    assert json_schema()["$ref"] == "#/$defs/Complaint"


@pytest.mark.parametrize("draft", [whole_draft(), childs_draft(), Draft()])
def test_a_draft_survives_json(draft: Draft) -> None:
    text = json.dumps(draft.model_dump(mode="json"), ensure_ascii=False)
    assert Draft.model_validate(json.loads(text)) == draft


@calm
@given(st.text(max_size=200), st.sampled_from(AgeBand), st.booleans())
def test_any_readable_story_survives_json(story: str, band: AgeBand, child: bool) -> None:
    try:
        draft = Draft(story=story, age_band=band, child_flag=child)
    except ValidationError:
        return
    assert Draft.model_validate_json(draft.model_dump_json()) == draft


@pytest.mark.parametrize("draft", [whole_draft(), childs_draft()])
def test_a_complaint_survives_json_and_is_frozen(draft: Draft) -> None:
    complaint = made(draft)
    assert Complaint.model_validate_json(complaint.model_dump_json()) == complaint
    assert complaint.created_at.isoformat().endswith("+05:00")
    with pytest.raises(ValidationError):
        complaint.language = "ur"  # type: ignore[misc,assignment]


def test_every_consent_is_off() -> None:
    assert Draft().consents == dict.fromkeys(ConsentItem, False)
    assert Draft(consents={ConsentItem.STATISTICS: True}).consents[ConsentItem.SHARE_NCCIA] is False


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cnic", "0000000000012"), ("cnic", "11111-1111111-1"), ("cnic", "۰۰۰۰۰-۰۰۰۰۰۰۱-۲"),
        ("phone", "03000000001"), ("phone", "+92300000000"), ("phone", "+9230000000012"),
        ("phone", "+923000000001\n1"), ("name", "A"), ("name", "Name 1"), ("name", "A" * 101),
        ("name", "<b>AB</b>"), ("age_band", "15"), ("urls", ["javascript:alert(1)"]),
        ("urls", ["https://"]), ("urls", ["ftp://a.example"]), ("urls", ["https://a b"]),
        ("urls", ["https://a.example/" + "x" * 2_048]), ("urls", ["https://a.example"] * 51),
        ("story", "x" * 20_001), ("summary", "x" * 2_001), ("story", "a\x00b"),
        ("suicide_risk", 4), ("suicide_risk", -1), ("consents", {"all": True}),
        ("declared_at", "2026-11-21T20:00:00"), ("since", "2026-13-01"), ("nobody_knows", 1),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_without_showing_it(field: str, value: Any) -> None:
    draft = whole_draft()
    before = draft.model_dump()
    with pytest.raises(ValidationError) as told:
        setattr(draft, field, value)
    assert "input_value" not in str(told.value)
    with pytest.raises(ValidationError):
        Draft.model_validate({field: value})
    assert draft.model_dump() == before


@pytest.mark.parametrize(
    "name", ["Invented Person", "کوئی شخص", "ਕੋਈ ਬੰਦਾ", "ڪو ماڻهو", "O’Invented-Name", "Dr. No"]
)
def test_a_name_of_any_script(name: str) -> None:
    assert made(whole_draft(name=name)).complainant.name == name


@pytest.mark.parametrize("phone", ["+923000000001", "+924235000000", "+92812000000"])
def test_mobiles_and_landlines(phone: str) -> None:
    assert Draft(phone=phone).phone == phone


def test_codes_of_scripts_are_understood() -> None:
    scripts = [Draft(script=code).script for code in ("Arab", "Latn", "Guru")]  # type: ignore[arg-type]
    assert scripts == [Script.ARABIC, Script.LATIN, Script.GURMUKHI]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": None}, ("name",)),
        ({"cnic": None}, ("cnic",)),
        ({"cnic": None, "no_cnic_reason": "declined"}, ()),
        ({"city": None, "phone": None}, ("phone", "city")),
        ({"platform": None}, ("platform",)),
        ({"platform": None, "skipped": ["platform"]}, ()),
        ({"since": None, "since_precision": "unsure"}, ()),
        ({"gender": None, "contact": None, "skipped": ["gender", "contact"]}, ()),
        ({"story": ""}, ("story",)),
        ({"name": None, "skipped": ["name"]}, ("name",)),
        ({"for_whom": "adult"}, ("relation", "agrees")),
        ({"for_whom": "adult", "relation": "friend", "agrees": "no"}, ("agrees",)),
        ({"for_whom": "adult", "relation": "friend", "agrees": "cannot_ask"}, ("agrees",)),
        ({"for_whom": "adult", "relation": "friend", "agrees": "yes"}, ()),
        ({"for_whom": "child", "relation": "relative", "age_band": None}, ()),
        ({"age_band": "16_17"}, ("adult_safe", "adult_name", "adult_phone")),
        ({"consents": {}}, ("consents",)),
        ({"consents": {"share_police": True}}, ("consents",)),
        ({"declared_at": None}, ("declared_at",)),
    ],
)  # fmt: skip
def test_what_is_missing(changes: dict[str, Any], expected: tuple[str, ...]) -> None:
    draft = whole_draft(**changes)
    assert missing(draft) == expected
    assert (stage_of(draft) == "C") == (not expected)
    if not expected:
        made(draft)
        return
    with pytest.raises(IncompleteError) as told:
        made(draft)
    assert told.value.missing == expected


def test_her_yes_at_the_end_is_no_line_to_fill_in() -> None:
    draft = whole_draft(consents={}, consent_given_at=None, declared_at=None, city=None)
    assert missing_lines(draft) == ("city",)


def test_stages() -> None:
    assert stage_of(Draft(story="x", form_code="harassment", language="en")) == "A"  # type: ignore[arg-type]
    assert stage_of(Draft(name="Invented Person")) == "B"


@pytest.mark.parametrize(
    ("fields", "minor"),
    [
        ({}, False), ({"child_flag": True}, True),
        ({"child_flag": True, "age_band": "25_plus"}, False),
        ({"age_band": "16_17"}, True), ({"age_band": "18_24"}, False),
        ({"for_whom": "child"}, True),
    ],
)  # fmt: skip
def test_who_counts_as_a_minor(fields: dict[str, Any], minor: bool) -> None:
    assert is_minor(Draft.model_validate(fields)) is minor


def test_no_digest_of_a_childs_evidence_is_ever_kept() -> None:
    draft = whole_draft(evidence=[HASHED])
    assert made(draft).evidence[0].sha256 == SHA
    draft.age_band = AgeBand.FROM_13
    assert draft.evidence[0].sha256 is None
    draft.evidence = [*draft.evidence, Evidence.model_validate(HASHED)]
    assert SHA not in draft.model_dump_json()
    loaded = Draft.model_validate({"child_flag": True, "evidence": [HASHED]})
    assert SHA not in loaded.model_dump_json()
    child = childs_draft()
    child.evidence.append(Evidence.model_validate(HASHED))  # past the checks
    assert SHA not in made(child).model_dump_json()


def test_a_childs_complaint_with_a_digest_is_no_complaint() -> None:
    data = made(childs_draft()).model_dump()
    data["evidence"] = [HASHED]
    with pytest.raises(ValidationError):
        Complaint.model_validate(data)


@pytest.mark.parametrize(
    "fields",
    [
        HASHED | {"contains_intimate": True}, HASHED | {"involves_minor": True},
        {"sha256": SHA}, {"hashed_where": "survivor_device"}, HASHED | {"sha256": "ABC"},
        {"kind": "film"}, {"description": "x" * 501},
    ],
)  # fmt: skip
def test_evidence_that_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Evidence.model_validate(fields)


def test_an_adult_whom_the_child_does_not_trust_is_never_named() -> None:
    draft = childs_draft(adult_safe=False)
    assert "adult_safe" in missing(draft)
    with pytest.raises(IncompleteError):
        made(draft)
    data = made(childs_draft()).model_dump()
    data["adult"]["is_safe"] = False
    with pytest.raises(ValidationError):
        Complaint.model_validate(data)
    data["adult"] = None
    with pytest.raises(ValidationError):
        Complaint.model_validate(data)


def test_a_childs_complaint() -> None:
    complaint = made(childs_draft())
    assert complaint.complainant.no_cnic_reason == "minor"
    assert complaint.victim.is_minor
    assert complaint.adult is not None
    assert {one.offence_id for one in complaint.offences} == {"O04", "O05", "O08"}


def test_who_writes_for_a_child_is_the_adult() -> None:
    complaint = made(whole_draft(for_whom="child", relation="relative", age_band="under_13"))
    assert complaint.adult is None
    assert complaint.complainant.age_band is None
    assert complaint.complainant.relationship_to_victim == "relative"


def test_an_adults_own_complaint_names_no_other_adult() -> None:
    assert made(whole_draft(adult_name="Invented Aunt", adult_safe=True)).adult is None


@pytest.mark.parametrize("since", [date(2026, 11, 23), date(2027, 1, 1)])
def test_nothing_happened_tomorrow(since: date) -> None:
    with pytest.raises(InputError) as told:
        made(whole_draft(since=since))
    assert told.value.code == "complaint"
    assert "Invented" not in str(told.value)


def test_triage_stands_where_it_was_put() -> None:
    assert made(whole_draft()).triage.tier == form_tier(FormCode.IMAGE_THREAT) == "high"
    triage = Triage(tier="critical", tier_source="human", codes=("T7",))  # type: ignore[arg-type]
    whole = complaint_of(whole_draft(), reference=REFERENCE, key=KEY, now=NOW, triage=triage)
    assert whole.triage == triage
    assert whole.triage.is_confirmed


@pytest.mark.parametrize("form", FormCode)
def test_every_form_has_a_tier_and_only_shown_provisions(form: FormCode) -> None:
    assert form_tier(form)
    assert all(
        one.origin.is_shown for minor in (True, False) for one in provisions(form, minor=minor)
    )
    made(whole_draft(form_code=form))


def test_the_summary_is_her_beginning() -> None:
    assert summary_of("Short.") == "Short."
    assert summary_of("One. Two three", 10) == "One."
    assert summary_of("one two three", 9) == "one two"
    assert summary_of("x" * 20, 10) == "x" * 10
    assert summary_of("پہلا۔ دوسرا جملہ", 12) == "پہلا۔"
    story = "He wrote again. " * 500
    complaint = made(whole_draft(story=story))
    assert story.startswith(complaint.incident.summary_2000)
    assert complaint.incident.narrative_original == story.strip()


@calm
@given(st.text(max_size=400), st.integers(1, 100))
def test_a_summary_is_never_longer_and_never_rewritten(story: str, limit: int) -> None:
    summary = summary_of(story, limit)
    assert len(summary) <= limit
    assert story.strip().startswith(summary)


def test_a_summary_of_another_story_does_not_leave() -> None:
    complaint = made(whole_draft(summary="What she took back."))
    assert complaint.incident.summary_2000 == complaint.incident.narrative_original
    assert made(whole_draft(summary="He wants money by Friday.")).incident.summary_2000 == (
        "He wants money by Friday."
    )

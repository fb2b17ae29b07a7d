"""The interview: one thing at a time, nothing asked twice, nothing leaves without a yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import yaml

from amaan.words import VARIANTS
from intake.interview import ask
from intake.interview.interview import NEVER
from intake.interview.questions import QUESTIONS
from intake.interview.steps import STEPS
from intake.schema import ConsentItem, Draft, missing_lines
from tests.intake.interview_parts import CONTEXT, STORY, USUAL, WORDS, answered, walk


def test_a_whole_complaint_is_asked_once_each_and_can_be_filed() -> None:
    draft = Draft(language="en", script="Latn", channel="web")
    asked = walk(draft, USUAL)
    assert len(asked) == len(set(asked))
    assert missing_lines(draft) == ()
    assert answered(draft, "=right").end is None
    assert ask(draft, CONTEXT).key == "complaint.consent"
    answered(draft, "=send")
    assert ask(draft, CONTEXT).key == "complaint.declare"
    assert answered(draft, "=declare").end == "send"
    assert draft.consents[ConsentItem.SHARE_NCCIA]
    assert not draft.consents[ConsentItem.SHARE_POLICE]


def test_what_she_told_is_not_asked_again() -> None:
    draft = Draft(language="en", script="Latn", channel="web")
    draft.form_code, draft.platform, draft.city = "image_threat", "whatsapp", "Sukkur"
    draft.since, draft.suspect_phones = date(2026, 11, 2), ["+923000001234"]
    context = replace(CONTEXT, told=STORY)
    assert (question := ask(draft, context)).key == "complaint.ask.for_whom"
    asked = walk(draft, {**USUAL, "story": "=use"}, context)
    assert draft.story == STORY
    assert question.menu == "complaint_for_whom"
    # Issue 7: at most twelve questions when the story was already told.
    assert len(asked) <= 12
    assert not {"what", "platform", "when", "links", "city", "story_more"} & set(asked)


def test_skip_why_and_later_are_possible_at_every_question() -> None:
    never_skipped = {"for_whom", "agrees", "adult", "story"}
    for question in QUESTIONS:
        draft = Draft(asked=question.name, for_whom="self")
        says = answered(draft, "=why").says
        assert [say.key for say in says] == [f"complaint.why.{question.why}"]
        assert draft.asked == question.name
        if question.name not in never_skipped:
            answered(draft, "=skip")
            assert draft.asked != question.name
        draft.asked = question.name
        answered(draft, "=later")
        assert draft.asked == "later"


def test_every_key_and_menu_exists() -> None:
    menus = yaml.safe_load((Path(__file__).parents[2] / "bot" / "menus.yml").read_text())
    found = {f"complaint.bad.{one.bad}" for one in QUESTIONS}
    found |= {f"complaint.why.{one.why}" for one in QUESTIONS}
    for name in (*(one.name for one in QUESTIONS), *STEPS, "line_name"):
        if name == "line":
            continue
        question = ask(Draft(asked=name, for_whom="self"), CONTEXT)
        found.add(question.key)
        assert question.menu is None or question.menu in menus, name
    for key in found:
        for tag in VARIANTS:
            for door in ("web", "sms"):
                values = dict.fromkeys(("lines", "line", "tier", "sections", "day", "story"), "x")
                assert WORDS.text(key, tag, door, **values)


def test_an_unreadable_answer_is_asked_again_and_loses_nothing() -> None:
    draft = Draft(for_whom="self", age_band="18_24", asked="cnic")
    says = answered(draft, "12345").says
    assert [say.key for say in says] == ["complaint.bad.cnic"]
    assert draft.asked == "cnic"
    assert draft.cnic is None


def test_without_cnic_the_reason_is_asked() -> None:
    draft = Draft(for_whom="self", age_band="18_24", asked="cnic")
    answered(draft, "=skip")
    assert draft.asked == "no_cnic" or ask(draft, CONTEXT)
    draft.asked = "no_cnic"
    answered(draft, "=held_by_family")
    assert draft.no_cnic_reason == "held_by_family"


def test_a_password_is_not_taken() -> None:
    draft = Draft(for_whom="self", asked="story_more", story="")
    assert answered(draft, "my password is hunter22").says == (NEVER,)
    assert not draft.story


def test_another_adult_must_agree() -> None:
    for said in ("=no", "=cannot_ask"):
        draft = Draft(for_whom="adult", relation="friend", asked="agrees")
        outcome = answered(draft, said)
        assert outcome.end == "stopped"
        assert [say.key for say in outcome.says] == ["complaint.agrees_no"]


def test_a_child_without_a_safe_adult_gets_a_human_and_nobody_is_told() -> None:
    draft = Draft(for_whom="self", age_band="13_15", asked="adult")
    assert answered(draft, "=no").end == "human"
    draft = Draft(for_whom="self", age_band="13_15", asked="adult")
    answered(draft, "=yes")
    assert draft.asked == "adult_name"
    names = []
    for _ in range(20):
        question = ask(draft, CONTEXT)
        names.append(draft.asked)
        if draft.asked in ("preview", "story"):
            break
        answered(draft, {"adult_name": "Invented Aunt", "adult_phone": "03000000009"}[draft.asked])
    assert "cnic" not in names
    assert question.key.startswith("complaint.")


def test_proof_about_a_child_is_words_only() -> None:
    draft = Draft(for_whom="child", asked="evidence")
    assert ask(draft, CONTEXT).key == "complaint.evidence_child"
    answered(draft, "a screenshot")
    assert all(one.sha256 is None for one in draft.evidence)


def test_a_bare_yes_and_no_mean_something() -> None:
    draft = Draft(for_whom="self", age_band="18_24", asked="links")
    assert [say.key for say in answered(draft, "=yes").says] == ["complaint.bad.text"]
    answered(draft, "=no")
    assert "links" in draft.skipped
    draft.asked = "suspect"
    answered(draft, "=no")
    assert draft.suspect_known == "unknown"
    draft = Draft(for_whom="self", asked="story")
    answered(draft, "=yes", replace(CONTEXT, told=STORY))
    assert draft.story == STORY


def test_who_writes_for_a_minor_is_not_asked_as_a_child() -> None:
    draft = Draft(for_whom="adult", relation="friend", agrees="yes", age_band="16_17")
    assert ask(draft, CONTEXT).key == "complaint.ask.story"

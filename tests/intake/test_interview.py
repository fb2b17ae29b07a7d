"""The interview: one thing at a time, nothing asked twice, nothing leaves without a yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from amaan.core import LOCALES
from amaan.words import VARIANTS, Catalogues
from intake.interview import Answer, Context, Outcome, ask, resume, take
from intake.interview.interview import NEVER
from intake.interview.lines import lines
from intake.interview.questions import QUESTIONS
from intake.interview.steps import STEPS
from intake.schema import ConsentItem, Draft, complaint_of, missing_lines

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STORY = "A man whom I met online threatens to send my pictures to my brother."
WORDS = Catalogues.load(LOCALES)
CONTEXT = Context(
    words=lambda key: WORDS.text(key, "en-Latn", "web"),
    keep_until="22-12-2026",
    tier="within days",
    sections="PECA 21",
)
USUAL = {
    "for_whom": "=self",
    "age": "23",
    "story": STORY,
    "story_more": "=done",
    "what": "=pictures",
    "platform": "WhatsApp",
    "when": "2026-11-02",
    "links": "0300 0001234",
    "suspect": "=partly",
    "suspect_who": "somebody from a group",
    "name": "Invented Person",
    "cnic": "00000-0000012-3",
    "gender": "=woman",
    "phone": "0300-0000001",
    "city": "Sukkur",
    "contact": "=message",
    "evidence": "screenshots of the chat",
}
"""An answer to each question; "=" marks a menu option."""


def answered(draft: Draft, said: str, context: Context = CONTEXT, **more: Any) -> Outcome:
    """One answer, as text or as an option."""
    choice = said[1:] if said.startswith("=") else None
    return take(draft, Answer(said if choice is None else "1", TODAY, choice, **more), context)


def walk(draft: Draft, answers: dict[str, str], context: Context = CONTEXT) -> list[str]:
    """Answers until the preview; returns the names of what was asked."""
    asked = []
    for _ in range(40):
        ask(draft, context)
        name = draft.asked or ""
        if name == "preview":
            return asked
        asked.append(name)
        outcome = answered(draft, answers[name], context)
        assert outcome.end is None, name
        assert not any(say.key.startswith("complaint.bad") for say in outcome.says), name
    raise AssertionError(f"the preview was never reached: {asked}")


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


def test_a_line_can_be_changed_and_taken_out() -> None:
    draft = Draft(language="en", script="Latn", channel="web")
    walk(draft, USUAL)
    answered(draft, "=change")
    names = [line.name for line in lines(draft, CONTEXT.words)]
    answered(draft, str(names.index("city") + 1))
    assert ask(draft, CONTEXT).key == "complaint.line"
    says = answered(draft, "Quetta").says
    assert [say.key for say in says] == ["complaint.noted"]
    assert draft.city == "Quetta"
    assert draft.asked == "preview"
    answered(draft, "=change")
    answered(draft, str(names.index("phone") + 1))
    answered(draft, "=take_out")
    assert draft.phone is None
    assert draft.asked == "preview"
    # Without it nothing can be filed, and she is told so instead of being sent in circles.
    answered(draft, "=right")
    assert ask(draft, CONTEXT).key == "complaint.required"
    answered(draft, "=fill")
    assert draft.asked == "phone"


def test_wishes_for_the_station_are_added_when_she_reads_it_over() -> None:
    draft = Draft(language="ps", script="Arab", channel="sms")
    walk(draft, USUAL)
    assert "visit" not in [line.name for line in lines(draft, CONTEXT.words)]
    for said, wishes, note in (
        ("=woman_officer", ["woman_officer"], None),
        ("a ramp, I use a wheelchair", ["woman_officer"], "a ramp, I use a wheelchair"),
        ("=both", ["woman_officer", "interpreter"], "a ramp, I use a wheelchair"),
        ("=skip", ["woman_officer", "interpreter"], "a ramp, I use a wheelchair"),
    ):
        answered(draft, "=visit")
        assert ask(draft, CONTEXT).menu == "complaint_visit"
        assert [say.key for say in answered(draft, "=why").says] == ["complaint.why.visit"]
        answered(draft, said)
        assert (draft.visit, draft.visit_note) == (wishes, note)
        assert draft.asked == "preview"
    made = complaint_of(
        draft.model_copy(
            update={"consents": {ConsentItem.SHARE_NCCIA: True}}
            | dict.fromkeys(("consent_given_at", "declared_at"), NOW)
        ),
        reference="TF-2026-INVENTED",
        key="invented-key-0001",
        now=NOW,
    )
    assert made.visit.interpreter_language == "ps"
    # And all of it is taken back by one line.
    answered(draft, "=change")
    names = [line.name for line in lines(draft, CONTEXT.words)]
    answered(draft, str(names.index("visit") + 1))
    assert draft.asked == "visit"
    answered(draft, "=no")
    assert (draft.visit, draft.visit_note, draft.asked) == ([], None, "preview")


def test_no_to_consent_or_declaration_sends_nothing() -> None:
    for step in ("consent", "declare"):
        draft = Draft(for_whom="self", asked=step)
        draft.consents = {**draft.consents, ConsentItem.SHARE_NCCIA: True}
        outcome = answered(draft, "=refuse")
        assert outcome.end is None
        assert [say.key for say in outcome.says] == ["complaint.not_sent"]
        assert draft.asked == "later"
        assert not draft.consents[ConsentItem.SHARE_NCCIA]
    # A bare "yes" is no declaration.
    draft = Draft(for_whom="self", asked="declare")
    assert answered(draft, "=yes").end is None


def test_a_row_of_ones_declares_nothing() -> None:
    draft = Draft(language="en", script="Latn", channel="sms")
    walk(draft, USUAL)
    menus = yaml.safe_load((Path(__file__).parents[2] / "bot" / "menus.yml").read_text())
    for _ in range(6):
        first = menus[ask(draft, CONTEXT).menu][0]["value"]
        assert answered(draft, f"={first}").end != "send"


def test_a_stale_yes_is_asked_anew() -> None:
    draft = Draft(for_whom="self", asked="declare")
    draft.consents = {**draft.consents, ConsentItem.SHARE_NCCIA: True}
    resume(draft)
    assert draft.asked == "preview"
    assert not draft.consents[ConsentItem.SHARE_NCCIA]


def test_who_did_it_can_be_taken_out_and_told_anew() -> None:
    draft = Draft(language="en", script="Latn", channel="web")
    walk(draft, USUAL)
    names = [line.name for line in lines(draft, CONTEXT.words)]
    answered(draft, "=change")
    answered(draft, str(names.index("suspect") + 1))
    assert draft.asked == "suspect"
    assert draft.suspect_text is None
    answered(draft, "=unknown")
    assert draft.asked == "preview"


def test_an_unreadable_new_proof_loses_no_old_one() -> None:
    draft = Draft(language="en", script="Latn", channel="web")
    walk(draft, USUAL)
    names = [line.name for line in lines(draft, CONTEXT.words)]
    answered(draft, "=change")
    answered(draft, str(names.index("evidence") + 1))
    before = list(draft.evidence)
    assert answered(draft, " ").says
    assert draft.evidence == before


def test_change_before_anything_was_said_is_no_dead_end() -> None:
    draft = Draft()
    ask(draft, CONTEXT)
    answered(draft, "=change")
    answered(draft, "anything")
    assert ask(draft, CONTEXT).key == "complaint.ask.for_whom"


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


def test_other_uses_can_be_switched_off_again() -> None:
    draft = Draft(for_whom="self", asked="consent")
    answered(draft, "=police")
    answered(draft, "=police")
    assert not draft.consents[ConsentItem.SHARE_POLICE]
    answered(draft, "=police")
    answered(draft, "=refuse")
    assert not any(draft.consents.values())


def test_other_consents_are_hers_alone_to_give() -> None:
    draft = Draft(for_whom="self", asked="consent")
    answered(draft, "=police")
    assert draft.consents[ConsentItem.SHARE_POLICE]
    assert draft.asked == "consent"


@given(
    said=st.lists(
        st.one_of(
            st.text(max_size=60),
            st.sampled_from(
                ["=skip", "=why", "=later", "=yes", "=no", "=done", "=keep", "=change"]
            ),
            st.sampled_from(["=self", "=send", "=declare", "=right", "=take_out", "=use", "3"]),
        ),
        max_size=60,
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_said_it_goes_on_and_sends_only_after_consent(said: list[str]) -> None:
    draft = Draft(language="ur", script="Arab", channel="sms")
    for one in said:
        question = ask(draft, CONTEXT)
        assert question.key
        outcome = answered(draft, one)
        if outcome.end == "send":
            assert draft.consents[ConsentItem.SHARE_NCCIA]
            assert one == "=declare"
        if outcome.end is not None:
            break
    assert Draft.model_validate(draft.model_dump(mode="json")) == draft

"""What is changed, taken out, declared and agreed to when the complaint is read over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.interview import ask, resume
from intake.interview.lines import lines
from intake.schema import ConsentItem, Draft, complaint_of
from tests.intake.interview_parts import CONTEXT, USUAL, answered, walk

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


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

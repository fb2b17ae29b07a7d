"""One answer in, one step on."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from intake.interview.answer import Answer, Say
from intake.interview.asking import ask_step
from intake.interview.menus import MENU_OF
from intake.interview.questions import BY_NAME, Question
from intake.interview.steps import STEPS, Context, Outcome, advance, put, resume, step_of
from intake.never import holds_secret
from intake.schema import Draft, is_minor

__all__ = ["NEVER", "Context", "Outcome", "ask", "resume", "take"]

NEVER: Final = Say("complaint.never")
"""Said to a password or a code, which is not kept."""

# Skipped, these still need something to stand in their place (domain-facts 4.2, 4.3).
_SKIPPED_AS: Final = {
    "no_cnic": {"no_cnic_reason": "declined"},
    "gender": {"gender": "declined"},
    "when": {"since_precision": "unsure"},
    "contact": {"contact": "none"},
    "suspect": {"suspect_known": "unknown"},
}
_TYPED: Final = "complaint_typed"
_LEAVES: Final = frozenset({"later", "withdraw"})
_SKIPS: Final = frozenset({"skip", "none"})
# Nothing can be written about somebody of whom it is not known whom it is about.
_NEVER_SKIPPED: Final = frozenset({"for_whom", "agrees", "adult"})


def ask(draft: Draft, context: Context) -> Say:
    """The question that is open now; the next one when none is. Sets `draft.asked`."""
    if draft.asked is None:
        advance(draft)
    name = step_of(draft)
    found = ask_step(draft, name, context)
    if found is not None:
        return found
    if name == "evidence" and is_minor(draft):
        return Say("complaint.evidence_child")
    return Say(f"complaint.ask.{name}")


def take(draft: Draft, answer: Answer, context: Context) -> Outcome:
    """Reads one answer into `draft` and moves on; what cannot be read is asked again."""
    if holds_secret(answer.text):
        return Outcome((NEVER,))
    if draft.asked is None:
        advance(draft)
    name = step_of(draft)
    if answer.choice in _LEAVES and name != "later":
        draft.asked = "later"
        return Outcome()
    question = BY_NAME.get(name)
    if answer.choice == "why":
        return Outcome((Say(f"complaint.why.{question.why if question else 'contact'}"),))
    if question is None or name in STEPS:
        return STEPS[name](draft, answer, context)
    if answer.choice == "change":
        draft.asked = "change"
        return Outcome()
    return _answer(draft, question, answer)


def _meant(question: Question, choice: str | None) -> str | None:
    """A bare yes or no as what it means below this question."""
    if question.name == "suspect":
        return {"yes": "known", "no": "unknown"}.get(choice or "", choice)
    return "skip" if _is_typed(question) and choice == "no" else choice


def _is_typed(question: Question) -> bool:
    return MENU_OF.get(f"complaint.ask.{question.name}") == _TYPED


def _is_bare_yes(question: Question, answer: Answer) -> bool:
    return answer.choice == "yes" and _is_typed(question)


def _answer(draft: Draft, question: Question, answer: Answer) -> Outcome:
    answer = replace(answer, choice=_meant(question, answer.choice))
    if answer.choice in _SKIPS and question.name not in _NEVER_SKIPPED:
        draft.skipped = list(dict.fromkeys((*draft.skipped, question.name)))
        for field, value in _SKIPPED_AS.get(question.name, {}).items():
            setattr(draft, field, value)
        advance(draft)
        return Outcome()
    # "Do you have links?" "Yes": which?
    found = None if _is_bare_yes(question, answer) else question.read(draft, answer)
    if found is None or not put(draft, found):
        return Outcome((Say(f"complaint.bad.{question.bad}"),))
    if question.name == "agrees" and draft.agrees != "yes":
        return Outcome((Say("complaint.agrees_no"),), "stopped")
    if question.name == "adult" and draft.adult_safe is False:
        return Outcome((Say("complaint.adult_no"),), "human")
    advance(draft)
    return Outcome()

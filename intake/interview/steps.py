"""The steps that are no question: her story, reading it over, consent, declaration, leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import ValidationError

from amaan.text import digits
from intake.interview.answer import Answer, Say
from intake.interview.lines import Words, lines
from intake.interview.questions import BY_NAME, LEAST_STORY, next_question
from intake.schema import ConsentItem, Draft, missing_lines

End = Literal["send", "kept", "deleted", "self", "stopped", "human"]
MAX_STORY: Final = 20_000
"""Characters of her own words (domain-facts 4.2)."""
BEHIND: Final[Mapping[str, tuple[str, ...]]] = {
    "for_whom": ("for_whom", "relation", "agrees"),
    "what": ("what",),
    "suspect": ("suspect", "suspect_who"),
    "adult_name": ("adult_name", "adult_phone"),
    "gender": ("gender",),
    "cnic": ("cnic", "no_cnic"),
    "contact": ("contact",),
    "visit": ("visit",),
}
"""Lines that are changed by asking again, and the questions behind them."""
LINE: Final = "line_"
"""`asked` of a line that is being changed, before the name of its question."""
_OTHER_USES: Final = {"police": ConsentItem.SHARE_POLICE, "count": ConsentItem.STATISTICS}
_TAKEN_BACK: Final[dict[str, object]] = {
    "urls": [],
    "handles": [],
    "suspect_phones": [],
    "evidence": [],
    "visit": [],
}


@dataclass(frozen=True)
class Context:
    """What the interview is told about her and the house."""

    words: Words
    told: str = ""
    """What she wrote before, in her own words; empty when it was no story."""
    keep_until: str = ""
    """Day until which a draft is kept, as she reads it."""
    tier: str = ""
    """The proposed urgency, in her language."""
    sections: str = ""
    """Numbers of the sections that may apply."""


@dataclass(frozen=True)
class Outcome:
    """What is said before the next question; `end` when no further answer is needed."""

    says: tuple[Say, ...] = ()
    end: End | None = None


def advance(draft: Draft) -> None:
    """Sets `asked` to the next question, or to reading it over when all were asked."""
    question = next_question(draft)
    draft.asked = question.name if question else "preview"


def step_of(draft: Draft) -> str:
    """The name of what is open: a question's, or a key of `STEPS`."""
    asked = draft.asked or "preview"
    return "line" if asked.startswith(LINE) else asked


def put(draft: Draft, found: Mapping[str, object]) -> bool:
    """Puts what was read into the draft; False when the schema does not take it."""
    try:
        for name, value in found.items():
            setattr(draft, name, value)
    except ValidationError:
        return False
    return True


def empty(draft: Draft, names: Iterable[str]) -> None:
    """Takes back the answers to questions."""
    for name in names:
        for field in BY_NAME[name].fields:
            setattr(draft, field, _TAKEN_BACK.get(field))


def resume(draft: Draft) -> None:
    """She goes on after a pause: whatever she had agreed to is read over and asked anew."""
    if draft.asked in {"consent", "declare"}:
        draft.asked = "preview"
        draft.consents = {**draft.consents, ConsentItem.SHARE_NCCIA: False}


def lacking(draft: Draft) -> list[str]:
    """Names of the questions without whose answer nothing can be filed."""
    fields = missing_lines(draft)
    found = [q.name for q in BY_NAME.values() if any(name in q.fields for name in fields)]
    return list(dict.fromkeys(found))


def tell_story(draft: Draft, answer: Answer, context: Context) -> Outcome:
    """Takes her story: what she told before, or new messages until she is done."""
    if draft.asked == "story" and context.told:
        if answer.choice in {"use", "yes"}:
            draft.story = context.told[:MAX_STORY]
            advance(draft)
            return Outcome()
        if answer.choice in {"new", "no"}:
            draft.asked = "story_more"
            return Outcome()
    if answer.choice == "done":
        if len((draft.story or "").split()) < LEAST_STORY:
            return Outcome((Say("complaint.bad.text"),))
        advance(draft)
        return Outcome()
    told = draft.story or (context.told if draft.asked == "story" else "")
    story = f"{told}\n{answer.text}".strip()
    if answer.choice is not None or len(story) > MAX_STORY:
        return Outcome((Say("complaint.bad.text"),))
    draft.story, draft.asked = story, "story_more"
    return Outcome()


def read_over(draft: Draft, answer: Answer, _context: Context) -> Outcome:
    """After the preview: it is right, a line is changed, or she adds wishes for the visit."""
    if answer.choice in {"right", "yes"}:
        draft.asked = "required" if lacking(draft) else "consent"
        return Outcome()
    if answer.choice in {"change", "no"}:
        draft.asked = "change"
        return Outcome()
    if answer.choice == "visit":
        draft.asked = "visit"
        return Outcome()
    return _unread()


def choose_line(draft: Draft, answer: Answer, context: Context) -> Outcome:
    """Which line she wants to change, by its number."""
    number = digits(answer.text).strip(" .)")
    found = lines(draft, context.words)
    if not found:
        advance(draft)
        return Outcome()
    if answer.choice in {"leave", "no", "right", "yes"}:
        draft.asked = "preview"
        return Outcome()
    if not number.isascii() or not number.isdigit() or not 0 < int(number) <= len(found):
        return _unread()
    name = found[int(number) - 1].name
    behind = BEHIND.get(name)
    if behind is None:
        draft.asked = LINE + name
    else:
        # Chosen from a menu, or more than one answer: asked again, as the first time.
        empty(draft, behind)
        draft.asked = behind[0]
    return Outcome()


def change_line(draft: Draft, answer: Answer, _context: Context) -> Outcome:
    """Takes a line out, or reads it anew; then the whole is shown again."""
    question = BY_NAME[(draft.asked or "").removeprefix(LINE)]
    if answer.choice == "leave":
        draft.asked = "preview"
        return Outcome()
    if answer.choice == "take_out":
        empty(draft, (question.name,))
        draft.skipped = list(dict.fromkeys((*draft.skipped, question.name)))
        draft.asked = "preview"
        return Outcome((Say("complaint.noted"),))
    if question.name == "story":
        if len(answer.text.split()) < LEAST_STORY or len(answer.text) > MAX_STORY:
            return Outcome((Say("complaint.bad.text"),))
        draft.story = answer.text.strip()
    else:
        # What stands there now is replaced, and only by what could be read.
        before = draft.model_copy(update={"evidence": []})
        found = question.read(before, answer)
        if found is None:
            return Outcome((Say(f"complaint.bad.{question.bad}"),))
        if not put(draft, found):
            return Outcome((Say(f"complaint.bad.{question.bad}"),))
    draft.skipped = [name for name in draft.skipped if name != question.name]
    # A changed age or "for whom" can bring new questions.
    advance(draft)
    return Outcome((Say("complaint.noted"),))


def fill_in(draft: Draft, answer: Answer, _context: Context) -> Outcome:
    """What the agency asks for and she skipped."""
    if answer.choice == "self_file":
        return Outcome(end="self")
    if answer.choice not in {"fill", "yes"}:
        return _unread()
    wanted = lacking(draft)
    empty(draft, wanted)
    draft.skipped = [name for name in draft.skipped if name not in wanted]
    advance(draft)
    return Outcome()


def consent(draft: Draft, answer: Answer, _context: Context) -> Outcome:
    """Whether it goes to the agency, and whether it may be used for anything else."""
    if answer.choice in {"send", "yes"}:
        draft.consents = {**draft.consents, ConsentItem.SHARE_NCCIA: True}
        draft.asked = "declare"
        return Outcome()
    other = _OTHER_USES.get(answer.choice or "")
    if other is not None:
        # Chosen once more it is off again.
        draft.consents = {**draft.consents, other: not draft.consents[other]}
        return Outcome((Say("complaint.noted"),))
    return _refused(draft) if answer.choice in {"refuse", "no"} else _unread()


def declare(draft: Draft, answer: Answer, _context: Context) -> Outcome:
    """Her declaration; nobody gives it for her, so a bare "yes" is asked again."""
    if answer.choice == "declare":
        return Outcome(end="send")
    return _refused(draft) if answer.choice in {"refuse", "no"} else _unread()


def leave(draft: Draft, answer: Answer, _context: Context) -> Outcome:
    """Keep the draft, or delete it."""
    if answer.choice in {"keep", "yes"}:
        draft.consents = {**draft.consents, ConsentItem.STORE_DRAFT: True}
        advance(draft)
        return Outcome(end="kept")
    return Outcome(end="deleted") if answer.choice in {"delete", "no"} else _unread()


def _refused(draft: Draft) -> Outcome:
    draft.consents = dict.fromkeys(ConsentItem, False)
    draft.asked = "later"
    return Outcome((Say("complaint.not_sent"),))


def _unread() -> Outcome:
    return Outcome((Say("complaint.bad.choice"),))


STEPS: Final[Mapping[str, Callable[[Draft, Answer, Context], Outcome]]] = {
    "story": tell_story,
    "story_more": tell_story,
    "preview": read_over,
    "change": choose_line,
    "line": change_line,
    "required": fill_in,
    "consent": consent,
    "declare": declare,
    "later": leave,
}
"""By the name of the step, see `step_of`."""

"""The questions, in the order in which they are asked, and how each answer is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from amaan.text import form_word
from intake.interview.answer import Answer
from intake.reading import (
    read_age,
    read_city,
    read_cnic,
    read_evidence,
    read_links,
    read_name,
    read_phone,
    read_platform,
    read_when,
)
from intake.schema import Draft, is_minor

Found = Mapping[str, Any]
"""Fields of the draft that an answer fills."""

_MOST_SHORT: Final = 200
_WAYS: Final = frozenset({"call", "message", "none"})
_LEAST_STORY: Final = 3
_VISITS: Final[Mapping[str, tuple[str, ...]]] = {
    "woman_officer": ("woman_officer",),
    "woman": ("woman_officer",),
    "interpreter": ("interpreter",),
    "both": ("woman_officer", "interpreter"),
    "no": (),
}
# What "what comes nearest" stands for, when her story did not show the form (domain-facts 1A).
_FORMS: Final = {"pictures": "image_threat", "account": "impersonation", "messages": "harassment"}


@dataclass(frozen=True)
class Question:
    """One thing that is asked at most once, unless she changes it.

    `fields` are what it fills; `needed` says whether it is asked of this draft; `read` gives
    what an answer fills, or None when it is no answer. `why` and `bad` are ends of keys.
    """

    name: str
    fields: tuple[str, ...]
    read: Callable[[Draft, Answer], Found | None]
    why: str
    bad: str = "choice"
    needed: Callable[[Draft], bool] = lambda _: True


def _one_of(field: str, *values: str) -> Callable[[Draft, Answer], Found | None]:
    return lambda _, answer: {field: answer.choice} if answer.choice in values else None


def _adult_safe(_: Draft, answer: Answer) -> Found | None:
    if answer.choice not in {"yes", "no"}:
        return None
    return {"adult_safe": answer.choice == "yes"}


def _age(_: Draft, answer: Answer) -> Found | None:
    band = read_age(answer.text)
    return None if band is None else {"age_band": band}


def _short(field: str) -> Callable[[Draft, Answer], Found | None]:
    def read(_: Draft, answer: Answer) -> Found | None:
        said = " ".join(answer.text.split())
        return {field: said} if said and len(said) <= _MOST_SHORT else None

    return read


def _phone(field: str) -> Callable[[Draft, Answer], Found | None]:
    def read(_: Draft, answer: Answer) -> Found | None:
        number = read_phone(answer.text)
        return None if number is None else {field: number}

    return read


def _what(_: Draft, answer: Answer) -> Found | None:
    form = _FORMS.get(answer.choice or "")
    return None if form is None else {"form_code": form}


def _platform(_: Draft, answer: Answer) -> Found | None:
    found = read_platform(answer.text, answer.entities)
    return {"platform": found or "other"} if answer.text.strip() else None


def _when(_: Draft, answer: Answer) -> Found | None:
    found = read_when(answer.text, answer.entities, answer.today)
    return None if found is None else {"since": found[0], "since_precision": found[1]}


def _links(_: Draft, answer: Answer) -> Found | None:
    found = read_links(answer.text, answer.entities)
    if not (found.urls or found.handles or found.phones):
        return None
    return {
        "urls": list(found.urls),
        "handles": list(found.handles),
        "suspect_phones": list(found.phones),
    }


def _name(_: Draft, answer: Answer) -> Found | None:
    name = read_name(answer.text)
    return None if name is None else {"name": name}


def _cnic(_: Draft, answer: Answer) -> Found | None:
    number = read_cnic(answer.text)
    return None if number is None else {"cnic": number, "no_cnic_reason": None}


def _gender(_: Draft, answer: Answer) -> Found | None:
    said = {"woman": "woman", "man": "man", "trans": "khwaja_sira"}.get(answer.choice or "")
    return None if said is None else {"gender": said}


def _city(_: Draft, answer: Answer) -> Found | None:
    city, province = read_city(answer.text, answer.entities)
    return None if city is None else {"city": city, "province": province}


def _contact(_: Draft, answer: Answer) -> Found | None:
    if answer.choice in _WAYS:
        return {"contact": answer.choice, "contact_note": None}
    # "Only by message, in the morning": the way by its word, the rest as she wrote it.
    ways = {form_word(word) for word in answer.text.split()} & _WAYS
    note = " ".join(answer.text.split())
    if len(ways) != 1 or len(note) > _MOST_SHORT:
        return None
    return {"contact": ways.pop(), "contact_note": note}


def _visit(_: Draft, answer: Answer) -> Found | None:
    # One beside the other: an officer chosen before stays when she writes of a ramp now.
    wishes = _VISITS.get(answer.choice or "")
    if wishes is not None:
        return {"visit": list(wishes)}
    note = " ".join(answer.text.split())
    if answer.choice is not None or not note or len(note) > _MOST_SHORT:
        return None
    return {"visit_note": note}


def _evidence(draft: Draft, answer: Answer) -> Found | None:
    found = read_evidence(answer.text, minor=is_minor(draft))
    return {"evidence": [*draft.evidence, *found]} if found else None


def _is_other_adult(draft: Draft) -> bool:
    return draft.for_whom == "adult"


def _is_child_alone(draft: Draft) -> bool:
    # A grown-up who writes for a child is that adult.
    return is_minor(draft) and draft.for_whom not in {"child", "adult"}


QUESTIONS: Final = (
    Question(
        "for_whom",
        ("for_whom",),
        _one_of("for_whom", "self", "child", "adult"),
        "other",
    ),
    Question(
        "relation",
        ("relation",),
        _one_of("relation", "relative", "friend", "other"),
        "other",
        needed=lambda draft: draft.for_whom in {"child", "adult"},
    ),
    Question(
        "agrees",
        ("agrees",),
        _one_of("agrees", "yes", "no", "cannot_ask"),
        "other",
        needed=_is_other_adult,
    ),
    Question("age", ("age_band",), _age, "age", "age"),
    Question(
        "adult",
        ("adult_safe",),
        _adult_safe,
        "other",
        needed=_is_child_alone,
    ),
    Question(
        "adult_name",
        ("adult_name",),
        _short("adult_name"),
        "other",
        "text",
        needed=lambda draft: _is_child_alone(draft) and draft.adult_safe is True,
    ),
    Question(
        "adult_phone",
        ("adult_phone",),
        _phone("adult_phone"),
        "other",
        "phone",
        needed=lambda draft: _is_child_alone(draft) and draft.adult_safe is True,
    ),
    # Its answers are read by `intake.interview.story`: it takes several messages.
    Question("story", ("story",), lambda *_: None, "story", "text"),
    Question("what", ("form_code",), _what, "facts"),
    Question("platform", ("platform",), _platform, "facts", "text"),
    Question("when", ("since",), _when, "facts", "when"),
    Question(
        "links",
        ("urls", "handles", "suspect_phones"),
        _links,
        "facts",
        "text",
    ),
    Question(
        "suspect",
        ("suspect_known",),
        _one_of("suspect_known", "known", "partly", "unknown"),
        "facts",
    ),
    Question(
        "suspect_who",
        ("suspect_text",),
        _short("suspect_text"),
        "facts",
        "text",
        needed=lambda draft: draft.suspect_known in {"known", "partly"},
    ),
    Question("name", ("name",), _name, "person", "text"),
    Question(
        "cnic",
        ("cnic",),
        _cnic,
        "person",
        "cnic",
        needed=lambda draft: not _is_child_alone(draft),
    ),
    Question(
        "no_cnic",
        ("no_cnic_reason",),
        _one_of("no_cnic_reason", "never_issued", "held_by_family", "declined"),
        "person",
        needed=lambda draft: draft.cnic is None and not _is_child_alone(draft),
    ),
    Question("gender", ("gender",), _gender, "person"),
    Question("phone", ("phone",), _phone("phone"), "person", "phone"),
    Question("city", ("city",), _city, "person", "text"),
    Question("contact", ("contact", "contact_note"), _contact, "contact"),
    Question("evidence", ("evidence",), _evidence, "facts", "text"),
    # Chosen by her when she reads it over: one question fewer for all others.
    Question("visit", ("visit", "visit_note"), _visit, "visit", "text", needed=lambda _: False),
)
BY_NAME: Final = {question.name: question for question in QUESTIONS}
LEAST_STORY: Final = _LEAST_STORY
"""Words below which a story is none."""


def is_answered(draft: Draft, question: Question) -> bool:
    """Whether a question has its answer, or was skipped."""
    if question.name in draft.skipped:
        return True
    return any(getattr(draft, name) not in (None, "", [], ()) for name in question.fields)


def next_question(draft: Draft) -> Question | None:
    """The first question that this draft still needs; None when all were asked."""
    for question in QUESTIONS:
        if question.needed(draft) and not is_answered(draft, question):
            return question
    return None

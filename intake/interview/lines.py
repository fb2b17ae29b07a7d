"""The lines of a complaint as she reads them before it leaves: nothing leaves that is not here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from intake.schema import Draft

Words = Callable[[str], str]
"""The text of a key of `locales/`, as this person reads it."""

_FOR: Final = {"self": "option.for_me", "child": "option.for_child", "adult": "option.for_adult"}
_KNOWN: Final = {
    "known": "option.knows",
    "partly": "option.perhaps",
    "unknown": "option.knows_not",
}
_CNIC: Final = {
    "never_issued": "option.never_issued",
    "held_by_family": "option.held_by_family",
    "declined": "option.declined",
}
_GENDER: Final = {"woman": "option.woman", "man": "option.man", "khwaja_sira": "option.trans"}
_CONTACT: Final = {
    "call": "option.call",
    "message": "option.message",
    "none": "option.no_contact",
}
_VISIT: Final = {"woman_officer": "option.woman_officer", "interpreter": "option.interpreter"}
_WHAT: Final = {
    "image_threat": "option.about_pictures",
    "image_abuse": "option.about_pictures",
    "deepfake": "option.about_pictures",
    "impersonation": "option.about_account",
    "account_takeover": "option.about_account",
}
_AGES: Final = {
    "under_13": "< 13",
    "13_15": "13-15",
    "16_17": "16-17",
    "18_24": "18-24",
    "25_plus": "25+",
}


@dataclass(frozen=True)
class Line:
    """One line: `name` of its question, label and text in her language."""

    name: str
    label: str
    text: str

    def __str__(self) -> str:
        return f"{self.label}: {self.text}"


def lines(draft: Draft, words: Words) -> list[Line]:
    """What the draft holds, in the order of the questions; what is empty is left out."""
    found = [
        ("for_whom", "for_whom", _named(_FOR, draft.for_whom, words)),
        ("age", "age", _AGES.get(draft.age_band or "")),
        ("adult_name", "adult", _joined((draft.adult_name, draft.adult_phone))),
        ("what", "what", words(_WHAT.get(draft.form_code or "", "option.about_messages"))),
        ("platform", "platform", draft.platform),
        ("when", "when", draft.since.strftime("%d-%m-%Y") if draft.since else None),
        ("story", "story", draft.story),
        ("links", "links", _joined((*draft.urls, *draft.handles, *draft.suspect_phones))),
        ("suspect", "suspect", _suspect(draft, words)),
        ("name", "name", draft.name),
        ("cnic", "cnic", draft.cnic or _named(_CNIC, draft.no_cnic_reason, words)),
        ("gender", "gender", _named(_GENDER, draft.gender, words)),
        ("phone", "phone", draft.phone),
        ("city", "city", draft.city),
        ("contact", "contact", _contact(draft, words)),
        ("visit", "visit", _visit(draft, words)),
        ("evidence", "evidence", _joined(one.description for one in draft.evidence)),
    ]
    if draft.form_code is None:
        found = [one for one in found if one[0] != "what"]
    return [
        Line(name, words(f"complaint.label.{label}"), str(text))
        for name, label, text in found
        if text
    ]


def numbered(found: Iterable[Line]) -> str:
    """The lines with numbers before them, to choose one."""
    return "\n".join(f"{number} {line}" for number, line in enumerate(found, 1))


def _suspect(draft: Draft, words: Words) -> str | None:
    return draft.suspect_text or _named(_KNOWN, draft.suspect_known, words)


def _contact(draft: Draft, words: Words) -> str | None:
    return _joined((_named(_CONTACT, draft.contact, words), draft.contact_note))


def _visit(draft: Draft, words: Words) -> str | None:
    return _joined((*(words(_VISIT[one]) for one in draft.visit), draft.visit_note))


def _named(keys: dict[str, str], value: str | None, words: Words) -> str | None:
    return words(keys[value]) if value in keys else None


def _joined(parts: Iterable[str | None]) -> str | None:
    return ", ".join(part for part in parts if part) or None

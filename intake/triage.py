"""Proposes how soon a complaint must be dealt with: rules T1 to T16 (domain-facts 3.3).

The first rule that matches decides. None lowers: where a later one asks for more (a threat
of death beside a threat to post), that one does. A named person confirms, raises or lowers
the proposal. What is read is what was done and what is in danger: never language, script, tone,
spelling, name, city or gender (bias control, strategy 6.3A and 7.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from intake.schema.draft import Draft, is_minor
from intake.schema.enums import FormCode, Tier
from intake.schema.provisions import form_tier

TIERS: Final = (Tier.STANDARD, Tier.MEDIUM, Tier.HIGH, Tier.CRITICAL)
"""From least to most urgent."""
WINDOWS: Final = {
    Tier.CRITICAL: timedelta(hours=24),
    Tier.HIGH: timedelta(hours=72),
    Tier.MEDIUM: timedelta(days=7),
    Tier.STANDARD: timedelta(days=14),
}
"""Aims of the agency's handling (domain-facts 3.1), from the filing; no promise to her."""
HONOUR_WINDOW: Final = timedelta(hours=2)
"""Within which a person must look at a threat in the name of honour."""
FORM_DEFAULT: Final = "form_default"
"""Code: no rule asked for more than the tier with which the form of abuse begins."""
RAISING: Final = (
    "under_18",
    "many_sharing",
    "honour_risk",
    # Only she or a person can know these; they come by `Draft.codes`.
    "dependent",
    "outed",
    "pregnant",
    "device_or_home_held",
    "repeat_offender",
    "alone",
    "sexual_ads",
)
"""Reasons that raise by one step; one of them is enough and several raise no further."""
PRIVATE_CONTENT: Final = "private_content"
"""Code in `Draft.codes`: the account or picture holds what is intimate."""
SEXUAL: Final = "sexual"
"""Code in `Draft.codes`: the harassment is sexual."""
VIOLENCE_BEFORE: Final = "violence_before"
"""Code in `Draft.codes`: past violence, strangling or a gun."""
VISITS_BEGUN: Final = "visits_begun"
"""Code in `Draft.codes`: strangers come or call since the address was posted."""

_POSSIBLE, _LIKELY, _IMMEDIATE = 1, 2, 3
_IMAGES: Final = frozenset({FormCode.IMAGE_ABUSE, FormCode.DEEPFAKE})
# Not cyberbullying_child, which is no sexual matter.
_OF_CHILDREN: Final = frozenset(code for code in FormCode if code.startswith("child_"))
_SEXUAL_FORMS: Final = _IMAGES | {FormCode.IMAGE_THREAT, FormCode.SEXUAL_ASSAULT}
_HARASSING: Final = frozenset({FormCode.HARASSMENT, FormCode.HATE_SPEECH, FormCode.WORKPLACE})
# A weapon or an hour beside the danger: parts of the names of screening rules
# ("ur.means.04", "en.time.01") and the bare words.
_NEAR: Final = frozenset({"means", "time", "weapon", "held", "outside"})
_WORDS: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Proposal:
    """What the machine proposes."""

    tier: str
    """One of `TIERS`."""
    codes: tuple[str, ...]
    """The rule that decided, other rules that matched, and what raised it."""

    @property
    def honour(self) -> bool:
        """Whether the window of honour applies: home must not be contacted."""
        return "T4" in self.codes


@dataclass(frozen=True)
class _Facts:
    """What the rules look at."""

    form: FormCode | None
    topic: str | None
    danger: str | None
    beside: frozenset[str]
    minor: bool
    has_intimate: bool
    has_evidence: bool
    suicide: int
    honour: int
    physical: int
    spread: int
    codes: frozenset[str]

    @property
    def near(self) -> bool:
        return bool(self.beside & _NEAR)


def propose(
    draft: Draft, *, topic: str | None, danger: str | None, dangers: Sequence[str] = ()
) -> Proposal:
    """The tier of a draft by the first of the most urgent rules, never below its form's own.

    `topic` is of bot/topics.yml; `danger` is ``suicide``, ``harm`` or ``honour``, said in
    this conversation and not taken back; `dangers` are the screening rules beside it. Rules
    whose code stands in `draft.codes` count as matched.
    """
    facts = _facts(draft, topic, danger, dangers)
    matched = [(code, tier(facts)) for code, holds, tier in _RULES if _holds(code, holds, facts)]
    # Stable: of equally urgent ones the first rule decides.
    matched.sort(key=lambda found: -_rank(found[1]))
    tier = matched[0][1] if matched else Tier.STANDARD
    codes = [code for code, _ in matched] or ["T16"]
    if facts.form is not None and _rank(form_tier(facts.form)) > _rank(tier):
        tier = form_tier(facts.form)
        codes = [*(one for one in codes if one != "T16"), FORM_DEFAULT]
    reasons = _reasons(facts)
    if reasons:
        tier = TIERS[min(_rank(tier) + 1, len(TIERS) - 1)]
    return Proposal(tier, tuple(dict.fromkeys([*codes, *reasons])))


def attention_due(proposal: Proposal, at: datetime) -> datetime | None:
    """Until when a person must have looked at it, counted from `at`: for threats of honour."""
    return at + HONOUR_WINDOW if proposal.honour else None


def due(proposal: Proposal, at: datetime) -> datetime:
    """End of the agency's window, counted from `at`, the time of filing."""
    return at + WINDOWS[Tier(proposal.tier)]


def _rank(tier: Tier) -> int:
    return TIERS.index(tier)


def _facts(draft: Draft, topic: str | None, danger: str | None, dangers: Sequence[str]) -> _Facts:
    return _Facts(
        form=draft.form_code,
        topic=topic,
        danger=danger,
        beside=frozenset(word for rule in dangers for word in _WORDS.findall(rule.lower())),
        minor=is_minor(draft) or draft.child_flag,
        has_intimate=any(one.contains_intimate for one in draft.evidence),
        has_evidence=bool(draft.evidence or draft.urls),
        suicide=draft.suicide_risk,
        honour=draft.honour_risk,
        physical=draft.physical_risk,
        spread=draft.spread_risk,
        codes=frozenset(draft.codes),
    )


def _holds(code: str, holds: Callable[[_Facts], bool], facts: _Facts) -> bool:
    return code in facts.codes or holds(facts)


def _t1(f: _Facts) -> bool:
    return f.physical >= _IMMEDIATE or (f.danger == "harm" and f.near)


def _t2(f: _Facts) -> bool:
    return f.suicide >= _IMMEDIATE or (f.danger == "suicide" and f.near)


def _t3(f: _Facts) -> bool:
    return f.suicide >= _LIKELY or f.danger == "suicide"


def _t4(f: _Facts) -> bool:
    said = f.danger == "honour" or (f.danger is not None and "honour" in f.beside)
    return said or f.form is FormCode.HONOUR_THREAT or f.topic == "honour" or f.honour >= _LIKELY


def _t5(f: _Facts) -> bool:
    sexual = f.form in _SEXUAL_FORMS or f.topic in {"image_abuse", "blackmail", "sexual_assault"}
    return f.form in _OF_CHILDREN or f.topic == "child_abuse" or (f.minor and sexual)


def _t6(f: _Facts) -> bool:
    about_to_be = f.form is FormCode.IMAGE_THREAT and f.spread >= _IMMEDIATE
    return f.form in _IMAGES or (f.form is None and f.topic == "image_abuse") or about_to_be


def _t7(f: _Facts) -> bool:
    return f.form is FormCode.IMAGE_THREAT or (f.form is None and f.topic == "blackmail")


def _t7_tier(f: _Facts) -> Tier:
    image_exists = f.has_intimate or f.spread >= _LIKELY or PRIVATE_CONTENT in f.codes
    return Tier.CRITICAL if image_exists or f.minor else Tier.HIGH


def _t8(f: _Facts) -> bool:
    return f.physical >= _LIKELY or f.danger == "harm"


def _t9(f: _Facts) -> bool:
    return f.form is FormCode.SEXUAL_ASSAULT or f.topic == "sexual_assault"


def _t10(f: _Facts) -> bool:
    return f.form is FormCode.STALKING or f.topic == "domestic_violence"


def _t10_tier(f: _Facts) -> Tier:
    violent = f.physical >= _POSSIBLE or "means" in f.beside or VIOLENCE_BEFORE in f.codes
    return Tier.CRITICAL if violent else Tier.HIGH


def _t11(f: _Facts) -> bool:
    return f.form is FormCode.DOXXING or (f.form is None and f.topic == "doxxing")


def _t11_tier(f: _Facts) -> Tier:
    begun = f.physical >= _POSSIBLE or VISITS_BEGUN in f.codes
    return Tier.CRITICAL if begun else Tier.HIGH


def _t12(f: _Facts) -> bool:
    return f.form in _HARASSING and (f.has_intimate or (SEXUAL in f.codes and f.has_evidence))


def _t13(f: _Facts) -> bool:
    return f.form is FormCode.EXTORTION_MONEY or (f.form is None and f.topic == "fraud")


def _t14(f: _Facts) -> bool:
    return f.form is FormCode.IMPERSONATION or (f.form is None and f.topic == "impersonation")


def _t15(f: _Facts) -> bool:
    return f.form is FormCode.ACCOUNT_TAKEOVER or (f.form is None and f.topic == "hacking")


def _t15_tier(f: _Facts) -> Tier:
    return Tier.HIGH if f.has_intimate or PRIVATE_CONTENT in f.codes else Tier.MEDIUM


def _always(tier: Tier) -> Callable[[_Facts], Tier]:
    return lambda _: tier


_RULES: Final[tuple[tuple[str, Callable[[_Facts], bool], Callable[[_Facts], Tier]], ...]] = (
    ("T1", _t1, _always(Tier.CRITICAL)),
    ("T2", _t2, _always(Tier.CRITICAL)),
    ("T3", _t3, _always(Tier.CRITICAL)),
    ("T4", _t4, _always(Tier.CRITICAL)),
    ("T5", _t5, _always(Tier.CRITICAL)),
    ("T6", _t6, _always(Tier.CRITICAL)),
    ("T7", _t7, _t7_tier),
    ("T8", _t8, _always(Tier.CRITICAL)),
    ("T9", _t9, _always(Tier.CRITICAL)),
    ("T10", _t10, _t10_tier),
    ("T11", _t11, _t11_tier),
    ("T12", _t12, _always(Tier.HIGH)),
    ("T13", _t13, _always(Tier.HIGH)),
    ("T14", _t14, _always(Tier.MEDIUM)),
    ("T15", _t15, _t15_tier),
)


def _reasons(f: _Facts) -> list[str]:
    """What raises by one step, as far as the draft can show it."""
    shown = {
        "under_18": f.minor,
        "many_sharing": f.spread >= _LIKELY,
        # T14 and the row of defamation in 1A.
        "honour_risk": f.honour >= _POSSIBLE,
    }
    return [code for code in RAISING if shown.get(code, False) or code in f.codes]

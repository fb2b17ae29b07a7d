"""Danger by rules alone: what decides while the model is down, and one voice when it is up.

Six languages, both scripts, from `nlu_data/lexicons`. Written for recall: a miss costs
more than an alarm (domain-facts 6). Idioms, negation, law questions and news silence a
sign only where no other sign is present.

What the role of a rule means:

    self, risk, other   a sign with kind and level: said of oneself, by nobody in
                        particular, of somebody else
    life                like risk: somebody means to kill the writer, in plain words
    soft                like risk, and caps the signs it covers ("mum will kill me")
    farewell            a goodbye; two of them, or one with another sign, are critical
    idiom, negation     covers the signs it overlaps
    frame, past         law, news, film, game, faith; or over and done with
    means, time, honour, fear, kin, exposure   raise what else is there
    bystander           the writer speaks of another person
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from amaan.text.fold import fold
from amaan.text.lexicon import Lexicon, Match, load

Level = Literal["none", "elevated", "critical"]
Kind = Literal["suicide", "harm"]
Who = Literal["self", "other"]

_SIGNS: Final = frozenset({"self", "risk", "life", "other", "soft", "farewell"})
_COVERS: Final = frozenset({"idiom", "negation", "soft"})
_RAISES_SUICIDE: Final = frozenset({"means", "time", "farewell"})
_RAISES_HARM: Final = frozenset({"means", "time", "honour"})
_UNCOVERS: Final = frozenset({"means", "exposure", "honour", "farewell", "fear"})
# What makes a danger another one for those who come: honour has a clock of its own
# (domain-facts 3.1); a weapon or an hour makes it a matter of minutes.
_TELLING: Final = ("honour", "means", "time")
# "-" are the words that raise or cover others. Named one by one, because a new list of words for
# a form ("me", "a friend") once rang as danger.
_RISK_KINDS: Final = frozenset({"suicide", "harm", "-"})
_PASHTO_LETTERS: Final = frozenset("ېۍښځڅډړږټڼګ")
_SINDHI_LETTERS: Final = frozenset("ڪڻٿٽڊڏڌڍڄڃڇڳڱٻڀڦڙ")
_NOT_PASHTO: Final = frozenset({"sd", "pa", "bal"})
_NOT_SINDHI: Final = frozenset({"ps", "pa", "bal"})
# Scores say how sure the rules are, for ranking only; the level is what counts.
_SCORES: Final[dict[Level, float]] = {"none": 0.02, "elevated": 0.6, "critical": 0.9}
_LONGEST_RUN: Final = 3
_MAX_WHY: Final = 8
_MAX_PHRASE: Final = 60


@dataclass(frozen=True, slots=True)
class LexicalRisk:
    """What the rules say of one message.

    `kind` is None when the level is none; `score` is 0 to 1; `why` holds rule ids with the
    words that rang, for supervisors only, never for logs; `who` is whom it is about.
    `beside` is of the same kind: words of honour, means and time, which are there whatever
    the level is, because the model may see a danger that the rules do not. `on_life`
    tells that plain words stand open by which somebody means to kill the writer.
    """

    level: Level
    kind: Kind | None
    score: float
    why: tuple[str, ...]
    who: Who
    roles: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    on_life: bool = False


def screen(text: str) -> LexicalRisk:
    """Return the danger that the rules see in one raw or normalised message.

    Source: domain-facts section 6 (drafted from memory there, review state per rule).
    """
    words = _without_runs(fold(text).split())
    foreign = _foreign(text)
    matches = [m for m in _lexicon().find(words) if m.rule.variant not in foreign]
    if not matches:
        return LexicalRisk("none", None, _SCORES["none"], (), "self")
    roles = {match.rule.role for match in matches}
    signs = _open_signs(matches, roles)
    level, kind = _decide(signs, roles)
    who: Who = "other" if _is_of_another(signs, roles) else "self"
    shown = signs or [match for match in matches if match.rule.role in _SIGNS]
    score = _SCORES[level] + min(0.09, 0.02 * len({sign.rule.id for sign in signs}))
    if level == "none":
        score = 0.25 if shown else 0.1 if roles & _UNCOVERS else _SCORES["none"]
    why = _reasons(shown, words) if level != "none" else ()
    beside = _reasons(_first_of_each([m for m in matches if m.rule.role in _TELLING]), words)
    on_life = any(sign.rule.role == "life" for sign in signs)
    return LexicalRisk(
        level, kind, round(score, 2), why, who, tuple(sorted(roles)), beside, on_life
    )


def _without_runs(words: list[str]) -> list[str]:
    """Return the words with a word that stands more than three times in a row cut to three."""
    return [
        word
        for place, word in enumerate(words)
        if place < _LONGEST_RUN or any(w != word for w in words[place - _LONGEST_RUN : place])
    ]


def _foreign(text: str) -> frozenset[str]:
    """Return the languages whose rules do not count, told by letters of one language only.

    Folding makes Pashto "in" and Balochi "killed" the same word. Urdu and English stay:
    everybody mixes them in.
    """
    if _PASHTO_LETTERS.intersection(text):
        return _NOT_PASHTO
    return _NOT_SINDHI if _SINDHI_LETTERS.intersection(text) else frozenset()


def _open_signs(matches: list[Match], roles: set[str]) -> list[Match]:
    """Return the signs left after idioms, negation and frames took theirs away."""
    signs = [match for match in matches if match.rule.role in _SIGNS]
    covers = [match for match in matches if match.rule.role in _COVERS]
    opened = [sign for sign in signs if not _covered(sign, covers)]
    if roles & {"frame", "past"} and not _is_near(roles):
        # A law question or the news names death without anybody being in danger; what
        # somebody says of herself still counts.
        opened = [sign for sign in opened if sign.rule.role in {"self", "other"}]
        if "past" in roles and "time" not in roles:
            opened = [sign for sign in opened if sign.rule.level == "critical"]
    hidden = [sign for sign in signs if sign not in opened]
    if not opened and hidden and roles & _UNCOVERS and "frame" not in roles:
        return hidden[:1]
    return opened


def _is_near(roles: set[str]) -> bool:
    """Tell whether something places the danger with the writer and not in the news."""
    return bool(roles & {"means", "farewell", "fear"}) or (
        "honour" in roles and bool(roles & {"kin", "time"})
    )


def _covered(sign: Match, covers: list[Match]) -> bool:
    return any(
        cover is not sign and cover.start < sign.end and sign.start < cover.end
        for cover in covers
        if cover.rule.role != "soft" or sign.rule.role != "soft"
    )


def _decide(signs: list[Match], roles: set[str]) -> tuple[Level, Kind | None]:
    if not signs:
        if {"honour", "kin"} <= roles and roles & {"fear", "means", "exposure"}:
            return "elevated", "harm"
        return "none", None
    critical = [sign for sign in signs if sign.rule.level == "critical"]
    kind: Kind = _kind(critical or signs)
    if critical:
        return "critical", kind
    farewells = {sign.rule.id for sign in signs if sign.rule.role == "farewell"}
    others = [sign for sign in signs if sign.rule.role not in {"farewell", "soft"}]
    raises = _RAISES_SUICIDE if kind == "suicide" else _RAISES_HARM
    if len(farewells) > 1 or (others and roles & raises):
        return "critical", kind
    return "elevated", kind


def _kind(signs: list[Match]) -> Kind:
    suicide = sum(sign.rule.kind == "suicide" for sign in signs)
    return "suicide" if suicide * 2 >= len(signs) else "harm"


def _is_of_another(signs: list[Match], roles: set[str]) -> bool:
    said = {sign.rule.role for sign in signs}
    return "other" in said or ("bystander" in roles and "self" not in said)


def _reasons(signs: list[Match], words: list[str]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for sign in signs:
        phrase = " ".join(words[sign.start : sign.end])[:_MAX_PHRASE]
        seen.setdefault(sign.rule.id, f"{sign.rule.id}: {phrase}")
    return tuple(seen.values())[:_MAX_WHY]


def _first_of_each(matches: list[Match]) -> list[Match]:
    """Return one match of each role, in the order of `_TELLING`."""
    firsts = {match.rule.role: match for match in reversed(matches)}
    return [firsts[role] for role in _TELLING if role in firsts]


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    return Lexicon(rule for rule in load() if rule.kind in _RISK_KINDS)

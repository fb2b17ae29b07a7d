"""From what was found in one message to the risk in effect and the alarms it rings."""

from __future__ import annotations

import re
from dataclasses import replace

from amaan.ports import Alarm, Parse, Risk

# Below this a "no" is not clear, and an unclear answer to the gentle question
# counts as yes (design.md 6.3).
CLEAR_NO = 0.6
# Below this an intent is a guess, and no reason to sort a case by it.
SURE_OF_INTENT = 0.5
# The id in front of what rang: "ur.harm.critical.07: ...". Only these go on, because what
# follows them are her words.
_RULE = re.compile(r"([a-z]{2,3}(?:\.[a-z]+){1,2}\.[0-9]{1,4})(?::|$)")
_HONOUR = re.compile(r"[a-z]{2,3}\.honour\.")
_DANGERS = frozenset({"suicide_risk", "imminent_harm"})
# Words that are about the chat itself, and no answer to the question.
_ABOUT_THE_CHAT = frozenset({
    "erase_conversation", "stop_messages", "change_language", "private_menu", "private_choice",
})  # fmt: skip


def effective_risk(parse: Parse, pending_kind: str | None) -> tuple[Risk, bool]:
    """The risk in effect, and whether the pending gentle question was clearly denied.

    `pending_kind` is the kind that was asked about, None when nothing was asked.
    An unclear or positive answer makes it critical.
    """
    risk = parse.risk
    if pending_kind is None or risk.level == "critical" or parse.intent in _ABOUT_THE_CHAT:
        return risk, False
    # "No. He has my pictures": only a matter may follow, never a danger or a call for somebody.
    goes_on = parse.denies and parse.matter is not None and parse.intent not in _DANGERS
    is_no = goes_on or (parse.intent == "deny" and parse.confidence >= CLEAR_NO)
    if risk.level == "none" and is_no:
        return risk, True
    kind = risk.kind or pending_kind
    return (
        replace(
            risk,
            level="critical",
            kind=kind,  # type: ignore[arg-type]  # the column holds only kinds
            why=(*risk.why, "unclear_answer_to_question"),
        ),
        False,
    )


def alarms(parse: Parse, risk: Risk, codes: tuple[str, ...] = ()) -> list[Alarm]:
    """The alarms that one assessed message rings, the worst first.

    `codes` are what a supervisor must know besides: the state of the guard.
    """
    found: list[Alarm] = []
    if risk.level != "none":
        reason = "screened" if risk.level == parse.risk.level else "unclear_answer"
        rules = rules_of(parse, risk)
        # Without a threat the same words are grief or shame, and no clock of their own.
        honour = risk.kind == "harm" and any(_HONOUR.match(rule) for rule in rules)
        found.append(Alarm(risk.level, risk.kind, risk.who, reason, (*rules, *codes), honour))
    if parse.source == "rules":
        # The model could not look: a person must, whatever the rules say.
        found.append(Alarm("requested", None, "self", "screening_failed", codes))
    return found


def rules_of(parse: Parse, risk: Risk) -> tuple[str, ...]:
    """Ids of the rules that rang, each once, then ``intent.`` with a likely intent; no words."""
    ids = [found.group(1) for why in risk.why if (found := _RULE.match(why))]
    if parse.source == "model" and parse.confidence >= SURE_OF_INTENT:
        ids.append(f"intent.{parse.intent}")
    return tuple(dict.fromkeys(ids))


def asked_about(key: str) -> str | None:
    """The kind of risk that one of our questions asks about."""
    subject, _, level = key.removeprefix("risk.").partition(".")
    if not key.startswith("risk.") or level != "elevated":
        return None
    return "suicide" if subject == "suicide" else "harm"

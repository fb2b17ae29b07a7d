"""What a message is about besides the danger, the "no" or the "thanks" that it was taken for.

Somebody who is asked about danger goes on with what she came for: "no, he has my pictures".
Danger is answered first and a human is called; but her matter is answered as well, or stays
owed to her until the danger is denied.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from amaan.text import fold
from bot.answers import answer

REPORTS: Final = frozenset(
    {
        "report_image_abuse", "report_blackmail", "report_harassment", "report_impersonation",
        "report_doxxing", "report_defamation", "report_hacking", "report_sexual_assault",
        "report_child_abuse", "report_domestic_violence", "report_fraud",
    }
)  # fmt: skip
MATTERS: Final = REPORTS | {
    "ask_law", "ask_how_to_report", "ask_evidence", "ask_content_removal", "ask_device_safety",
    "ask_referral", "ask_anonymity",
}  # fmt: skip
"""Intents that one answer of ours is about."""
DANGERS: Final = frozenset({"suicide_risk", "imminent_harm"})
OWED: Final = "matter_owed"
"""Slot of a matter that danger stands before; actions/matter.py answers it."""
COURTESY: Final = frozenset({"affirm", "deny", "greet", "thanks", "goodbye"})
"""What often stands before the matter in the same message."""
SHARE: Final = 0.3
"""Share that a matter needs among what is left without the danger. On the development lines 94
of 129 false alarms then name one, 79 of these rightly (`python -m bot.tune`, 22 Nov 2026)."""
SURE: Final = 0.5
"""Likelihood that a matter needs by itself. By judgement, above UNDERSTOOD of bot/turn.py: what
follows a "no" is answered instead of the "no"."""
FEWEST_WORDS: Final = 3
CLEAR: Final = 0.9
"""Likelihood from which the first clause is a no. By judgement, high: "not sure" is none."""
_MOST_WORDS_OF_A_NO: Final = 10
# Words of the list of noes that begin other sentences: "not safe", "no one helps me".
_NO_NOES: Final = frozenset({"not", "n"})
_NO_PERSON: Final = frozenset({"one", "body"})
_END: Final = re.compile(r"[.!?،؟۔,;:\n।]+\s*")


def beside_danger(ranking: Sequence[tuple[str, float]], share_needed: float = SHARE) -> str | None:
    """Return the matter of a message that was taken for danger, or None.

    `ranking` are intents with their probabilities, likeliest first. The classifier must choose
    between danger and matter; here it is asked what the message would be without the danger.
    """
    rest = 1.0 - sum(share for name, share in ranking if name in DANGERS)
    left = [(name, share) for name, share in ranking if name not in DANGERS]
    if not left or rest <= 0.0:
        return None
    name, share = left[0]
    return name if name in MATTERS and share >= share_needed * rest else None


def opens_with_no(text: str) -> str | None:
    """Return the first clause of a message when it begins with a "no", or None.

    "No no, it is not about dying. He has my pictures" is a clear no, whatever follows.
    """
    pause = _END.search(text)
    clause = text[: pause.start()].strip() if pause else ""
    words = fold(clause).split()
    is_short = 0 < len(words) <= _MOST_WORDS_OF_A_NO
    if not is_short or words[0] in _NO_NOES or answer(words[0], ("no",)) is None:
        return None
    if _NO_PERSON.intersection(words[1:2]):
        return None
    return clause if text[pause.end() :].strip() else None


def after_courtesy(text: str) -> str | None:
    """Return what follows the first pause of a message, or None when that is no sentence."""
    pause = _END.search(text)
    rest = text[pause.end() :].strip() if pause else ""
    return rest if len(rest.split()) >= FEWEST_WORDS else None


def matter_in(parsed: dict[str, Any]) -> str | None:
    """Return the matter that a parse of its own names surely enough, or None."""
    ranking = [(row["name"], float(row["confidence"])) for row in parsed["intent_ranking"]]
    if ranking[0][0] in DANGERS:
        return beside_danger(ranking)
    name, share = ranking[0]
    return name if name in MATTERS and share >= SURE else None

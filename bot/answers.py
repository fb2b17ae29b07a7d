"""Words that answer the questions of the safety plan, in every variant.

From `nlu_data/lexicons/answers.tsv` (kind "answer", role own, shared, watched, yes, no).
Only short messages count; anything longer is a new thought.
"""

from collections.abc import Collection
from functools import lru_cache

from amaan.text import fold
from amaan.text.lexicon import Lexicon, load

_MOST_WORDS = 6


def answer(text: str, offered: Collection[str | None]) -> str | None:
    """Return own, shared, watched, yes or no, or None when the text is none of `offered`.

    Only the question that is open counts: "he lives with me" names him, who watches the phone
    in the answer to another one. Of several the most careful counts: watched before shared
    before own.
    """
    words = fold(text).split()
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    found = {match.rule.role for match in _lexicon().find(words)}
    for role in ("watched", "shared", "own", "no", "yes"):
        if role in found and role in offered:
            return role
    return None


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    return Lexicon(rule for rule in load() if rule.kind == "answer")

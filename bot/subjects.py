"""What a message is about, and what it asks, by words: in every variant.

From `nlu_data/lexicons/subjects.tsv` (kind "subject"). The classifier says that somebody asks
about the law; these words say about which: "is blackmail a crime" needs no story before it.
"""

from functools import lru_cache
from typing import Final

from amaan.text import fold
from amaan.text.lexicon import Lexicon, load

QUESTIONS: Final = {
    "refused": "ask_how_to_report",
    "told": "ask_how_to_report",
    "unmoved": "ask_content_removal",
    "family": "ask_how_to_report",
    "visit": "ask_how_to_report",
    "time": "ask_how_to_report",
}
"""Questions that no intent stands for, by the intent under which they are answered; the most
telling first."""
GROUPS: Final = ("minor", "trans", "disability", "work", "public", "bystander", "man")
"""Who she is, by her own words; the one that changes most of what is said comes first."""
ANGER: Final = "anger"
# Of a long story any word may speak of something else in passing.
_MOST_WORDS: Final = 40


def subjects(text: str) -> frozenset[str]:
    """Return the roles that the words of a text name; empty for a very long one."""
    words = fold(text).split()
    if len(words) > _MOST_WORDS:
        return frozenset()
    return frozenset(match.rule.role for match in _lexicon().find(words))


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    return Lexicon(rule for rule in load() if rule.kind == "subject")

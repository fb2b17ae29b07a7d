"""The number and the four words by which a web chat is found again.

The number looks like a Pakistani mobile number and is nobody's: 0354. Google's libphonenumber
(`PhoneNumberMetadata_PK`: mobile ``3(?:[0-247]\\d|3[0-79]|55|64)\\d{7}``, read 2026-11-22) and
Wikipedia's "Telephone numbers in Pakistan" both know 0355 (SCO) alone among 0350 to 0359. The
regulator's own list was not read: before a release somebody should look whether 0354 is still free.

Entropy: 7 digits are 23.3 bits. Four different words of 128 are 23.3 bits more, for they count
in any order (in order they would be 4 times 7 bits): a shopping list is remembered as a set.
46.6 bits together. `limits` slows guessing: 100 tries a second pass a process by waiting, and as
many more as it can look up, some 500, by doing the sums. Even then, with 1,000 codes open, a
first hit is expected after more than five years; with waiting alone after 33.
"""

from __future__ import annotations

import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from amaan.errors import ConfigurationError
from amaan.text import digits, fold
from amaan.words import VARIANTS, Variant

PREFIX = "0354"
"""Not allocated to anybody; source above."""
LIST_LENGTH = 128
"""Words of each list: 7 bits a word."""
WORDS_IN_PHRASE = 4
_DIGITS = 7
_NUMBER = re.compile(rf"(?:(?:00)?92|0)?{PREFIX[1:]}([0-9]{{{_DIGITS}}})")
_FILE = Path(__file__).resolve().parents[2] / "locales" / "memory_words.toml"
# Nobody's phrase is longer; what is beyond is not read.
_MAX_READ = 200
_NOTHING = "-"


@dataclass(frozen=True)
class Code:
    """A number and a phrase, as she is shown them once."""

    number: str
    """``0354-1234567``."""
    words: str
    """The phrase, parted by commas, in the page's language."""
    variant: Variant
    """Language and script of the words."""


class MemoryWords:
    """The word lists of all catalogues, by tag."""

    def __init__(self, lists: Mapping[str, list[str]]) -> None:
        self._lists = dict(lists)
        self._places = {tag: _places(tag, words) for tag, words in self._lists.items()}

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> MemoryWords:
        """Reads `locales/memory_words.toml`. Raises `ConfigurationError` when it is not whole."""
        lists = tomllib.loads(_FILE.read_text(encoding="utf-8"))["words"]
        if missing := sorted(set(VARIANTS) - set(lists)):
            raise ConfigurationError(f"locales/memory_words.toml lacks {', '.join(missing)}")
        return cls({tag: lists[tag] for tag in VARIANTS})

    def make(self, variant: Variant) -> tuple[Code, str]:
        """A fresh code in the words of `variant`, and what its keyed hash is made of."""
        tail = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        words = self._lists[variant.tag]
        places = secrets.SystemRandom().sample(range(LIST_LENGTH), WORDS_IN_PHRASE)
        comma = "، " if variant.script == "Arab" else ", "
        phrase = comma.join(words[place] for place in places)
        code = Code(f"{PREFIX}-{tail}", phrase, variant)
        return code, _value(variant.tag, tail, places)

    def values(self, number: str, words: str) -> list[str]:
        """What she typed, as the values whose hashes may be hers: always one a list.

        The lists overlap (neighbouring languages share words), so each is tried; a list
        that does not hold the words gives a value that nothing was ever made of, so that a
        wrong word is as much work as a right one.
        """
        found = _NUMBER.fullmatch(re.sub(r"[\s().+-]", "", digits(number[:_MAX_READ])))
        tail = found[1] if found else _NOTHING
        typed = fold(words[:_MAX_READ]).split()
        return [self._value_in(tag, tail, typed) for tag in self._lists]

    def _value_in(self, tag: str, tail: str, typed: list[str]) -> str:
        known = [self._places[tag].get(word) for word in typed]
        places = [place for place in known if place is not None]
        if len(typed) != WORDS_IN_PHRASE or len(set(places)) != WORDS_IN_PHRASE:
            return f"{tag}|{tail}|{_NOTHING}"
        return _value(tag, tail, places)


def _value(tag: str, tail: str, places: list[int]) -> str:
    return f"{tag}|{tail}|{' '.join(str(place) for place in sorted(places))}"


def _places(tag: str, words: list[str]) -> dict[str, int]:
    folded = {fold(word): place for place, word in enumerate(words)}
    if len(words) != LIST_LENGTH or len(folded) != LIST_LENGTH or any(" " in w for w in folded):
        raise ConfigurationError(f"the memory words of {tag} are not {LIST_LENGTH} distinct words")
    return folded

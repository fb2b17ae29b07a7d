"""Loading and matching the word lists in `nlu_data/lexicons/*.tsv`.

Columns: id, variant, kind, level, role, review, pattern. A pattern is written in ordinary
spelling and folded here. Its items, parted by spaces:

    word         that word                 a|b     either
    stem*        a word beginning so       *part*  a word holding it (three letters or more)
    item?        may be absent             a+b     two words, also written as one
    ..           up to two words between   ...     up to six words between
    @name        the words of that class (a line of the same file with role "class")

Matching walks words, not characters, and every gap is bounded; so the time grows with
the length of the text only. It must stay in the standard library.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Final

from amaan.text.fold import fold

FOLDER: Final = Path(__file__).resolve().parents[2] / "nlu_data" / "lexicons"
COLUMNS: Final = ("id", "variant", "kind", "level", "role", "review", "pattern")
_GAPS: Final = {"..": 2, "...": 6}
# A pattern has at most this many items; more would be a sentence, not a rule.
_MAX_ITEMS: Final = 12
_MAX_MATCHES: Final = 5


class LexiconError(ValueError):
    """A word list is missing or malformed. Carries file and line, never a person's text."""


@dataclass(frozen=True, slots=True)
class Item:
    """One place of a pattern.

    `words` match whole, `stems` at the beginning, `parts` anywhere; `gap` is how many
    words may stand before it; `optional` means that it may be absent.
    """

    words: frozenset[str]
    stems: tuple[str, ...]
    parts: tuple[str, ...]
    gap: int = 0
    optional: bool = False

    def holds(self, word: str) -> bool:
        """Tell whether a folded word fits this place."""
        return (
            word in self.words
            or word.startswith(self.stems)
            or any(part in word for part in self.parts)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a word list; `role` says what a match means (see lexical.py)."""

    id: str
    variant: str
    kind: str
    level: str
    role: str
    review: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A rule found at words `start` to `end` (end excluded) of the folded text."""

    rule: Rule
    start: int
    end: int


class Lexicon:
    """Rules indexed by how their first word begins."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: tuple[Rule, ...] = tuple(rules)
        self._words: dict[str, list[Rule]] = {}
        self._stems: dict[str, list[Rule]] = {}
        self._parts: list[tuple[str, Rule]] = []
        for rule in self.rules:
            first = rule.items[0]
            for word in first.words:
                self._words.setdefault(word, []).append(rule)
            for stem in first.stems:
                self._stems.setdefault(stem, []).append(rule)
            self._parts.extend((part, rule) for part in first.parts)

    def find(self, words: list[str]) -> list[Match]:
        """Return matches in a list of folded words, in order of their beginning.

        Of one rule the first five count: a word repeated hundreds of times says no more.
        """
        found: list[Match] = []
        candidates: dict[str, tuple[Rule, ...]] = {}
        counts: dict[int, int] = {}
        for start, word in enumerate(words):
            if word not in candidates:
                candidates[word] = tuple(self._candidates(word))
            for rule in candidates[word]:
                if counts.get(id(rule), 0) >= _MAX_MATCHES:
                    continue
                end = _match(rule.items, 1, words, start + 1)
                if end is not None:
                    counts[id(rule)] = counts.get(id(rule), 0) + 1
                    found.append(Match(rule, start, end))
        return found

    def _candidates(self, word: str) -> Iterator[Rule]:
        seen: set[int] = set()
        lists = [self._words.get(word, [])]
        lists.extend(self._stems.get(word[:size], []) for size in range(1, min(len(word), 24) + 1))
        lists.append([rule for part, rule in self._parts if part in word])
        for rules in lists:
            for rule in rules:
                if id(rule) not in seen:
                    seen.add(id(rule))
                    yield rule


def _match(items: tuple[Item, ...], index: int, words: list[str], at: int) -> int | None:
    """Return where the rest of a pattern ends when it fits from word `at`, else None."""
    if index == len(items):
        return at
    item = items[index]
    for position in range(at, min(at + item.gap, len(words) - 1) + 1):
        if item.holds(words[position]):
            end = _match(items, index + 1, words, position + 1)
            if end is not None:
                return end
    return _match(items, index + 1, words, at) if item.optional else None


@lru_cache(maxsize=50_000)
def _folded(word: str) -> str:
    # Remembered while the lists are read: the words of a class stand in hundreds of patterns.
    return fold(word)


def _item(token: str, gap: int) -> Item:
    optional = token.endswith("?")
    words: set[str] = set()
    stems: list[str] = []
    parts: list[str] = []
    for choice in token.removesuffix("?").split("|"):
        plain = _folded(choice.strip("*"))
        if " " in plain:
            raise ValueError("an item must fold to one word")
        if not plain:  # a lone hamza (Balochi "ءَ") is no word after folding
            continue
        if choice.startswith("*"):
            parts.append(plain)
        elif choice.endswith("*"):
            stems.append(plain)
        else:
            words.add(plain)
    if not (words or stems or parts):
        raise ValueError("an item must fold to a word")
    return Item(frozenset(words), tuple(stems), tuple(parts), gap, optional)


def _joined(token: str) -> list[str]:
    """Return "a|b+c" as ["a|b c", "ac|bc"]; a token without "+" as it is."""
    left, plus, right = token.partition("+")
    if not plus:
        return [token]
    both = "|".join(a + b for a in left.split("|") for b in right.split("|"))
    return [f"{left} {right}", both]


def _compile(pattern: str, classes: Mapping[str, str]) -> list[tuple[Item, ...]]:
    """Return the item tuples of a pattern, one for each way to join its words."""
    ways = [_joined(token) for token in pattern.split()]
    return [_items(" ".join(way), classes) for way in product(*ways)]


def _spelled_out(token: str, classes: Mapping[str, str]) -> str:
    """Return the token with the names of classes replaced by their words."""
    plain = token.removesuffix("?")
    choices = (classes[choice] if choice.startswith("@") else choice for choice in plain.split("|"))
    return "|".join(choices) + token[len(plain) :]


def _items(pattern: str, classes: Mapping[str, str]) -> tuple[Item, ...]:
    items: list[Item] = []
    gap = 0
    for token in pattern.split():
        if token in _GAPS:
            gap = _GAPS[token]
            continue
        items.append(_item(_spelled_out(token, classes), gap))
        gap = 0
    if not items or gap or items[0].optional or items[0].gap or len(items) > _MAX_ITEMS:
        raise ValueError("a pattern begins and ends with a word")
    return tuple(items)


def read(path: Path) -> Iterator[Rule]:
    """Yield the rules of one file.

    Raises LexiconError naming file and line when a line is malformed.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise LexiconError(f"{path.name}: the header must be {', '.join(COLUMNS)}")
        classes: dict[str, str] = {}
        for number, row in enumerate(reader, start=2):
            if row["role"] == "class":
                classes[row["id"]] = row["pattern"]
                continue
            try:
                compiled = _compile(row["pattern"], classes)
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                raise LexiconError(f"{path.name}:{number}: {error}") from None
            for items in compiled:
                yield Rule(
                    id=row["id"],
                    variant=row["variant"],
                    kind=row["kind"],
                    level=row["level"],
                    role=row["role"],
                    review=row["review"],
                    items=items,
                )


@lru_cache(maxsize=4)
def load(folder: Path = FOLDER) -> tuple[Rule, ...]:
    """Return all rules of a folder, files in the order of their names; read once.

    Raises LexiconError when there is none: without rules nobody would be screened while
    the model is down.
    """
    rules = tuple(rule for path in sorted(folder.glob("*.tsv")) for rule in read(path))
    _folded.cache_clear()
    if not rules:
        raise LexiconError("no word list found in nlu_data/lexicons")
    return rules

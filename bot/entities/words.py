"""Reads the word lists of entities and keeps for each language what counts in it."""

import csv
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from bot.entities.tokens import phrase
from bot.errors import ConfigurationError
from bot.settings import ROOT

FOLDER: Final = ROOT / "nlu_data" / "lexicons" / "entities"
COLUMNS: Final = ("entity", "value", "variant", "form", "review")
LANGUAGES: Final = ("ur", "en", "pa", "sd", "ps", "bal")
ANY: Final = "any"
"""For a text whose language is not known."""

# Names of places and products are written alike whoever writes; words are not.
_SHARED: Final = frozenset(
    {"platform", "platform?", "city", "city?", "province", "located", "month", "currency"}
)
_NAMES: Final = frozenset({"platform", "city", "province", "time", "relation"})
# In these the small words of Urdu mean other things: Pashto "de" is "is", not "give".
_FAR_FROM_URDU: Final = frozenset({"ps", "bal"})
_WEAK: Final = "?"
_EVERY_LANGUAGE: Final = "mul"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list; `variant` is a language or "mul", a hyphen and a script."""

    entity: str
    value: str
    variant: str
    form: str
    review: str
    key: str
    """Of the form, as `bot.entities.tokens.phrase` gives it."""

    @property
    def language(self) -> str:
        """The first part of the variant."""
        return self.variant.split("-")[0]


@dataclass(slots=True)
class Words:
    """What counts in one language, all by key (`bot.entities.tokens.phrase`)."""

    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Phrase to entity and value."""

    weak: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The same for words that count only beside a cue, such as Bagh, which is a garden."""

    cues: dict[str, set[str]] = field(default_factory=dict)
    """Name of a cue to the single words that give it."""

    numbers: dict[str, float] = field(default_factory=dict)
    multipliers: dict[str, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    months: dict[str, int] = field(default_factory=dict)
    provinces: dict[str, str] = field(default_factory=dict)
    """City, as in the values, to its province."""

    def cue(self, name: str) -> set[str]:
        """Return the words of one cue; none when the lists have none."""
        return self.cues.get(name, set())

    def known(self) -> set[str]:
        """Return every single key that any rule asks for."""
        parts = {part for name in (*self.names, *self.weak) for part in name.split()}
        quantities = self.numbers.keys() | self.multipliers.keys() | self.units.keys()
        return parts.union(quantities, self.months, *self.cues.values())


@lru_cache(maxsize=2)
def rows(folder: Path = FOLDER) -> tuple[Row, ...]:
    """Return all lines, files in order of their names.

    Raises ConfigurationError with file and line for a malformed one, or without any.
    """
    found: list[Row] = []
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as handle:
            reader = csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
            if tuple(next(reader, ())) != COLUMNS:
                raise ConfigurationError(f"{path.name}: wrong header")
            for number, row in enumerate(reader, start=2):
                written = phrase(row[3]) if len(row) == len(COLUMNS) else ""
                if not written or not all(row):
                    raise ConfigurationError(f"{path.name}:{number}: malformed line")
                found.append(Row(*[*row, written]))
    if not found:
        raise ConfigurationError("no word lists in nlu_data/lexicons/entities")
    return tuple(found)


def words(language: str, folder: Path = FOLDER) -> Words:
    """Return what counts in a language, or in any.

    A language's own words go first; Urdu and English follow, because everybody mixes them
    in, then the names shared by all. A row "none" says that a word means nothing here.
    """
    everything = rows(folder)
    order = (*LANGUAGES,) if language == ANY else (language, _EVERY_LANGUAGE, "ur", "en")
    ranked = [row for name in order for row in everything if row.language == name]
    ranked += [row for row in everything if row.language not in order]
    blocked = {
        row.key for row in everything if row.entity == "none" and language in {ANY, row.language}
    }
    result = Words()
    for row in ranked:
        if row.entity == "cue" and row.language == "ur" and language in _FAR_FROM_URDU:
            continue
        if row.language in order or row.entity in _SHARED or row.language == _EVERY_LANGUAGE:
            # Of an unknown language Urdu is the likeliest, so its words keep their meaning.
            kept = language == ANY and row.language == "ur"
            _put(result, row, set() if kept else blocked)
    return result


def _put(result: Words, row: Row, blocked: set[str]) -> None:
    """Add one row; what an earlier row said about the same word stays."""
    if row.entity in {"cue", "currency"}:
        result.cues.setdefault(row.value, set()).add(row.key)
    elif row.entity == "number":
        result.numbers.setdefault(row.key, float(row.value))
    elif row.entity == "times":
        result.multipliers.setdefault(row.key, int(row.value))
    elif row.entity == "unit":
        result.units.setdefault(row.key, row.value)
    elif row.entity == "month":
        result.months.setdefault(row.key, int(row.value))
    elif row.entity == "located":
        result.provinces.setdefault(row.form, row.value)
    elif row.key not in blocked and row.key not in result.names and row.key not in result.weak:
        _name(result, row)


def _name(result: Words, row: Row) -> None:
    if row.entity.endswith(_WEAK):
        result.weak[row.key] = (row.entity.removesuffix(_WEAK), row.value)
    elif row.entity in _NAMES:
        result.names[row.key] = (row.entity, row.value)

"""spaCy over masked words: listed names by its EntityRuler, combinations by its Matcher.

spaCy remembers every word it has ever seen for as long as the process lives. It must
therefore never see what a person wrote: each word that no list knows is given to it as
one and the same sign, each number as another. Erased is erased.
"""

from collections.abc import Sequence
from typing import Any, Final

import spacy
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.entities.tokens import BREAK, NUMBER, Token
from bot.entities.words import Words

_UNKNOWN: Final = "_"
# Languages for which spaCy has a class; the others take the one without a language.
_CLASSES: Final = {"en": "en", "ur": "ur"}


class _SpaceTokenizer:
    """Parts at spaces only: the words were told apart before."""

    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab

    def __call__(self, text: str) -> Doc:
        return Doc(self._vocab, words=text.split(" "))


class Pipeline:
    """The lists of one language, ready to match."""

    def __init__(self, language: str, words: Words) -> None:
        self.words = words
        self._known = words.known() | {NUMBER, BREAK}
        # Any: spaCy's types know neither another tokenizer nor what add_pipe returns.
        self._nlp: Any = spacy.blank(_CLASSES.get(language, "xx"))
        self._nlp.tokenizer = _SpaceTokenizer(self._nlp.vocab)
        ruler = self._nlp.add_pipe("entity_ruler")
        ruler.add_patterns(
            [
                {"label": entity, "pattern": written, "id": value}
                for written, (entity, value) in words.names.items()
            ]
        )
        self._matcher = Matcher(self._nlp.vocab)
        for name, patterns in _combinations(words).items():
            self._matcher.add(name, patterns)

    def read(self, tokens: Sequence[Token]) -> Doc:
        """Return spaCy's document of the masked words, names already found."""
        masked = (token.key if token.key in self._known else _UNKNOWN for token in tokens)
        return self._nlp(" ".join(masked))

    def combinations(self, doc: Doc) -> list[tuple[str, int, int]]:
        """Return name, first word and word after the last, of every combination."""
        found = self._matcher(doc)
        return [(self._nlp.vocab.strings[name], start, end) for name, start, end in found]


def _combinations(words: Words) -> dict[str, list[list[dict[str, Any]]]]:
    """Return the Matcher's patterns of ages, times ago, hours and dates with month names."""
    number = _one([NUMBER, *words.numbers])
    figure = {"ORTH": NUMBER}
    year, unit, month = _one(words.cue("year")), _one(words.units), _one(words.months)
    old, of, age = _one(words.cue("old")), _one(words.cue("of")), _one(words.cue("age"))
    filler, child = _one(words.cue("age_filler")), _one(words.cue("child"))
    ago, clock, half = _one(words.cue("ago")), _one(words.cue("clock")), _one(words.cue("half_day"))
    ordinal = {**_one(words.cue("ordinal")), "OP": "?"}
    am = _one(words.cue("am"))
    maybe, maybe_year = {"OP": "?"}, {**figure, "OP": "?"}
    return {
        "age": [
            [number, {**year, **maybe}, old],
            [number, year, {"ORTH": "old"}],
            [number, year, of],
            [number, year, child],
            [number, of, am],
            [number, year, am],
            [number, {**year, **maybe}, {**of, **maybe}, age],
            [age, *([{**filler, **maybe}] * 3), number, {**year, **maybe}],
        ],
        "i_am": [[_one(words.cue("i")), {**am, **maybe}, number]],
        "ago": [[{**number, **maybe}, unit, ago]],
        "clock": [[number, clock], [number, {"ORTH": "o"}, clock], [figure, half]],
        "day_month": [[figure, ordinal, {"ORTH": "of", "OP": "?"}, month, maybe_year]],
        "month_day": [[month, figure, ordinal, maybe_year]],
        "month_year": [[month, figure]],
        "day": [[figure, _one(words.cue("date"))]],
    }


def _one(keys: Any) -> dict[str, Any]:
    # An empty list would match nothing, which is right; spaCy accepts it.
    return {"ORTH": {"IN": sorted(keys)}}

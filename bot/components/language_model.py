"""Which language and script a message is in: character n-grams, and letters of one language.

A multinomial model over n-grams of the normalised (not folded) text; scripts are told
apart first, because a script rules out most variants. It knows twelve variants of ours and
their neighbours (Persian, Saraiki, Kashmiri ...), so that a neighbour is called `OTHER` and
not, with false certainty, the one of ours that looks most like it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from amaan.text import script_of
from amaan.text.normalise import is_gurmukhi
from bot.components.features import VARIANTS

# Of the sets from 1 to 5, the one that told most of the short development lines apart.
_SIZES: Final = (1, 2, 3, 4, 5)
_SMOOTHING: Final = 0.3
_FEWEST: Final = 2

OTHER: Final = "other"
"""Stands in a ranking for all languages that are not ours."""

# Hardly anybody writes to us in a neighbour language; a greeting that all share is not one.
_NEIGHBOUR_PRIOR: Final = -4.0

# Letters that only one of these languages writes. Each such letter is worth so many nats.
_OWN_LETTERS: Final = {
    "sd-Arab": "ڪڻٿٽڊڏڌڍڄڃڇڳڱٻڀڦڙٺ۽۾",
    "ps-Arab": "ېۍښځڅډړږټڼګ",
    "ckb-Arab": "ێۆڵڕەڤ",
    "ks-Arab": "ٲۄؠٳۍ",
}
_LETTER_WEIGHT: Final = 4.0
_MOST_LETTERS: Final = 5


class LanguageModel:
    """Log-likelihoods of n-grams by variant; `table` is (n-grams, variants)."""

    def __init__(
        self, variants: Sequence[str], grams: Sequence[str], table: Any, rest: Any
    ) -> None:
        self.variants = list(variants)
        self.grams = list(grams)
        self.table = np.asarray(table, dtype=np.float32)
        self.rest = np.asarray(rest, dtype=np.float32)
        self._index = {gram: place for place, gram in enumerate(self.grams)}

    @classmethod
    def fit(cls, texts: Sequence[str], variants: Sequence[str]) -> "LanguageModel":
        """Fit on normalised texts and their variant tags such as "ur-Latn"."""
        names = sorted(set(variants))
        counts = {name: Counter[str]() for name in names}
        for text, name in zip(texts, variants, strict=True):
            counts[name].update(_grams(text))
        total: Counter[str] = Counter()
        for own in counts.values():
            total.update(own)
        grams = sorted(gram for gram, n in total.items() if n >= _FEWEST)
        table = np.zeros((len(grams), len(names)))
        for column, name in enumerate(names):
            table[:, column] = [counts[name][gram] for gram in grams]
        sums = table.sum(axis=0) + _SMOOTHING * (len(grams) + 1)
        rest = np.log(_SMOOTHING / sums)
        return cls(names, grams, np.log((table + _SMOOTHING) / sums), rest)

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Return (variant or OTHER, probability) pairs of one normalised text, likeliest first.

        Probabilities sum to one. Empty when the text has no letter.
        """
        script = script_of(text)
        if script is None:
            return []
        places = [self._index[gram] for gram in _grams(text) if gram in self._index]
        scores = self.table[places].sum(axis=0) if places else np.zeros(len(self.variants))
        # Overlapping n-grams count each letter several times; tempering undoes that.
        scores = scores.astype(np.float64) / 3.0
        for column, variant in enumerate(self.variants):
            if not variant.endswith(script):
                scores[column] = -np.inf
            own = sum(sign in _OWN_LETTERS.get(variant, "") for sign in text)
            scores[column] += _LETTER_WEIGHT * min(own, _MOST_LETTERS)
            if variant not in VARIANTS:
                scores[column] += _NEIGHBOUR_PRIOR
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        found = {OTHER: 0.0}
        for variant, chance in zip(self.variants, chances.tolist(), strict=True):
            name = variant if variant in VARIANTS else OTHER
            found[name] = found.get(name, 0.0) + chance
        return sorted(found.items(), key=lambda pair: -pair[1])

    def arrays(self) -> dict[str, Any]:
        """Return the arrays for an npz file."""
        return {
            "variants": np.asarray(self.variants),
            "grams": np.asarray("\n".join(self.grams)),
            "table": self.table.astype(np.float16),
            "rest": self.rest,
        }

    @classmethod
    def from_arrays(cls, arrays: Any) -> "LanguageModel":
        """Return the model that `arrays` came from."""
        return cls(
            [str(name) for name in arrays["variants"]],
            str(arrays["grams"]).split("\n"),
            arrays["table"].astype(np.float32),
            arrays["rest"],
        )


def _grams(text: str) -> Iterable[str]:
    letters = "".join(sign if sign.isalpha() or is_gurmukhi(sign) else " " for sign in text)
    for word in letters.casefold().split():
        marked = f" {word} "
        for size in _SIZES:
            for start in range(len(marked) - size + 1):
                yield marked[start : start + size]
        yield f"={word}"

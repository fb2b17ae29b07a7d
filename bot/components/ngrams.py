"""Character n-grams of the folded text, weighted by tf-idf: what romanised and misspelt
text has in common where no encoder knows the language."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from amaan.text import fold

_SIZES: Final = (1, 2, 3, 4, 5)


class NgramVectoriser:
    """Turns texts into sparse unit vectors over a learnt vocabulary.

    N-grams do not cross words; a blank marks both ends of a word. Whole words and pairs of
    neighbours are features too. What fewer than `min_count` texts hold is left out.
    """

    def __init__(self, vocabulary: Sequence[str] = (), idf: Sequence[float] = ()) -> None:
        self.vocabulary = list(vocabulary)
        self.idf = np.asarray(idf, dtype=np.float32)
        self._index = {gram: place for place, gram in enumerate(self.vocabulary)}

    @classmethod
    def fit(cls, texts: Iterable[str], min_count: int = 2, most: int = 60_000) -> "NgramVectoriser":
        """Learn vocabulary and weights; the `most` frequent n-grams are kept."""
        counts: Counter[str] = Counter()
        total = 0
        for text in texts:
            counts.update(set(_grams(text)))
            total += 1
        kept = [(gram, n) for gram, n in counts.items() if n >= min_count]
        kept.sort(key=lambda pair: (-pair[1], pair[0]))
        kept = sorted(kept[:most])
        idf = [float(np.log((1 + total) / (1 + n)) + 1) for _, n in kept]
        return cls([gram for gram, _ in kept], idf)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return float32 (len(texts), len(vocabulary)); a row of unknown n-grams is empty."""
        data: list[float] = []
        columns: list[int] = []
        ends = [0]
        for text in texts:
            counts = Counter(
                place
                for place in (self._index.get(gram) for gram in _grams(text))
                if place is not None
            )
            places = list(counts)
            weights = np.asarray(
                [(1 + np.log(counts[p])) * self.idf[p] for p in places], dtype=np.float32
            )
            norm = float(np.linalg.norm(weights)) or 1.0
            data.extend((weights / norm).tolist())
            columns.extend(places)
            ends.append(len(columns))
        shape = (len(texts), len(self.vocabulary))
        return csr_matrix((np.asarray(data, dtype=np.float32), columns, ends), shape=shape)

    def state(self) -> dict[str, Any]:
        """Return what `from_state` needs, ready for JSON."""
        return {"vocabulary": self.vocabulary, "idf": [round(float(x), 5) for x in self.idf]}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "NgramVectoriser":
        """Return the vectoriser that `state` came from."""
        return cls(state["vocabulary"], state["idf"])


def _grams(text: str) -> Iterable[str]:
    words = fold(text).split()
    for word in words:
        marked = f" {word} "
        for size in _SIZES:
            for start in range(len(marked) - size + 1):
                yield marked[start : start + size]
        yield f"={word}"
    for left, right in pairwise(words):
        yield f"={left}_{right}"

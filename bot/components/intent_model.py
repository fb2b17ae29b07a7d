"""Which intent a message has: one linear head over encoder and n-grams."""

from collections.abc import Sequence
from typing import Any

from bot.components.features import text_row
from bot.components.linear import LinearHead
from bot.components.ngrams import NgramVectoriser


class IntentModel:
    """A fitted intent classifier; independent of Rasa, so that tuning needs no training run."""

    def __init__(self, grams: NgramVectoriser, head: LinearHead) -> None:
        self.grams = grams
        self.head = head

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: Any, intents: Sequence[str], strength: float, seed: int
    ) -> "IntentModel":
        """Fit on normalised texts, their encoder vectors (rows, 384) and their intents."""
        grams = NgramVectoriser.fit(texts)
        rows = text_row(vectors, grams.transform(texts))
        return cls(grams, LinearHead.fit(rows, intents, strength, seed))

    def ranking(self, text: str, vector: Any) -> list[tuple[str, float]]:
        """Return (intent, probability) pairs of one text, likeliest first."""
        row = text_row(vector.reshape(1, -1), self.grams.transform([text]))
        found = zip(self.head.classes, self.head.probabilities(row)[0].tolist(), strict=True)
        return sorted(found, key=lambda pair: -pair[1])

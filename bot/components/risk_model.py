"""How dangerous a message is: linear heads over encoder, n-grams and lexical rules.

Three heads: the level, and, of risky lines only, the kind and whom it is about.
Thresholds come from config.yml, where the measurement behind them is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import numpy as np
from scipy.sparse import vstack

from amaan.text import LexicalRisk, screen
from bot.components.features import risk_row
from bot.components.linear import LinearHead
from bot.components.ngrams import NgramVectoriser
from bot.lines import Line

Level = Literal["none", "elevated", "critical"]

_UNHEARD: Final = LexicalRisk("none", None, 0.0, (), "self")
_UNHEARD_WEIGHT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an alarm rings.

    `alarm`: least probability of any danger. `critical`: least share of "critical" within
    it. `lexical_critical`: least probability of danger at which a critical of the rules
    counts though the model stays below `alarm`. All 0 to 1.
    """

    alarm: float
    critical: float
    lexical_critical: float


@dataclass(frozen=True, slots=True)
class RiskFound:
    """The risk of one message, as the contract of `parse` has it."""

    level: Level
    kind: Literal["suicide", "harm"] | None
    score: float
    who: Literal["self", "other"]
    why: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "level": self.level,
            "kind": self.kind,
            "score": round(self.score, 4),
            "who": self.who,
            "why": list(self.why),
        }


class RiskModel:
    """A fitted risk classifier; independent of Rasa, so that tuning needs no training run."""

    def __init__(self, grams: NgramVectoriser, heads: dict[str, LinearHead]) -> None:
        self.grams = grams
        self.heads = heads

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: Any, lines: Sequence[Line], strength: float, seed: int
    ) -> "RiskModel":
        """Fit on normalised texts, encoder vectors (rows, 384) and the lines' labels."""
        grams = NgramVectoriser.fit(texts)
        vectorised = grams.transform(texts)
        rows = risk_row(vectors, vectorised, [screen(text) for text in texts])
        risky = np.asarray([line.is_risk for line in lines])
        dangerous = [line for line in lines if line.is_risk]
        # The rules were written by people who saw lines like these, so here they ring more
        # often than they will. Each dangerous line counts once more as if none had rung.
        unheard = risk_row(vectors[risky], vectorised[risky], [_UNHEARD] * len(dangerous))
        levels = [line.level for line in lines] + [line.level for line in dangerous]
        weights = [1.0] * len(lines) + [_UNHEARD_WEIGHT] * len(dangerous)
        heads = {
            "level": LinearHead.fit(
                vstack([rows, unheard]).tocsr(), levels, strength, seed, weights
            ),
            "kind": LinearHead.fit(rows[risky], [x.kind for x in dangerous], strength, seed),
            "who": LinearHead.fit(rows[risky], [x.who for x in dangerous], strength, seed),
        }
        return cls(grams, heads)

    def levels(self, texts: Sequence[str], vectors: Any, found: Sequence[LexicalRisk]) -> Any:
        """Return (rows, 2): probability of any danger, and the share of critical within it."""
        rows = risk_row(vectors, self.grams.transform(texts), found)
        head = self.heads["level"]
        chances = head.probabilities(rows)
        critical = chances[:, head.classes.index("critical")]
        danger = 1 - chances[:, head.classes.index("none")]
        return np.stack([danger, critical / np.maximum(danger, 1e-9)], axis=1)

    def assess(self, text: str, vector: Any, thresholds: Thresholds) -> RiskFound:
        """Return the risk of one normalised text and its encoder vector."""
        lexical = screen(text)
        matrix = np.asarray(vector).reshape(1, -1)
        danger, share = self.levels([text], matrix, [lexical])[0].tolist()
        level = decide(danger, share, lexical, thresholds)
        if level == "none":
            return RiskFound("none", None, danger, "self", ())
        row = risk_row(matrix, self.grams.transform([text]), [lexical])
        kind = cast(Literal["suicide", "harm"], self._likeliest("kind", row))
        who = cast(Literal["self", "other"], self._likeliest("who", row))
        why = (f"model: danger {danger:.2f}, critical {share:.2f}", *lexical.why)
        return RiskFound(level, kind, danger, who, why)

    def _likeliest(self, name: str, row: Any) -> str:
        head = self.heads[name]
        return head.classes[int(head.probabilities(row)[0].argmax())]


def decide(danger: float, share: float, lexical: LexicalRisk, thresholds: Thresholds) -> Level:
    """Return the level from both voices.

    The model hears the rules among its features, so it may overrule them; but where the
    rules say critical and the model is not sure of the opposite, the person is asked.
    """
    if danger >= thresholds.alarm:
        return "critical" if share >= thresholds.critical else "elevated"
    if lexical.level == "critical" and danger >= thresholds.lexical_critical:
        return "elevated"
    return "none"

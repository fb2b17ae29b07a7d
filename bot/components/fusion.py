"""Joins several voices into one calibrated probability.

Each voice is fitted on the training lines and is surer of them than of anything new: the
encoder was itself taught on them. What a voice's certainty is worth is therefore learnt on
the development lines, which no voice has seen (stacking, Wolpert 1992).
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression

Array = np.ndarray[Any, np.dtype[np.float64]]

# Certainties beyond one in a million are noise of the fit.
_SUREST: Final = 1e-6


class Fusion:
    """The probability of yes, from a row of a few numbers; `weights` is (features,)."""

    def __init__(self, weights: Any, bias: float) -> None:
        self.weights = np.asarray(weights, dtype=np.float64)
        self.bias = float(bias)

    @classmethod
    def fit(cls, rows: Any, truth: Sequence[bool] | Any, strength: float = 1.0) -> "Fusion":
        """Fit on rows (lines, features) and yes or no of each.

        Classes are not balanced: the probabilities are those of the development lines' mix.
        """
        model = LogisticRegression(C=strength, max_iter=500)
        model.fit(rows, np.asarray(truth))
        return cls(model.coef_[0], float(model.intercept_[0]))

    def probabilities(self, rows: Any) -> Array:
        """Return (lines,) probabilities."""
        scores = np.asarray(rows, dtype=np.float64) @ self.weights + self.bias
        result: Array = 1 / (1 + np.exp(-np.clip(scores, -40, 40)))
        return result

    def arrays(self, prefix: str) -> dict[str, Any]:
        """Return the arrays to put into an npz file under a prefix."""
        return {f"{prefix}.weights": self.weights, f"{prefix}.bias": np.asarray(self.bias)}

    @classmethod
    def from_arrays(cls, arrays: Any, prefix: str) -> "Fusion":
        """Return the fusion that `arrays` came from."""
        return cls(arrays[f"{prefix}.weights"], float(arrays[f"{prefix}.bias"]))


def log_odds(chances: Any) -> Array:
    """Return the log odds of probabilities, bounded."""
    bounded = np.clip(np.asarray(chances, dtype=np.float64), _SUREST, 1 - _SUREST)
    result: Array = np.log(bounded / (1 - bounded))
    return result

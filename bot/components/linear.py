"""Logistic regression: fitted with scikit-learn, kept and run as plain arrays."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

_TWO = 2

Array = np.ndarray[Any, np.dtype[np.float32]]


class LinearHead:
    """Probabilities over named classes from a sparse or dense row of features.

    `weights` is (features, classes), `bias` (classes,).
    """

    def __init__(self, classes: Sequence[str], weights: Array, bias: Array) -> None:
        self.classes = list(classes)
        self.weights = np.ascontiguousarray(weights, dtype=np.float32)
        self.bias = np.asarray(bias, dtype=np.float32)

    @classmethod
    def fit(
        cls,
        features: Any,
        labels: Sequence[str],
        strength: float,
        seed: int,
    ) -> "LinearHead":
        """Fit with balanced classes; `strength` is scikit-learn's C."""
        model = LogisticRegression(
            C=strength, max_iter=100, tol=1e-2, class_weight="balanced", random_state=seed
        )
        with warnings.catch_warnings():
            # A hundred rounds are what `make train` has time for.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(features, labels)
        coefficients, bias = model.coef_, model.intercept_
        if len(model.classes_) == _TWO:
            # One row stands for the second class; two rows of half each give the same odds.
            coefficients = np.vstack([-coefficients / 2, coefficients / 2])
            bias = np.concatenate([-bias / 2, bias / 2])
        return cls([str(name) for name in model.classes_], coefficients.T, bias)

    def probabilities(self, features: Any) -> Array:
        """Return float32 (rows, classes), each row summing to one."""
        scores = np.asarray(features @ self.weights) + self.bias
        scores -= scores.max(axis=1, keepdims=True)
        exponents = np.exp(scores)
        result: Array = exponents / exponents.sum(axis=1, keepdims=True)
        return result

    def arrays(self, prefix: str) -> dict[str, Any]:
        """Return the arrays to put into an npz file under a prefix."""
        return {
            f"{prefix}.classes": np.asarray(self.classes),
            # Half precision halves the model file and moves no probability by 0.001.
            f"{prefix}.weights": self.weights.astype(np.float16),
            f"{prefix}.bias": self.bias,
        }

    @classmethod
    def from_arrays(cls, arrays: Any, prefix: str) -> "LinearHead":
        """Return the head that `arrays` came from."""
        return cls(
            [str(name) for name in arrays[f"{prefix}.classes"]],
            arrays[f"{prefix}.weights"].astype(np.float32),
            arrays[f"{prefix}.bias"],
        )

"""How near a message is to sentences that are known: the voice that can say "unlike them all".

A linear voice is the surer the farther a message lies from its border, also where no training
line ever was; an ordinary sentence of a kind that nobody had written was taken for danger. Far
from every landmark this row is zero, and its head says no more than it does of everything.
"""

from typing import Any, Final

import numpy as np

# Measured on 3,370 development lines (23 Nov 2026), at the alarm that catches 97 in 100: without
# this voice 37.6% of the everyday lines rang and 47.6% of the hard ones, with it 25.5% and 43.2%.
# 3,000 landmarks gave no more than 1,500, widths of 3 and 20 less than 4 to 10.
_COUNT: Final = 1500
_WIDTH: Final = 6.0
# A row has few large numbers; found as `_SCALE` of features.py was, where 0.5 beat 1.
_SCALE: Final = 0.5

Array = np.ndarray[Any, np.dtype[np.float32]]


class Landmarks:
    """Encoder vectors of training lines, drawn by lot; `vectors` is (landmarks, 384), unit long."""

    def __init__(self, vectors: Any) -> None:
        self.vectors: Array = np.ascontiguousarray(vectors, dtype=np.float32)

    @classmethod
    def fit(cls, vectors: Any, seed: int) -> "Landmarks":
        """Draw them from encoder vectors (rows, 384); equal ones count once."""
        different = np.unique(np.round(vectors, 4), axis=0, return_index=True)[1]
        drawn = np.random.default_rng(seed).permutation(different)[:_COUNT]
        return cls(np.asarray(vectors)[drawn])

    def row(self, vectors: Any) -> Array:
        """Return (rows, landmarks): the largest at a landmark, zero far from it."""
        alike = np.clip(np.asarray(vectors, dtype=np.float32) @ self.vectors.T, -1, 1)
        near: Array = (_SCALE * np.exp(-2 * _WIDTH * (1 - alike))).astype(np.float32)
        return near

    def arrays(self) -> dict[str, Any]:
        """Return what to put into an npz file."""
        return {"landmarks": self.vectors.astype(np.float16)}

    @classmethod
    def from_arrays(cls, arrays: Any) -> "Landmarks":
        """Return the landmarks that `arrays` came from."""
        return cls(arrays["landmarks"])

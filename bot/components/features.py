"""The row of features that the linear models share: encoder, n-grams and, for risk, rules."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix, hstack

from amaan.text import LexicalRisk
from bot.components.linear import as_sparse

# Unit vectors are short beside one regularisation strength for all; found on the
# development lines, where 4 beat 1 and 2 for both blocks.
_SCALE: Final = 4.0

ROLES: Final = (
    "self", "risk", "other", "soft", "farewell", "idiom", "negation", "frame", "past",
    "means", "time", "honour", "fear", "kin", "exposure", "bystander",
)  # fmt: skip


def text_row(vectors: Any, grams: csr_matrix) -> csr_matrix:
    """Return encoder vectors (rows, 384) and n-grams side by side."""
    return hstack([as_sparse(vectors) * _SCALE, grams * _SCALE], format="csr")


def risk_row(vectors: Any, grams: csr_matrix, found: Sequence[LexicalRisk]) -> csr_matrix:
    """Return `text_row` with what the lexical rules found, one row per text."""
    return hstack([text_row(vectors, grams), as_sparse(lexical_row(found))], format="csr")


def lexical_row(found: Sequence[LexicalRisk]) -> Any:
    """Return float32 (rows, roles + 4): which roles rang, then level and kind."""
    rows = np.zeros((len(found), len(ROLES) + 4), dtype=np.float32)
    for place, risk in enumerate(found):
        for role in risk.roles:
            if role in ROLES:
                rows[place, ROLES.index(role)] = 1
        rows[place, -4:] = (
            risk.level == "critical",
            risk.level == "elevated",
            risk.kind == "suicide",
            risk.kind == "harm",
        )
    return rows

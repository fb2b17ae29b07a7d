"""The row of features that the linear models share: encoder, n-grams and, for risk, rules."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from amaan.text import LexicalRisk

# Unit vectors are short beside one regularisation strength for all; found on the
# development lines, where 4 beat 1 and 2 for both blocks.
_SCALE: Final = 4.0

VARIANTS: Final = (
    "bal-Arab", "bal-Latn", "en-Latn", "pa-Arab", "pa-Guru", "pa-Latn",
    "ps-Arab", "ps-Latn", "sd-Arab", "sd-Latn", "ur-Arab", "ur-Latn",
)  # fmt: skip

ROLES: Final = (
    "self", "risk", "other", "soft", "farewell", "idiom", "negation", "frame", "past",
    "means", "time", "honour", "fear", "kin", "exposure", "bystander",
)  # fmt: skip


def vector_row(vectors: Any) -> Any:
    """Return encoder vectors (rows, 384) at the scale of the linear heads."""
    return np.asarray(vectors, dtype=np.float32) * _SCALE


def gram_row(grams: csr_matrix) -> csr_matrix:
    """Return n-grams at the scale of the linear heads."""
    return grams * _SCALE


def variant_row(variants: Sequence[str]) -> Any:
    """Return float32 (rows, variants): which variant a text is in; zeros for another one.

    Half a step: with a hundred lines a variant, its own correction is to stay small.
    """
    rows = np.zeros((len(variants), len(VARIANTS)), dtype=np.float32)
    for place, variant in enumerate(variants):
        if variant in VARIANTS:
            rows[place, VARIANTS.index(variant)] = 0.5
    return rows


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

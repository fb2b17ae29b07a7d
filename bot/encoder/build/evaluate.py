"""Judges an encoder by what the service does with it: linear heads over its vectors.

Each encoder is judged through the exported int8 model, beside the same character
n-grams and the same logistic regression, on the development split.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bot.encoder.build.lines import Line

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Result:
    """What a set of features reaches on the development lines; shares from 0 to 1."""

    auc: float
    """Area under the curve, risk (elevated or critical) against none."""
    recall_at_5: float
    """Risk recall where 5% of the lines without risk ring."""
    recall_at_1: float
    """The same at 1%."""
    worst_recall: float
    """Recall at 5% in the variant where it is lowest."""
    kind: float
    """Share of risk lines whose kind (suicide or harm) is right."""
    intent: float
    """Intent accuracy."""
    worst_intent: float
    """Intent accuracy in the variant where it is lowest."""


def recall_at(scores: Floats, risky: npt.NDArray[np.bool_], alarms: float) -> float:
    """Return the recall at the threshold where the share ``alarms`` of safe lines rings."""
    threshold = np.quantile(scores[~risky], 1.0 - alarms)
    return float((scores[risky] > threshold).mean())


def judge(
    training: list[Line], development: list[Line], vectors: tuple[Floats, Floats] | None,
    *, characters: bool,
) -> Result:  # fmt: skip
    """Fit the linear heads on ``training`` and measure them on ``development``.

    ``vectors`` holds the encoder's rows for both lists, or None to leave them out.
    """
    fit, test = _features(training, development, vectors, characters=characters)
    risky = np.array([line.is_risk for line in development])
    labels = [line.is_risk for line in training]
    scores = _logistic().fit(fit, labels).predict_proba(test)[:, 1]
    intents = _logistic().fit(fit, [line.intent for line in training]).predict(test)
    right = intents == np.array([line.intent for line in development])
    at = [i for i, line in enumerate(training) if line.is_risk]
    kinds = _logistic().fit(fit[at], [training[i].kind for i in at]).predict(test[risky])
    true_kinds = np.array([line.kind for line in development])[risky]
    caught = scores > np.quantile(scores[~risky], 0.95)
    return Result(
        auc=float(roc_auc_score(risky, scores)),
        recall_at_5=recall_at(scores, risky, 0.05),
        recall_at_1=recall_at(scores, risky, 0.01),
        worst_recall=_worst([line for line in development if line.is_risk], caught[risky]),
        kind=float((kinds == true_kinds).mean()),
        intent=float(right.mean()),
        worst_intent=_worst(development, right),
    )


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000)


def _features(
    training: list[Line], development: list[Line], vectors: tuple[Floats, Floats] | None,
    *, characters: bool,
) -> tuple[csr_matrix, csr_matrix]:  # fmt: skip
    blocks: list[tuple[csr_matrix, csr_matrix]] = []
    if vectors is not None:
        # Frozen e5 vectors all point one way (cosine 0.7 and more), so they are
        # centred and scaled before a regularised model sees them.
        mean, spread = vectors[0].mean(axis=0), vectors[0].std(axis=0) + 1e-6
        scaled = [(part - mean) / spread / np.sqrt(part.shape[1]) for part in vectors]
        blocks.append((csr_matrix(scaled[0]), csr_matrix(scaled[1])))
    if characters:
        grams = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(1, 4), min_df=2, sublinear_tf=True
        )
        fit = grams.fit_transform([line.text for line in training])
        blocks.append((fit, grams.transform([line.text for line in development])))
    fits, tests = zip(*blocks, strict=True)
    return hstack(fits, format="csr"), hstack(tests, format="csr")


def _worst(lines: list[Line], right: npt.NDArray[np.bool_]) -> float:
    by_variant: dict[str, list[bool]] = defaultdict(list)
    for line, hit in zip(lines, right, strict=True):
        by_variant[line.variant].append(bool(hit))
    return min(float(np.mean(hits)) for hits in by_variant.values())

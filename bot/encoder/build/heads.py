"""The three questions the encoder learns from, and how their answers are weighed.

The heads are thrown away after training: the service fits its own linear
classifiers on the vectors. They stand on the unit vector that is shipped, so
what they pull apart stays apart for whoever reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from bot.encoder.build.lines import KINDS, LEVELS, Line

# Both danger levels count double: they are a sixth of the lines and the reason for all of them.
LEVEL_WEIGHTS = (1.0, 2.0, 2.0)
# Softmax sharpness for unit vectors against unit prototypes (NormFace, arXiv 1704.06369).
SHARPNESS = 16.0
LABEL_SMOOTHING = 0.05
CONTRAST_TEMPERATURE = 0.1


@dataclass(frozen=True)
class Targets:
    """Class numbers of a batch, each int64 (batch,)."""

    intent: Tensor
    level: Tensor
    kind: Tensor

    @classmethod
    def of(cls, lines: list[Line], intents: list[str]) -> Targets:
        """Number the labels of ``lines``; ``intents`` gives the order."""
        return cls(
            torch.tensor([intents.index(line.intent) for line in lines]),
            torch.tensor([LEVELS.index(line.level) for line in lines]),
            torch.tensor([KINDS.index(line.kind) for line in lines]),
        )


@dataclass(frozen=True)
class Weights:
    """How much each loss counts in the sum."""

    intent: float = 1.0
    level: float = 1.0
    kind: float = 0.5
    contrast: float = 0.1


class Heads(nn.Module):
    """Cosine classifiers for intent, risk level and kind over unit vectors."""

    def __init__(self, hidden: int, intents: int) -> None:
        super().__init__()
        self.intent = nn.Parameter(torch.randn(intents, hidden))
        self.level = nn.Parameter(torch.randn(len(LEVELS), hidden))
        self.kind = nn.Parameter(torch.randn(len(KINDS), hidden))

    def loss(self, vectors: Tensor, targets: Targets, weights: Weights) -> Tensor:
        """Return the weighted sum of the losses for unit ``vectors`` (batch, hidden)."""
        intent = functional.cross_entropy(
            _scores(vectors, self.intent), targets.intent, label_smoothing=LABEL_SMOOTHING
        )
        level = functional.cross_entropy(
            _scores(vectors, self.level), targets.level, weight=torch.tensor(LEVEL_WEIGHTS)
        )
        kind = functional.cross_entropy(_scores(vectors, self.kind), targets.kind)
        total = weights.intent * intent + weights.level * level + weights.kind * kind
        if weights.contrast:
            total = total + weights.contrast * contrast(vectors, targets.intent)
        return total

    def risk(self, vectors: Tensor) -> Tensor:
        """Return the probability (batch,) that the level is not none."""
        return 1.0 - torch.softmax(_scores(vectors, self.level), dim=-1)[:, 0]


def contrast(vectors: Tensor, classes: Tensor) -> Tensor:
    """Supervised contrastive loss: lines of one intent draw together, across languages.

    Source: Khosla et al. 2020, arXiv 2004.11362, equation 2. Lines without a
    partner in the batch do not count; a batch without any pair gives 0.
    """
    itself = torch.eye(len(classes), dtype=torch.bool)
    similar = (vectors @ vectors.T / CONTRAST_TEMPERATURE).masked_fill(itself, -1e4)
    partners = (classes[:, None] == classes[None, :]) & ~itself
    log_share = similar - torch.logsumexp(similar, dim=1, keepdim=True)
    counts = partners.sum(dim=1)
    per_line = -(log_share * partners).sum(dim=1) / counts.clamp(min=1)
    return per_line.sum() / (counts > 0).sum().clamp(min=1)


def _scores(vectors: Tensor, prototypes: Tensor) -> Tensor:
    return SHARPNESS * vectors @ functional.normalize(prototypes, dim=-1).T

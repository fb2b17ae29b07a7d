"""The training loop: batches, learning rates, early choice. Knows no files.

Everything random hangs on one seed, and the same seed on the same machine gives
the same weights.
"""

from __future__ import annotations

import copy
import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from bot.encoder.build.evaluate import recall_at
from bot.encoder.build.heads import Heads, Targets, Weights
from bot.encoder.build.lines import Line
from bot.encoder.build.network import Encoder
from bot.encoder.build.noise import spoil
from bot.encoder.runtime import MAX_TOKENS, PREFIX

# Lines of like length are batched together out of pools of this many batches.
POOL_BATCHES = 24
# Lines whose mean vectors are the heads' starting points: a dozen an intent is enough.
START_LINES = 450


@dataclass(frozen=True)
class Recipe:
    """Every number of a training run."""

    seed: int = 20261121
    epochs: int = 4
    batch: int = 16
    rate: float = 1.5e-4
    """Highest learning rate of the top layer; each layer below gets `decay` of it."""
    decay: float = 0.9
    head_rate: float = 5e-3
    warm_share: float = 0.06
    """Share of the steps over which the rate rises."""
    frozen_epochs: int = 1
    """Epochs before the word rows learn too; more than `epochs` keeps them frozen."""
    word_rate: float = 1e-4
    spoil_share: float = 0.4
    """Share of the texts that are spoilt anew each time they are shown."""
    weight_decay: float = 0.01
    short: bool = False
    """Multiply in bfloat16 (weights and sums stay float32): 1.6 times as fast where the
    processor has it (0.37 s a step against 0.59 s side by side, 2 cores with AVX512-BF16)."""
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True)
class Progress:
    """What is reported after each epoch."""

    epoch: int
    loss: float
    recall: float
    """Development risk recall at 5% false alarms, by the risk head itself."""
    auc: float
    seconds: float


def train(
    encoder: Encoder, tokenizer: Tokenizer, training: list[Line], development: list[Line],
    recipe: Recipe, report: Callable[[Progress], None],
) -> Encoder:  # fmt: skip
    """Fine-tune ``encoder`` in place and return it with the best epoch's weights.

    Best means the highest development risk recall at 5% false alarms, ties by area
    under the curve.
    """
    torch.manual_seed(recipe.seed)
    chance = random.Random(recipe.seed)
    intents = sorted({line.intent for line in training})
    heads = Heads(encoder.config["hidden_size"], len(intents))
    some = chance.sample(training, min(len(training), START_LINES))
    _start_prototypes(encoder, tokenizer, heads, some, intents)
    optimiser = _optimiser(encoder, heads, recipe)
    steps = recipe.epochs * math.ceil(len(training) / recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: _rate_share(step, steps, recipe.warm_share)
    )
    best, best_weights = (-1.0, -1.0), encoder.state_dict()
    for epoch in range(recipe.epochs):
        started = time.monotonic()
        encoder.words.requires_grad_(epoch >= recipe.frozen_epochs)
        loss = _epoch(encoder, tokenizer, heads, training, intents, optimiser, schedule,
                      recipe, chance)  # fmt: skip
        recall, auc = _risk_on(encoder, tokenizer, heads, development)
        seconds = time.monotonic() - started
        report(Progress(epoch + 1, loss, recall, auc, seconds))
        if (recall, auc) > best:
            best, best_weights = (recall, auc), copy.deepcopy(encoder.state_dict())
    encoder.load_state_dict(best_weights)
    return encoder.eval()


def _epoch(
    encoder: Encoder, tokenizer: Tokenizer, heads: Heads, training: list[Line],
    intents: list[str], optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler, recipe: Recipe, chance: random.Random,
) -> float:  # fmt: skip
    """Show every line once and return the mean loss."""
    encoder.train()
    losses = []
    for lines in batches(training, recipe.batch, chance):
        inputs = _inputs(tokenizer, _texts(lines, recipe.spoil_share, chance))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.short):
            vectors = encoder(*inputs)
        loss = heads.loss(vectors.float(), Targets.of(lines, intents), recipe.weights)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(_parameters(optimiser), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def batches(lines: list[Line], size: int, chance: random.Random) -> Iterator[list[Line]]:
    """Yield every line once in batches of like length, in a new order each time."""
    order = lines[:]
    chance.shuffle(order)
    pool = size * POOL_BATCHES
    for start in range(0, len(order), pool):
        near = sorted(order[start : start + pool], key=lambda line: len(line.text))
        groups = [near[at : at + size] for at in range(0, len(near), size)]
        chance.shuffle(groups)
        yield from groups


def vectors_of(encoder: Encoder, tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    """Return unit vectors (len(texts), hidden) without gradients, in the given order."""
    encoder.eval()
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    rows: list[Tensor] = []
    with torch.no_grad():
        for start in range(0, len(order), 32):
            part = [texts[at] for at in order[start : start + 32]]
            rows.append(encoder(*_inputs(tokenizer, part)))
    back = torch.empty(len(order), dtype=torch.int64)
    back[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(rows)[back]


def _inputs(tokenizer: Tokenizer, texts: list[str]) -> tuple[Tensor, Tensor]:
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
    encoded = tokenizer.encode_batch([PREFIX + text.strip() for text in texts])
    ids = torch.tensor([entry.ids for entry in encoded])
    return ids, torch.tensor([entry.attention_mask for entry in encoded])


def _texts(lines: list[Line], share: float, chance: random.Random) -> list[str]:
    return [
        spoil(line.text, chance) if chance.random() < share else line.text for line in lines
    ]


def _start_prototypes(
    encoder: Encoder, tokenizer: Tokenizer, heads: Heads, lines: list[Line], intents: list[str]
) -> None:
    """Start each class's prototype at its lines' mean, so that early steps do no harm."""
    vectors = vectors_of(encoder, tokenizer, [line.text for line in lines])
    centre = vectors.mean(dim=0)
    targets = Targets.of(lines, intents)
    for prototypes, classes in (
        (heads.intent, targets.intent), (heads.level, targets.level), (heads.kind, targets.kind)
    ):  # fmt: skip
        for number in range(len(prototypes)):
            if (classes == number).any():
                prototypes.data[number] = vectors[classes == number].mean(dim=0) - centre


def _optimiser(encoder: Encoder, heads: Heads, recipe: Recipe) -> torch.optim.Optimizer:
    depth = len(encoder.layers)
    groups = [
        {"params": list(layer.parameters()), "lr": recipe.rate * recipe.decay ** (depth - 1 - at)}
        for at, layer in enumerate(encoder.layers)
    ]
    lowest = recipe.rate * recipe.decay**depth
    groups += [
        {"params": [encoder.positions, *encoder.norm.parameters()], "lr": lowest},
        {"params": list(encoder.words.parameters()), "lr": recipe.word_rate, "weight_decay": 0.0},
        {"params": list(heads.parameters()), "lr": recipe.head_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, weight_decay=recipe.weight_decay, fused=True)


def _rate_share(step: int, steps: int, warm_share: float) -> float:
    warm = max(1, int(steps * warm_share))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1.0 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _parameters(optimiser: torch.optim.Optimizer) -> list[Tensor]:
    return [each for group in optimiser.param_groups for each in group["params"]]


def _risk_on(
    encoder: Encoder, tokenizer: Tokenizer, heads: Heads, lines: list[Line]
) -> tuple[float, float]:
    with torch.no_grad():
        scores = heads.risk(vectors_of(encoder, tokenizer, [line.text for line in lines])).numpy()
    risky = np.array([line.is_risk for line in lines])
    below = (scores[risky][:, None] > scores[~risky][None, :]).mean()
    return recall_at(scores.astype(np.float64), risky, 0.05), float(below)

"""`python -m bot.tune`: figures on the development lines, to choose the thresholds by.

Fits on the rest of the training lines, prints what each threshold would do, changes
nothing. The rules were written with these lines in sight, so their help is overstated
here: the second table has them silenced, and the truth lies between.
"""

import sys
from typing import Any

import numpy as np

from amaan.text import LexicalRisk, normalise, screen
from bot.components.encoder import encode_cached
from bot.components.features import text_row
from bot.components.intent_model import IntentModel
from bot.components.risk_model import RiskModel
from bot.encoder import SentenceEncoder
from bot.lines import Line, is_development, read_lines
from bot.settings import BOT, TRAINING_LINES

_ALARMS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
_UNDERSTOOD = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
_SURE = 0.5
_SILENT = LexicalRisk("none", None, 0.0, (), "self")


def main() -> int:
    """Print the tables. Returns the exit status."""
    lines = read_lines(TRAINING_LINES)
    texts = [normalise(line.text) for line in lines]
    vectors = encode_cached(SentenceEncoder(BOT / "encoder"), texts)
    held = np.asarray([is_development(line.text) for line in lines])
    fitted = [i for i, out in enumerate(held) if not out]
    kept = [i for i, out in enumerate(held) if out]
    risk_tables(lines, texts, vectors, fitted, kept)
    intent_table(lines, texts, vectors, fitted, kept)
    return 0


def risk_tables(
    lines: list[Line], texts: list[str], vectors: Any, fitted: list[int], kept: list[int]
) -> None:
    """Print recall and false alarms by alarm threshold."""
    chosen = [lines[i] for i in fitted]
    model = RiskModel.fit([texts[i] for i in fitted], vectors[fitted], chosen, 1.0, 7)
    words = [texts[i] for i in kept]
    risky = np.asarray([lines[i].is_risk for i in kept])
    critical = np.asarray([lines[i].level == "critical" for i in kept])
    hard = np.asarray([lines[i].part == "hard" for i in kept])
    for name, found in (
        ("rules", [screen(w) for w in words]),
        ("silenced", [_SILENT] * len(words)),
    ):
        levels = model.levels(words, vectors[kept], found)
        print(f"risk, {name}: alarm  recall  critical  hard  other  | sure if critical, elevated")
        for alarm in _ALARMS:
            rang, sure = levels[:, 0] >= alarm, levels[:, 1] >= _SURE
            figures = (
                rang[risky], rang[critical], rang[hard & ~risky], rang[~risky & ~hard],
                sure[critical & rang], sure[risky & ~critical & rang],
            )  # fmt: skip
            print(f"{alarm:>20.2f}  " + "  ".join(f"{part.mean():.3f}" for part in figures))


def intent_table(
    lines: list[Line], texts: list[str], vectors: Any, fitted: list[int], kept: list[int]
) -> None:
    """Print intent accuracy and what each threshold of understanding turns away."""
    intents = [lines[i].intent for i in fitted]
    model = IntentModel.fit([texts[i] for i in fitted], vectors[fitted], intents, 1.0, 7)
    rows = text_row(vectors[kept], model.grams.transform([texts[i] for i in kept]))
    chances = model.head.probabilities(rows)
    named = np.asarray(model.head.classes)[chances.argmax(axis=1)]
    right = named == np.asarray([lines[i].intent for i in kept])
    print(f"intents: accuracy {right.mean():.3f}; turned away of right, of wrong:")
    for least in _UNDERSTOOD:
        low = chances.max(axis=1) < least
        print(f"{least:>20.2f}  {low[right].mean():.3f}  {low[~right].mean():.3f}")


if __name__ == "__main__":
    sys.exit(main())

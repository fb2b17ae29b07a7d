"""`python -m bot.tune`: figures on the development lines, to choose the thresholds by.

Fits the voices on the rest of the training lines, as training does, and the fusion on four
fifths of the development lines at a time; so each figure is of lines that nothing had seen.
Prints what each threshold would do and changes nothing.

With --errors it also prints the place (file and row) of what the thresholds of config.yml
miss or ring at wrongly, worst first; never a text.
"""

import sys
from typing import Any, Final

import numpy as np
import yaml
from sklearn.model_selection import StratifiedKFold

from amaan.text import LexicalRisk, normalise, screen, undisguised
from bot.components.encoder import encode_cached
from bot.components.intent_model import IntentModel
from bot.components.risk_model import RiskModel, Voices
from bot.encoder import SentenceEncoder
from bot.lines import Line, is_development, read_rows
from bot.matter import MATTERS, beside_danger
from bot.settings import BOT, ROOT, TRAINING_LINES

_ALARMS: Final = (0.02, 0.03, 0.05, 0.08, 0.09, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
_UNDERSTOOD: Final = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
_SHARES: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_FOLDS: Final = 5
_SILENT: Final = LexicalRisk("none", None, 0.0, (), "self")
Array = np.ndarray[Any, np.dtype[Any]]


class Split:
    """Training and development lines with texts, vectors and places."""

    def __init__(self) -> None:
        """Read and encode everything."""
        rows = [*read_rows(TRAINING_LINES)]
        self.lines: list[Line] = [line for _, line in rows]
        self.places = [f"{x.variant}/{x.part}.tsv:{number}" for number, x in rows]
        self.texts = [normalise(line.text) for line in self.lines]
        read = [undisguised(text) for text in self.texts]
        self.vectors = encode_cached(SentenceEncoder(BOT / "encoder"), read)
        held = np.asarray([is_development(line.text) for line in self.lines])
        self.fitted, self.kept = np.flatnonzero(~held), np.flatnonzero(held)

    def part(self, places: Any) -> tuple[list[str], Any, list[Line]]:
        """Return (texts, vectors, lines) of some places."""
        return (
            [self.texts[i] for i in places],
            self.vectors[places],
            [self.lines[i] for i in places],
        )


def main(arguments: list[str]) -> int:
    """Print the tables. Returns the exit status."""
    split = Split()
    voices = Voices.fit(*split.part(split.fitted), 1.0, 7)
    heard = unseen_levels(split, voices, silent=False)
    risk_table("rules heard", split, heard)
    risk_table("rules silenced", split, unseen_levels(split, voices, silent=True))
    variant_table(split, heard, _configured()["alarm"])
    if "--errors" in arguments:
        errors(split, heard, _configured()["alarm"])
    model = intent_table(split)
    matter_table(split, model, heard[:, 0] >= _configured()["alarm"])
    return 0


def unseen_levels(split: Split, voices: Voices, *, silent: bool) -> Array:
    """Return (development lines, 4): danger, share of critical, and the same two of the rules."""
    texts, vectors, lines = split.part(split.kept)
    risky = np.asarray([line.is_risk for line in lines])
    result = np.zeros((len(lines), 2))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=7)
    for seen, unseen in folds.split(result, risky):
        model = RiskModel.fit(
            voices, [texts[i] for i in seen], vectors[seen], [lines[i] for i in seen]
        )
        words = [texts[i] for i in unseen]
        found = [_SILENT if silent else screen(word) for word in words]
        tags = [lines[i].variant for i in unseen]
        result[unseen] = model.levels(words, vectors[unseen], tags, found)
    return result


def risk_table(name: str, split: Split, levels: Array) -> None:
    """Print recall and false alarms by alarm threshold."""
    lines = [split.lines[i] for i in split.kept]
    risky = np.asarray([line.is_risk for line in lines])
    critical = np.asarray([line.level == "critical" for line in lines])
    hard = np.asarray([line.part == "hard" for line in lines])
    daily = np.asarray([line.part == "everyday" for line in lines])
    print(
        f"risk, {name}: alarm  recall  critical  hard  everyday  intents"
        "  | called critical of critical, of elevated, of harmless"
    )
    for alarm in _ALARMS:
        rang = levels[:, 0] >= alarm
        worst = rang & (levels[:, 1] >= _configured()["critical"])
        figures = (
            rang[risky], rang[critical], rang[hard], rang[daily], rang[~risky & ~hard & ~daily],
            worst[critical], worst[risky & ~critical], worst[~risky],
        )  # fmt: skip
        print(f"{alarm:>20.2f}  " + "  ".join(f"{part.mean():.3f}" for part in figures))


def variant_table(split: Split, levels: Array, alarm: float) -> None:
    """Print recall and false alarms of each variant at the threshold in use."""
    tags = np.asarray([split.lines[i].variant for i in split.kept])
    risky = np.asarray([split.lines[i].is_risk for i in split.kept])
    hard = np.asarray([split.lines[i].part == "hard" for i in split.kept])
    rang = levels[:, 0] >= alarm
    print(f"at {alarm}: recall, alarms on hard negatives, on others")
    for tag in sorted(set(tags)):
        own = tags == tag
        parts = (rang[own & risky], rang[own & hard], rang[own & ~risky & ~hard])
        print(f"{tag:>20}  " + "  ".join(f"{part.mean():.3f}" for part in parts))


def errors(split: Split, levels: Array, alarm: float) -> None:
    """Print the places of misses and false alarms, the surest mistakes first."""
    order = np.argsort(levels[:, 0])
    risky = np.asarray([split.lines[i].is_risk for i in split.kept])
    for at in order:
        if risky[at] and levels[at, 0] < alarm:
            print(f"missed {levels[at, 0]:.3f} {split.places[split.kept[at]]}")
    for at in order[::-1]:
        if not risky[at] and levels[at, 0] >= alarm:
            print(f"wrongly {levels[at, 0]:.3f} {split.places[split.kept[at]]}")


def intent_table(split: Split) -> IntentModel:
    """Print intent accuracy and what each threshold of understanding turns away."""
    texts, vectors, lines = split.part(split.fitted)
    model = IntentModel.fit(texts, vectors, [line.intent for line in lines], 1.0, 7)
    words, unseen, kept = split.part(split.kept)
    rankings = [model.ranking(word, vector)[0] for word, vector in zip(words, unseen, strict=True)]
    right = np.asarray(
        [named == line.intent for (named, _), line in zip(rankings, kept, strict=True)]
    )
    sure = np.asarray([chance for _, chance in rankings])
    plain = np.asarray([line.part == "intents" for line in kept])
    print(f"intents: accuracy {right.mean():.3f}, of intents.tsv {right[plain].mean():.3f}; "
          "turned away of right, of wrong:")  # fmt: skip
    for least in _UNDERSTOOD:
        low = sure < least
        print(f"{least:>20.2f}  {low[right].mean():.3f}  {low[~right].mean():.3f}")
    return model


def matter_table(split: Split, model: IntentModel, rang: Array) -> None:
    """Print how often the matter of a false alarm is named, and rightly, by the share it needs."""
    words, vectors, lines = split.part(split.kept)
    wrongly = [at for at, line in enumerate(lines) if rang[at] and line.intent in MATTERS]
    ranked = [(lines[at].intent, model.ranking(words[at], vectors[at])) for at in wrongly]
    print(f"matters of {len(ranked)} false alarms: share, named, of these rightly")
    for share in _SHARES:
        named = [(truth, beside_danger(ranking, share)) for truth, ranking in ranked]
        told = [truth == matter for truth, matter in named if matter is not None]
        print(f"{share:>20.2f}  {len(told)}  {np.mean(told):.3f}")


def _configured() -> dict[str, Any]:
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    return next(dict(step) for step in pipeline if step["name"].endswith("RiskClassifier"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

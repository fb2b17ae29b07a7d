"""A stock Rasa project with our training lines: what everybody would start from."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.lines import Line

# The pipeline that Rasa 3.6.21 proposes in the config.yml of `rasa init`, as far as it
# tells intents. DIET has its default settings but for the epochs (its default is 300,
# `rasa init` proposes 100), which are time, and a seed, so that a second run says the same.
_CONFIG: Final = """\
recipe: default.v1
language: ur
assistant_id: stock
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    random_seed: 7
"""

MODEL: Final = "stock.tar.gz"


def write_project(folder: Path, lines: Sequence[Line], epochs: int) -> None:
    """Write config.yml and nlu.json, lines with nothing but their intent.

    JSON, because in Rasa's YAML brackets in a line would be read as entities. Rasa keeps
    a text that stands in two variants once.
    """
    examples = [{"text": line.text, "intent": line.intent} for line in lines]
    data = {"rasa_nlu_data": {"common_examples": examples}}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yml").write_text(_CONFIG.format(epochs=epochs), encoding="utf-8")
    (folder / "nlu.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def training_command(python: str) -> list[str]:
    """Return the command that trains in the project's folder, into the file MODEL there."""
    return [
        python, "-m", "rasa", "train", "nlu",
        "--config", "config.yml", "--nlu", "nlu.json", "--out", ".",
        "--fixed-model-name", MODEL.removesuffix(".tar.gz"),
    ]  # fmt: skip

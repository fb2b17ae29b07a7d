"""`make train`: trains the one model, unless nothing that it is made of has changed.

The model file is replaced at once, so a server that starts meanwhile never sees half.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.errors import BotError
from bot.settings import BOT, MODEL, MODELS, ROOT, quiet_environment

STAMP = MODELS / "amaan.sha256"


def main(arguments: list[str]) -> int:
    """Train when needed, or always with --force. Returns the exit status."""
    quiet_environment()
    # Hashes of sets and dictionaries must be the same in each run.
    if os.environ.get("PYTHONHASHSEED") != "7":
        os.environ["PYTHONHASHSEED"] = "7"
        # Our own interpreter and module; hashing cannot be changed in a running one.
        os.execv(sys.executable, [sys.executable, "-m", "bot.train", *arguments])  # noqa: S606
    os.chdir(ROOT)
    try:
        stamp = fingerprint()
        if "--force" not in arguments and is_current(stamp):
            print("The model is up to date.", file=sys.stderr)
            return 0
        train(stamp)
    except BotError as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    return 0


def fingerprint() -> str:
    """Return a hash of everything that the model is made of."""
    total = hashlib.sha256()
    for path in _sources():
        total.update(str(path.relative_to(ROOT)).encode("utf-8"))
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_current(stamp: str) -> bool:
    """Tell whether the model file was made from just this."""
    return MODEL.is_file() and STAMP.is_file() and STAMP.read_text().strip() == stamp


def train(stamp: str) -> None:
    """Train and put the model into its place. Raises BotError when Rasa made none."""
    from rasa.model_training import train as rasa_train

    from bot.lines import read_lines
    from bot.loading import quiet_logs
    from bot.settings import TRAINING_LINES

    quiet_logs()
    # Read once before, so that a malformed line ends the run in a second and by its place.
    print(f"Training on {len(read_lines(TRAINING_LINES))} lines.", file=sys.stderr)
    MODELS.mkdir(exist_ok=True)
    result = rasa_train(
        domain=str(BOT / "domain"),
        config=str(ROOT / "config.yml"),
        training_files=[str(BOT / "rules")],
        output=str(MODELS / "new"),
        fixed_model_name="amaan",
        force_training=True,
    )
    if result.code != 0 or not result.model:
        raise BotError("Rasa made no model; see the lines above")
    Path(result.model).replace(MODEL)
    STAMP.write_text(stamp + "\n")
    print(f"Trained models/{MODEL.name}, {MODEL.stat().st_size / 1e6:.1f} MB.", file=sys.stderr)


def _sources() -> Iterator[Path]:
    yield ROOT / "config.yml"
    folders = (
        (ROOT / "nlu_data" / "train", "*/*.tsv"),
        (ROOT / "nlu_data" / "lexicons", "**/*.*"),
        (ROOT / "amaan" / "text", "*.py"),
        (ROOT / "locales", "*/amaan.po"),
        (BOT / "domain", "*.yml"),
        (BOT / "rules", "*.yml"),
        (BOT / "components", "*.py"),
        (BOT / "policies", "*.py"),
    )
    for folder, pattern in folders:
        yield from sorted(path for path in folder.glob(pattern) if path.is_file())
    for name in ("importer.py", "lines.py", "encoder/encoder.onnx", "encoder/tokenizer.json"):
        yield BOT / name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

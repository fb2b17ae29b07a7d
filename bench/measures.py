"""The measures, each a generator of figures; bars are those of the design, section 8."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bench import child, hostile, stock
from bench.figures import BenchError, Figure, percentile
from bench.processes import Ran, run
from bench.sample import pick
from bot.lines import read_lines
from bot.settings import BOT, MODEL, ROOT, TRAINING_LINES

P50_BAR: Final = 30
P99_BAR: Final = 100
HOSTILE_BAR: Final = 100
PARSE_LINES: Final = 1_000
PARSE_BAR: Final = 60

_ENCODER: Final = ("encoder.onnx", "tokenizer.json")
# What bot/train.py reads; the copy trains with empty caches and leaves models/ alone.
_COPIED: Final = ("bot", "amaan", "locales", "nlu_data/train", "nlu_data/lexicons")
_DIET_LIMIT_SECONDS: Final = 6 * 3_600


class Measures:
    """Takes measures with one scratch folder for all of them."""

    def __init__(self, scratch: Path, epochs: int) -> None:
        """`epochs` are DIET's."""
        self._scratch = scratch
        self._epochs = epochs

    def screening(self) -> Iterator[Figure]:
        """Yield the time of one message, of ordinary people and of hostile ones."""
        _say(f"Screening {child.SAMPLE} test lines and {len(hostile.texts())} hostile texts ...")
        found = self._child("screen")
        spent = found["milliseconds"]
        note = f"{len(spent)} test lines"
        yield Figure("screening_p50", _round(percentile(spent, 50)), "ms", P50_BAR, note)
        yield Figure("screening_p99", _round(percentile(spent, 99)), "ms", P99_BAR, note)
        bad = found["hostile"]
        yield Figure("hostile_worst", _round(bad["worst"]), "ms", HOSTILE_BAR, bad["worst_kind"])
        note = f"{bad['median_kind']}, median of {child.REPEATS}"
        yield Figure("hostile_worst_median", _round(bad["median"]), "ms", None, note)

    def sizes(self) -> Iterator[Figure]:
        """Yield what lies in memory and on disk."""
        _say("Memory of a process with the model ...")
        note = f"after {child.HELD} messages"
        yield Figure("memory", _round(self._child("hold")["mb"]), "MB", None, note)
        yield Figure("model_file", _size(MODEL), "MB")
        encoder = sum(_size(BOT / "encoder" / name) for name in _ENCODER)
        yield Figure("encoder_files", _round(encoder), "MB", None, " + ".join(_ENCODER))

    def parse(self) -> Iterator[Figure]:
        """Yield the time of `make parse` with 1,000 lines, loading included."""
        _say(f"Parsing {PARSE_LINES} lines ...")
        lines = pick(read_lines(child.TEST_LINES), PARSE_LINES)
        source, target = self._scratch / "lines.jsonl", self._scratch / "parsed.jsonl"
        rows = [{"id": number, "text": line.text} for number, line in enumerate(lines)]
        source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        ran = self._run("bot.parse", source=source, target=target)
        check_parsed(target.read_text(encoding="utf-8"), len(rows))
        note = f"{len(rows) / ran.seconds:.1f} lines a second, loading included"
        yield Figure(f"parse_{PARSE_LINES}_lines", _round(ran.seconds), "s", PARSE_BAR, note)

    def training(self) -> Iterator[Figure]:
        """Yield what training costs, in a copy with nothing cached."""
        _say("Training our model in a copy (minutes) ...")
        copy = self._scratch / "copy"
        for name in _COPIED:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        shutil.copy2(ROOT / "config.yml", copy)
        ran = self._run("bot.train", "--force", cwd=copy)
        yield from _trained("training", ran, "nothing cached")

    def side_by_side(self, ours: Sequence[Figure]) -> Iterator[Figure]:
        """Yield stock Rasa's figures beside ours; `ours` are the figures so far."""
        lines = read_lines(TRAINING_LINES)
        _say(f"Training stock Rasa, {len(lines)} lines, {self._epochs} epochs (long) ...")
        folder = self._scratch / "stock"
        stock.write_project(folder, lines, self._epochs)
        command = stock.training_command(sys.executable)
        log = self._scratch / "stock.log"
        ran = run(command, cwd=folder, log=log, limit_seconds=_DIET_LIMIT_SECONDS)
        model = folder / stock.MODEL
        if not model.is_file():
            raise BenchError("stock Rasa made no model")
        figures = [
            Figure("stock_epochs", self._epochs, "epochs", None, "DIET; its default is 300"),
            *_trained("stock_training", ran, "intents only"),
            Figure("stock_model_file", _size(model), "MB"),
        ]
        _say("Memory of a process with the stock model ...")
        figures.append(Figure("stock_memory", _round(self._child("hold", model)["mb"]), "MB"))
        _say(f"Both, message by message in turn, {child.SAMPLE} test lines ...")
        figures += compared(self._child("side-by-side", model))
        yield from figures
        yield from ratios([*ours, *figures])

    def _child(self, task: str, *models: Path) -> dict[str, Any]:
        result = self._scratch / f"{task}.json"
        self._run("bench.child", task, str(result), *map(str, models))
        found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return found

    def _run(self, module: str, *arguments: str, cwd: Path = ROOT, **ends: Path) -> Ran:
        command = [sys.executable, "-m", module, *arguments]
        return run(command, cwd=cwd, log=self._scratch / f"{module}.log", **ends)  # type: ignore[arg-type]  # paths only


def check_parsed(written: str, count: int) -> None:
    """Raise BenchError unless every line was answered, in order and without error."""
    rows = [json.loads(row) for row in written.splitlines()]
    if [row["id"] for row in rows] != list(range(count)):
        raise BenchError(f"parse answered {len(rows)} of {count} lines, or not in order")
    bad = sum("error" in row for row in rows)
    if bad:
        raise BenchError(f"parse could not read {bad} of {count} test lines")


def compared(found: dict[str, Any]) -> list[Figure]:
    """Return accuracy and times of both from what `child side-by-side` wrote."""
    figures = []
    for name in ("ours", "stock"):
        rows = found[name]
        spent = [row[0] for row in rows]
        right = [
            (said == intent, is_risk)
            for (_, said), (intent, is_risk) in zip(rows, found["lines"], strict=True)
        ]
        plain = [yes for yes, is_risk in right if not is_risk]
        figures += [
            Figure(f"{name}_intent", _share(plain), "%", None, f"{len(plain)} without danger"),
            Figure(f"{name}_intent_all", _share([yes for yes, _ in right]), "%"),
            Figure(f"{name}_p50", _round(percentile(spent, 50)), "ms", None, "in turn"),
            Figure(f"{name}_p99", _round(percentile(spent, 99)), "ms", None, "in turn"),
        ]
    return figures


def ratios(figures: Sequence[Figure]) -> Iterator[Figure]:
    """Yield ours as a part of stock's; below 1 ours costs less. Skips what was not measured."""
    values = {figure.name: figure.value for figure in figures}
    pairs = (
        ("p50", "ours_p50", "stock_p50"),
        ("p99", "ours_p99", "stock_p99"),
        ("memory", "memory", "stock_memory"),
        ("training_time", "training_time", "stock_training_time"),
    )
    for name, ours, theirs in pairs:
        if ours in values and values.get(theirs):
            ratio = round(values[ours] / values[theirs], 3)
            yield Figure(f"ratio_{name}", ratio, "ours/stock")


def _trained(name: str, ran: Ran, note: str) -> Iterator[Figure]:
    yield Figure(f"{name}_time", _round(ran.seconds), "s", None, note)
    yield Figure(f"{name}_peak_memory", _round(ran.peak_mb), "MB")


def _share(right: Sequence[bool]) -> float:
    return _round(100 * sum(right) / len(right)) if right else 0.0


def _size(path: Path) -> float:
    if not path.is_file():
        raise BenchError(f"{path.name} is missing; run make train")
    return _round(path.stat().st_size / 1e6)


def _round(value: float) -> float:
    return round(value, 2)


def _say(words: str) -> None:
    print(words, file=sys.stderr)

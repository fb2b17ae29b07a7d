"""Two pictures for the report, as SVG: what the alarm threshold trades, and calibration."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.evaluation.figures import by_variant, calibration, risky
from bot.evaluation.results import Result


def draw(results: Sequence[Result], folder: Path) -> list[str]:
    """Write the pictures and return their file names."""
    import matplotlib as mpl

    mpl.use("svg")
    # The same picture for the same figures, so that a diff shows a change and nothing else.
    mpl.rcParams["svg.hashsalt"] = "amaan"
    mpl.rcParams["svg.fonttype"] = "none"
    names = []
    for name, picture in (("risk-trade", _trade), ("risk-calibration", _calibrated)):
        figure = picture(results)
        path = folder / f"{name}.svg"
        figure.savefig(path, metadata={"Date": None})
        names.append(path.name)
    return names


def _trade(results: Sequence[Result]) -> Any:
    """Recall against false alarms on all harmless lines, a line a variant."""
    figure, axes = _empty("False alarms on harmless lines", "Danger caught")
    for name, group in by_variant(results).items():
        danger = sorted((r.found["risk"]["score"] for r in risky(group)), reverse=True)
        calm = [r.found["risk"]["score"] for r in group if r.line and not r.line.is_risk]
        points = [
            (sum(score >= cut for score in calm) / len(calm), (place + 1) / len(danger))
            for place, cut in enumerate(danger)
        ]
        axes.plot(*zip(*points, strict=True), label=name, linewidth=1)
    axes.set_xlim(0, 0.4)
    axes.set_ylim(0.5, 1.0)
    axes.legend(fontsize=7, loc="lower right", ncol=2)
    return figure


def _calibrated(results: Sequence[Result]) -> Any:
    """How often a score is right, a line a script."""
    figure, axes = _empty("Score", "Share truly dangerous")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    for script in ("Arab", "Latn"):
        own = [r for r in results if r.variant.endswith(script)]
        points = [(mean, true.value) for mean, true in calibration(own)]
        axes.plot(*zip(*points, strict=True), marker="o", markersize=3, label=script)
    axes.legend(fontsize=8)
    return figure


def _empty(across: str, up: str) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(visible=True, linewidth=0.3)
    return figure, axes

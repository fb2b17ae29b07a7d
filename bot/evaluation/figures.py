"""Counts, shares with their Wilson intervals, and the few figures that floors are set on."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bot.evaluation.results import Result, Results

# 95%.
_Z: Final = 1.96
_BINS: Final = 10
SHORT: Final = 3
LONG: Final = 15


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """0 to 1; 0 without cases."""
        return self.hits / self.total if self.total else 0.0

    def __str__(self) -> str:
        """ "96.2% (25/26, 81-99)" with the 95% Wilson interval, or "none" without cases."""
        if not self.total:
            return "none"
        low, high = wilson(self)
        return f"{self.value:.1%} ({self.hits}/{self.total}, {low * 100:.0f}-{high * 100:.0f})"


def wilson(share: Share) -> tuple[float, float]:
    """Return the 95% Wilson score interval of a share with cases."""
    middle = share.value + _Z**2 / (2 * share.total)
    variance = share.value * (1 - share.value) / share.total + _Z**2 / (4 * share.total**2)
    scale = 1 + _Z**2 / share.total
    spread = _Z * math.sqrt(variance)
    return (middle - spread) / scale, (middle + spread) / scale


def share(results: Iterable[Result], hit: Callable[[Result], bool]) -> Share:
    """Return the share of results that `hit` holds for."""
    chosen = list(results)
    return Share(sum(hit(result) for result in chosen), len(chosen))


def by_variant(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Return results grouped by variant, in alphabetical order."""
    groups: dict[str, list[Result]] = {}
    for result in sorted(results, key=lambda r: r.variant):
        groups.setdefault(result.variant, []).append(result)
    return groups


def risky(results: Iterable[Result], *, kind: str = "", level: str = "") -> list[Result]:
    """Return the results of dangerous lines, of one kind or level if one is named."""
    return [
        r
        for r in results
        if r.line and r.line.is_risk and kind in {"", r.line.kind} and level in {"", r.line.level}
    ]


def harmless(results: Iterable[Result], *, hard: bool) -> list[Result]:
    """Return the results of lines without danger: the hard negatives or all others."""
    return [r for r in results if r.line and not r.line.is_risk and (r.line.part == "hard") == hard]


def kind_right(result: Result) -> bool:
    """Tell whether the kind of danger is the line's."""
    return bool(result.line and result.found["risk"]["kind"] == result.line.kind)


def intent_right(result: Result) -> bool:
    """Tell whether the intent is the line's."""
    return bool(result.line and result.found["intent"] == result.line.intent)


def calibration(results: Iterable[Result]) -> list[tuple[float, Share]]:
    """Return (mean score, share truly dangerous) for each tenth of the score that has cases."""
    bins: list[list[Result]] = [[] for _ in range(_BINS)]
    for result in results:
        bins[min(int(result.found["risk"]["score"] * _BINS), _BINS - 1)].append(result)
    return [
        (
            sum(r.found["risk"]["score"] for r in part) / len(part),
            share(part, lambda r: bool(r.line and r.line.is_risk)),
        )
        for part in bins
        if part
    ]


def calibration_error(results: list[Result]) -> float:
    """Return the expected calibration error: mean distance of score and truth over tenths."""
    return sum(abs(mean - true.value) * true.total for mean, true in calibration(results)) / len(
        results
    )


def headline(results: Results) -> dict[str, float]:
    """Return the figures that floors are set on, each 0 to 1, rounded to a thousandth."""
    lines, groups = results.lines, by_variant(results.lines)
    plain = [r for r in lines if r.line and not r.line.is_risk]
    per_variant = {
        name: share(risky(group), lambda r: r.alarmed).value for name, group in groups.items()
    }
    intents = {
        name: share([r for r in group if r.line and not r.line.is_risk], intent_right).value
        for name, group in groups.items()
    }
    caught = [r for r in risky(lines) if r.alarmed]
    figures = {
        "recall": share(risky(lines), lambda r: r.alarmed).value,
        "recall_worst_variant": min(per_variant.values()),
        "recall_spread": max(per_variant.values()) - min(per_variant.values()),
        "recall_critical": share(risky(lines, level="critical"), lambda r: r.alarmed).value,
        "kind_right": share(caught, kind_right).value,
        "alarms_hard": share(harmless(lines, hard=True), lambda r: r.alarmed).value,
        "alarms_other": share(harmless(lines, hard=False), lambda r: r.alarmed).value,
        "intent": share(plain, intent_right).value,
        "intent_worst_variant": min(intents.values()),
        "language": share(lines, lambda r: r.language_right).value,
        "calibration_error": calibration_error(lines),
    }
    return {name: round(value, 3) for name, value in figures.items()}

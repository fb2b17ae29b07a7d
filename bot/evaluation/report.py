"""The report as Markdown: docs/nlu-report.md."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bot.evaluation import tables_more
from bot.evaluation.figures import (
    Share,
    by_variant,
    calibration,
    calibration_error,
    harmless,
    intent_right,
    kind_right,
    risky,
    share,
)
from bot.evaluation.results import Result, Results
from bot.evaluation.table import table

_HEAD: Final = """# What the model understands and misses

Measured by `make evaluate` on the separately written cases of `nlu_data/test`, on which
nothing is tuned, and on ordinary sentences that nobody of this project wrote. Ranges are
95% Wilson intervals: a difference within them means little. No line was written or reviewed
by a native speaker, and writers of both sides are the same kind of language model, so real
messages will be understood worse.
"""


def render(results: Results, pictures: Sequence[str]) -> str:
    """Return the whole report."""
    sections = [
        _HEAD,
        _risk(results.lines),
        _kinds(results.lines),
        _understanding(results.lines),
        tables_more.groups(results.lines),
        tables_more.twins(results.lines),
        tables_more.noise(results.noisy),
        _calibration(results.lines),
        *(f"![{name}]({name})\n" for name in pictures),
        tables_more.conversations(results.conversations),
        *(tables_more.levelled(name, found) for name, found in results.levelled.items()),
        tables_more.swaps(results.swaps),
        tables_more.entities(results.entities),
        tables_more.languages(results.languages),
        _everyday(results.everyday),
        _speed(results.milliseconds),
    ]
    return "\n".join(section for section in sections if section)


_Cell = Callable[[list[Result]], Share]


def _by_variant(results: Iterable[Result], cells: Sequence[_Cell]) -> list[list[object]]:
    groups = by_variant(results)
    rows: list[list[object]] = [
        [name, *(cell(group) for cell in cells)] for name, group in groups.items()
    ]
    everything = [r for group in groups.values() for r in group]
    return [*rows, ["**all**", *(cell(everything) for cell in cells)]]


def _alarmed(results: Iterable[Result]) -> Share:
    return share(results, lambda r: r.alarmed)


def _risk(results: list[Result]) -> str:
    cells: list[_Cell] = [
        lambda g: _alarmed(risky(g)),
        lambda g: share((r for r in risky(g) if r.alarmed), kind_right),
        lambda g: _alarmed(harmless(g, hard=True)),
        lambda g: _alarmed(harmless(g, hard=False)),
    ]
    heads = (
        "variant", "danger caught", "kind right when caught", "false alarms, hard negatives",
        "false alarms, other lines",
    )  # fmt: skip
    return "## Risk\n\n" + table(heads, _by_variant(results, cells))


def _kinds(results: list[Result]) -> str:
    cells: list[_Cell] = [
        lambda g: _alarmed(risky(g, kind="suicide", level="critical")),
        lambda g: _alarmed(risky(g, kind="suicide", level="elevated")),
        lambda g: _alarmed(risky(g, kind="harm", level="critical")),
        lambda g: _alarmed(risky(g, kind="harm", level="elevated")),
        lambda g: share(
            risky(g, level="critical"), lambda r: r.found["risk"]["level"] == "critical"
        ),
    ]
    heads = (
        "variant", "suicide, critical", "suicide, elevated", "harm, critical", "harm, elevated",
        "critical called critical",
    )  # fmt: skip
    return "## Danger caught, by kind and level\n\n" + table(heads, _by_variant(results, cells))


def _understanding(results: list[Result]) -> str:
    cells: list[_Cell] = [
        lambda g: share((r for r in g if r.line and not r.line.is_risk), intent_right),
        lambda g: share(g, lambda r: r.language_right),
        lambda g: share(g, lambda r: r.variant.endswith(str(r.found["script"]))),
    ]
    heads = ("variant", "intent right", "language and script right", "script right")
    return "## Intent, language and script\n\n" + table(heads, _by_variant(results, cells))


def _calibration(results: list[Result]) -> str:
    rows: list[list[object]] = [[f"{mean:.2f}", true] for mean, true in calibration(results)]
    errors = "; ".join(
        f"{name} {calibration_error(group):.3f}" for name, group in by_variant(results).items()
    )
    return (
        "## Calibration\n\n"
        + table(("mean score of a tenth", "truly dangerous"), rows)
        + f"\nExpected calibration error {calibration_error(results):.3f}; by variant: {errors}.\n"
        "The test lines hold far more danger than real messages do, and the score follows the\n"
        "mix of the development lines.\n"
    )


def _everyday(results: list[Result]) -> str:
    if not results:
        return ""
    cells: list[_Cell] = [_alarmed, lambda g: share(g, lambda r: r.language_right)]
    heads = ("variant", "false alarms", "language and script right")
    return "## Ordinary sentences from public sources\n\n" + table(
        heads, _by_variant(results, cells)
    )


def _speed(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    half, most = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return (
        "## Time\n\n"
        f"One text, one thread, in process: p50 {half:.1f} ms, p99 {most:.1f} ms "
        f"({len(ordered)} texts; the machine was shared).\n"
    )

"""Tables of the model's report: counts with Wilson intervals, by variant."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.evaluate import Result

# Wilson score interval at 95%.
_Z = 1.96
# Level of risk counts first for the person; kind decides the words she reads.
_HEAD = """# What the model understands and misses

Measured by `make evaluate` on the separately written lines of `nlu_data/test`, on which
nothing is tuned, and on ordinary sentences that nobody of this project wrote. Ranges are
95% Wilson intervals; with a few dozen lines a variant they are wide, so a difference
between two variants means little. No line was written or reviewed by a native speaker.

"""


def render(results: list[Result], milliseconds: list[float]) -> str:
    """Return the whole report as Markdown."""
    own = [r for r in results if r.line is not None]
    others = [r for r in results if r.line is None]
    sections = [_HEAD, _risk_table(own), _understanding_table(own)]
    if others:
        sections.append(_everyday_table(others))
    sections.append(_speed(milliseconds))
    return "\n".join(sections)


def wilson(hits: int, total: int) -> str:
    """Return "96.2% (25/26, 81-99)", or "none" without cases."""
    if total == 0:
        return "none"
    share = hits / total
    middle = share + _Z**2 / (2 * total)
    spread = _Z * math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    scale = 1 + _Z**2 / total
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return f"{share:.1%} ({hits}/{total}, {low * 100:.0f}-{high * 100:.0f})"


def _share(results: Iterable[Result], hit: Callable[[Result], bool]) -> str:
    chosen = list(results)
    return wilson(sum(hit(r) for r in chosen), len(chosen))


def _groups(results: list[Result]) -> list[tuple[str, list[Result]]]:
    variants = sorted({r.variant for r in results})
    groups = [(name, [r for r in results if r.variant == name]) for name in variants]
    return [*groups, ("**all**", results)]


def _risk_table(results: list[Result]) -> str:
    rows = [
        "## Risk",
        "",
        "| variant | suicide caught | harm caught | critical caught | kind right when caught "
        "| false alarms, hard negatives | false alarms, other lines |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, group in _groups(results):
        lines = [(r, r.line) for r in group if r.line is not None]
        caught = [r for r, e in lines if e.is_risk and r.alarmed]
        cells = [
            name,
            _share((r for r, e in lines if e.kind == "suicide"), lambda r: r.alarmed),
            _share((r for r, e in lines if e.kind == "harm"), lambda r: r.alarmed),
            _share((r for r, e in lines if e.level == "critical"), lambda r: r.alarmed),
            _share(caught, lambda r: bool(r.line and r.found["risk"]["kind"] == r.line.kind)),
            _share((r for r, e in lines if e.part == "hard"), lambda r: r.alarmed),
            _share(
                (r for r, e in lines if not e.is_risk and e.part != "hard"), lambda r: r.alarmed
            ),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _understanding_table(results: list[Result]) -> str:
    rows = [
        "## Intent, language and script",
        "",
        "| variant | intent right | language and script right |",
        "| --- | --- | --- |",
    ]
    for name, group in _groups(results):
        plain = [r for r in group if r.line is not None and not r.line.is_risk]
        intent = _share(plain, lambda r: bool(r.line and r.found["intent"] == r.line.intent))
        rows.append(f"| {name} | {intent} | {_share(group, _language_right)} |")
    return "\n".join(rows) + "\n"


def _language_right(result: Result) -> bool:
    return f"{result.found['language']}-{result.found['script']}" == result.variant


def _everyday_table(results: list[Result]) -> str:
    rows = [
        "## Ordinary sentences from public sources",
        "",
        "| variant | false alarms | language and script right |",
        "| --- | --- | --- |",
    ]
    for name, group in _groups(results):
        alarms = _share(group, lambda r: r.alarmed)
        rows.append(f"| {name} | {alarms} | {_share(group, _language_right)} |")
    return "\n".join(rows) + "\n"


def _speed(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    half, most = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return (
        "## Time\n\n"
        f"One text, one thread, in process: p50 {half:.1f} ms, p99 {most:.1f} ms "
        f"({len(ordered)} texts; the machine was shared).\n"
    )

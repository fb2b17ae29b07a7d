"""Figures: percentile, bar, the JSON line and the table of `make bench`."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import BotError


class BenchError(BotError):
    """A measure could not be taken; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; each bar is a most, never a least."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bar is kept; None where the design has none."""
        return None if self.bar is None else self.value <= self.bar

    def line(self) -> str:
        """Return the contract of design 6.1: one JSON object without a line end."""
        return json.dumps(
            {
                "bench": self.name,
                "value": self.value,
                "unit": self.unit,
                "bar": self.bar,
                "holds": self.holds,
            }
        )


def percentile(values: Sequence[float], per_cent: float) -> float:
    """Return the smallest value that at least so many per cent do not exceed (nearest rank).

    Never a mean of two: the result is a time that really happened. Raises BenchError
    without values.
    """
    if not values:
        raise BenchError("nothing was measured")
    rank = math.ceil(per_cent / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines of aligned text with a heading."""
    rows = [("measure", "value", "unit", "bar", "", "")]
    words = {None: "", True: "holds", False: "MISSED"}
    for figure in figures:
        bar = "" if figure.bar is None else f"<= {figure.bar:g}"
        value = f"{figure.value:.3f}".rstrip("0").rstrip(".")
        rows.append((figure.name, value, figure.unit, bar, words[figure.holds], figure.note))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column == 1 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )

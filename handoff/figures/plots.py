"""Where the bars of a plot stand. Templates draw them; a table with the same numbers is beside.

A plot says nothing by colour alone: lengths, outlines and written numbers carry it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handoff.figures.report import WITHIN_SECONDS, Row, Spread

LABELS = 220
"""Width of the column of names, in the plot's own units; letters are 15 high."""
PLOT = 380
NUMBERS = 150
ROW = 34
TOP = 34
BOTTOM = 10
_SCALES = (600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400)
_TICKS = 4


@dataclass(frozen=True)
class Bar:
    """One row of a plot; None for what is hidden."""

    value: str
    y: int
    solid: int | None
    """Width of the filled bar: the median, or the share."""
    outline: int | None
    """Width of the outlined bar around it: nine in ten, or the whole."""
    numbers: tuple[float | None, float | None]
    empty: bool = False
    """There is nobody in this part; otherwise what has no width is hidden."""
    beyond: bool = False
    """The outline ends at the edge of the plot and not at its number."""


@dataclass(frozen=True)
class Tick:
    """A line across the plot, and what it stands for."""

    x: int
    at: float


@dataclass(frozen=True)
class Plot:
    """A plot of horizontal bars."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    mark: int
    """Where the five minutes stand, or the whole in a plot of shares."""

    @property
    def says_something(self) -> bool:
        """Whether there is a bar at all."""
        return any(bar.outline is not None for bar in self.bars)

    @property
    def height(self) -> int:
        """Height of the whole drawing."""
        return TOP + ROW * len(self.bars) + BOTTOM

    @property
    def width(self) -> int:
        """Width of the whole drawing."""
        return LABELS + PLOT + NUMBERS


def stages_plot(row: Row) -> Plot:
    """The stages of all cases, one under the other: median and nine in ten."""
    return _times([(stage, spread, False) for stage, spread in row.spreads.items()])


def times_plot(rows: Sequence[Row], stage: str = "worded") -> Plot:
    """One stage by the parts of a dimension: median and nine in ten."""
    return _times([(row.value, row.spreads[stage], row.cases == 0) for row in rows])


def shares_plot(rows: Sequence[Row], stage: str = "worded") -> Plot:
    """The share reached within five minutes, by the parts of a dimension."""
    bars = tuple(
        Bar(
            value=row.value,
            y=TOP + ROW * index,
            solid=None if (share := row.spreads[stage].within) is None else round(PLOT * share),
            outline=None if share is None else PLOT,
            numbers=(share, None),
            empty=row.cases == 0,
        )
        for index, row in enumerate(rows)
    )
    ticks = tuple(Tick(LABELS + PLOT * part // _TICKS, part / _TICKS) for part in range(_TICKS + 1))
    return Plot(bars, ticks, LABELS + PLOT)


def _times(spreads: Sequence[tuple[str, Spread, bool]]) -> Plot:
    longest = max((one.p90 for _, one, _ in spreads if one.p90 is not None), default=0.0)
    scale = next((one for one in _SCALES if longest <= one), _SCALES[-1])
    bars = tuple(
        Bar(
            value=value,
            y=TOP + ROW * index,
            solid=_width(one.median, scale),
            outline=_width(one.p90, scale),
            numbers=(one.median, one.p90),
            empty=empty,
            beyond=one.p90 is not None and one.p90 > scale,
        )
        for index, (value, one, empty) in enumerate(spreads)
    )
    ticks = tuple(
        Tick(LABELS + PLOT * part // _TICKS, scale * part / _TICKS) for part in range(_TICKS + 1)
    )
    return Plot(bars, ticks, LABELS + round(PLOT * WITHIN_SECONDS / scale))


def _width(seconds: float | None, scale: float) -> int | None:
    return None if seconds is None else round(PLOT * min(1.0, seconds / scale))


def duration(seconds: float) -> str:
    """Seconds as ``m:ss`` or ``h:mm:ss``, rounded."""
    hours, rest = divmod(round(seconds), 3_600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def percent(share: float) -> str:
    """A share in whole percent; 100 only when it is all, and 0 only when it is none."""
    whole = round(share * 100)
    if whole in (0, 100) and share not in (0.0, 1.0):
        whole = 1 if whole == 0 else 99
    return f"{whole}%"

"""Which numbers of a report are hidden, so that nobody can be found in it.

Threat: a lead, or whoever gets the export, knows that one woman wrote in Balochi on
Tuesday night, and reads from the figures what became of her. Numbers below `LEAST` are
hidden, and others with them, until none of the hidden ones can be computed from what is
shown: not from one total, not from several sums together, and not because so few are left.
Where nobody is, nobody can be found: a part without any case may be shown as such.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

LEAST = 5
"""A smaller number of cases is never shown."""

Cell = Hashable
Line = tuple[Cell, tuple[Cell, ...]]
"""A total and the parts that add up to it, all of which the reader is shown, or not."""


def suppressed(
    counts: Mapping[Cell, int],
    lines: Sequence[Line],
    *,
    kept: Collection[Cell] = (),
    empty: Collection[Cell] = (),
    never_empty: Collection[Cell] = (),
    hidden_before: Collection[Cell] = (),
) -> frozenset[Cell]:
    """The cells to hide, with those that are hidden before.

    `kept` are hidden only when they are themselves too small: totals that stand in several
    tables must look the same in all of them. `empty` are zeros that are shown; of a hidden
    cell of `never_empty` the reader therefore knows that it is no zero.
    """
    small = {cell for cell, count in counts.items() if count < LEAST and cell not in empty}
    hidden = small | set(hidden_before)
    while more := _more(counts, lines, hidden, _Rules(kept, never_empty)):
        hidden |= more
    return frozenset(hidden)


@dataclass(frozen=True)
class _Rules:
    kept: Collection[Cell]
    never_empty: Collection[Cell]


def _more(
    counts: Mapping[Cell, int], lines: Sequence[Line], hidden: set[Cell], rules: _Rules
) -> set[Cell]:
    """Cells to hide as well; empty when nothing can be computed."""
    found: set[Cell] = set()
    for line in lines:
        doubt = _doubt(counts, line, hidden, rules)
        if doubt is None or doubt >= LEAST:
            continue
        beside = _beside(counts, [line], hidden, rules.kept)
        if not beside and doubt == 0:
            # Nothing is left to hide behind: better no figures than a person's.
            return {cell for cell in counts if cell not in hidden}
        found |= beside
    if found:
        return found
    for cell in _computable(lines, hidden):
        around = [line for line in lines if cell == line[0] or cell in line[1]]
        found |= _beside(counts, around, hidden, rules.kept) or set(counts) - hidden
    return found


def _doubt(counts: Mapping[Cell, int], line: Line, hidden: set[Cell], rules: _Rules) -> int | None:
    """How many cases of a shown total the reader cannot place; None when all is well.

    The reader knows the sum of what is hidden: of two hidden numbers with the sum 0 both are
    0, and of five that are no zeros with the sum 5 each is 1.
    """
    total, parts = line
    concealed = [cell for cell in parts if cell in hidden]
    if total in hidden or not concealed:
        return None
    doubt = sum(counts[cell] for cell in concealed)
    if all(counts[cell] for cell in concealed):
        doubt -= sum(cell in rules.never_empty for cell in concealed)
    return doubt


def _beside(
    counts: Mapping[Cell, int],
    lines: Sequence[Line],
    hidden: set[Cell],
    kept: Collection[Cell],
) -> set[Cell]:
    """What to hide beside the hidden: the smallest number that is shown.

    With none left, all shown zeros, so that it is not even known who is none; a total at last.
    """
    parts = [cell for line in lines for cell in line[1] if cell not in hidden | set(kept)]
    numbers = [cell for cell in parts if counts[cell]]
    if numbers:
        return {min(numbers, key=lambda cell: counts[cell])}
    return set(parts) or {total for total, _ in lines if total not in hidden | set(kept)}


def _computable(lines: Iterable[Line], hidden: set[Cell]) -> set[Cell]:
    """The hidden cells that follow from the shown ones and all sums together.

    Solves the sums for the hidden cells; a cell alone in its solved equation is known.
    """
    solved: dict[Cell, dict[Cell, Fraction]] = {}
    for total, parts in lines:
        equation = {cell: Fraction(1) for cell in parts if cell in hidden}
        if total in hidden:
            equation[total] = Fraction(-1)
        for pivot in [cell for cell in equation if cell in solved]:
            _take(equation, solved[pivot], equation[pivot])
        if not equation:
            continue
        pivot, factor = next(iter(equation.items()))
        equation = {cell: value / factor for cell, value in equation.items()}
        for other in solved.values():
            if pivot in other:
                _take(other, equation, other[pivot])
        solved[pivot] = equation
    return {pivot for pivot, equation in solved.items() if len(equation) == 1}


def _take(equation: dict[Cell, Fraction], other: Mapping[Cell, Fraction], times: Fraction) -> None:
    """Takes `times` the other equation from this one, in place."""
    for cell, value in other.items():
        left = equation.get(cell, Fraction(0)) - times * value
        if left:
            equation[cell] = left
        else:
            equation.pop(cell, None)
